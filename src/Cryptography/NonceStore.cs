using System.Diagnostics.CodeAnalysis;

namespace Holdfast.Cryptography;

/// <summary>Where a nonce pair lies: the process's incarnation, the row in it, the index in the row.</summary>
public readonly record struct NoncePlace(ulong Incarnation, ulong Row, int Index);

/// <summary>
/// A replica's nonces for one share of the site's key, in memory only (rules N1, N2, N4): made in rows whose points
/// are published, each taken once. Nothing of it may ever be stored, copied or restored: whoever sees one share made
/// with a nonce and learns the nonce, or sees it used twice, has the share of the key. May be used by any thread.
/// </summary>
public sealed class NonceStore : IDisposable
{
    /// <summary>Pairs in a row; their points are 16 KiB.</summary>
    public const int RowLength = 256;

    /// <summary>Rows kept at once, the lowest discarded first: two suffice, as rows are refilled at half.</summary>
    public const int RowsMax = 8;

    private readonly FrostShare _share;
    private readonly FillRandom _random;
    private readonly SortedDictionary<ulong, NonceRow> _rows = [];
    private readonly Lock _gate = new();
    private ulong _incarnation;
    private ulong? _lastRow;
    private bool _isDisposed;

    public NonceStore(FrostShare share, FillRandom random)
    {
        ArgumentNullException.ThrowIfNull(share);
        ArgumentNullException.ThrowIfNull(random);
        _share = share;
        _random = random;
    }

    /// <summary>How many rows have pairs left.</summary>
    public int Rows
    {
        get
        {
            lock (_gate)
            {
                return _rows.Count;
            }
        }
    }

    /// <summary>
    /// Makes a row and gives its points, 256 times (D, E), 64 bytes each; about 8 ms. Rows of an incarnation are made
    /// in ascending order and never again; a higher incarnation discards all rows before it.
    /// </summary>
    public FrostResult MakeRow(ulong incarnation, ulong row, out byte[] points)
    {
        points = [];
        var reserved = Reserve(incarnation, row);
        if (!reserved.IsGood)
        {
            return reserved;
        }

        // Made outside the lock: a share must not wait for 512 multiplications.
        var made = new NonceRow(row, _share, _random);
        lock (_gate)
        {
            if (incarnation != _incarnation || _isDisposed)
            {
                made.Dispose();
                return FrostResult.Of(FrostFailure.IncarnationOver);
            }

            _rows.Add(row, made);
            if (_rows.Count > RowsMax)
            {
                // The log spends rows in ascending order, so what is left of the lowest was skipped for good.
                DiscardLowest();
            }
        }

        points = made.Points.ToArray();
        return FrostResult.Good;
    }

    /// <summary>Takes a pair out of the store, once and for all.</summary>
    public FrostResult TryTake(NoncePlace place, [NotNullWhen(true)] out FrostNonce? nonce)
    {
        lock (_gate)
        {
            nonce = null;
            if (place.Incarnation < _incarnation)
            {
                return FrostResult.Of(FrostFailure.IncarnationOver);
            }

            if (place.Incarnation > _incarnation
                || place.Index is < 0 or >= RowLength
                || !_rows.TryGetValue(place.Row, out var row))
            {
                return FrostResult.Of(FrostFailure.RowUnknown);
            }

            nonce = row.Take(place.Index);
            if (row.Left == 0)
            {
                _rows.Remove(place.Row);
                row.Dispose();
            }

            return nonce is null ? FrostResult.Of(FrostFailure.NonceTaken) : FrostResult.Good;
        }
    }

    /// <summary>
    /// Answers the core's wish for a share, or says why there is none. The pair at the place is gone afterwards, in
    /// any case; to send again, send the same bytes again. With threshold 1 the whole key signs, and place and
    /// members do not matter.
    /// </summary>
    public FrostResult SignShare(
        NoncePlace place,
        ReadOnlySpan<byte> message,
        IReadOnlyList<Commitment> members,
        [NotNullWhen(true)] out SignatureShare? signed)
    {
        if (_share.IsWholeKey)
        {
            signed = _share.SignWhole(message);
            return FrostResult.Good;
        }

        signed = null;
        var taken = TryTake(place, out var nonce);
        return nonce is null ? taken : Frost.Sign(_share, nonce, message, members, out signed);
    }

    /// <summary>Zeroes all that is left. The share is the caller's.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            DiscardAll();
        }
    }

    public override string ToString() => $"nonces of {_share}";

    /// <summary>Sees to it that a row is made once, and begins its incarnation if that is new.</summary>
    private FrostResult Reserve(ulong incarnation, ulong row)
    {
        lock (_gate)
        {
            if (_share.IsWholeKey)
            {
                return FrostResult.Of(FrostFailure.KeyIsWhole);
            }

            if (incarnation < _incarnation || _isDisposed)
            {
                return FrostResult.Of(FrostFailure.IncarnationOver);
            }

            if (incarnation > _incarnation)
            {
                DiscardAll();
                _incarnation = incarnation;
                _lastRow = null;
            }

            if (row <= _lastRow)
            {
                return FrostResult.Of(FrostFailure.RowMadeBefore);
            }

            _lastRow = row;
            return FrostResult.Good;
        }
    }

    private void DiscardLowest()
    {
        var lowest = _rows.First();
        _rows.Remove(lowest.Key);
        lowest.Value.Dispose();
    }

    private void DiscardAll()
    {
        while (_rows.Count > 0)
        {
            DiscardLowest();
        }
    }
}
