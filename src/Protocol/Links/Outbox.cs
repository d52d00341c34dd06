using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>The sending side of a link's stream: what was said to the other site and is not acknowledged yet. Sequences
/// start from 1 in every link life; a cut drops all and begins the next life.</summary>
public sealed class Outbox(SiteId to)
{
    private const byte BodyKey = (byte)'b';
    private const byte PlaceKey = (byte)'p';

    private readonly SortedDictionary<ulong, OutboxItem> _items = [];
    private readonly SortedSet<ulong> _newBodies = [];
    private readonly SortedSet<ulong> _newPlaces = [];
    private readonly List<ulong> _gone = [];

    // Everything below is put out in some batch that is not retired.
    private ulong _putOutFrom = 1;

    // Bytes of what is put out and not acknowledged.
    private long _aheadBytes;

    /// <summary>The link's life, from 1.</summary>
    public uint Life { get; private set; } = 1;

    /// <summary>The sequence that the next item gets.</summary>
    public ulong Next { get; private set; } = 1;

    /// <summary>All up to here, in this life, has arrived.</summary>
    public ulong Acknowledged { get; private set; }

    public long HeldBytes { get; private set; }

    public OutboxItem? Oldest => _items.Count == 0 ? null : _items[Acknowledged + 1];

    public OutboxItem? Find(ulong sequence) => _items.GetValueOrDefault(sequence);

    /// <summary>Whether something inside the window waits to be put out.</summary>
    public bool HasSomethingToPutOut => _putOutFrom < Next && IsInsideWindow(_items[_putOutFrom]);

    public void Put(Bytes framedBody, Timestamp now)
    {
        _items.Add(Next, new(Next, framedBody, Digest.Of(framedBody.Span), now, Timestamp.Never, default));
        _newBodies.Add(Next);
        _newPlaces.Add(Next);
        HeldBytes += framedBody.Length;
        Next++;
    }

    /// <summary>Adds the leaves of what is not put out yet and lies inside the window.</summary>
    /// <param name="toLife">The other site's life.</param>
    public void PutOut(SiteSequence batch, uint toLife, Timestamp now, List<Bytes> leaves)
    {
        ArgumentNullException.ThrowIfNull(leaves);
        for (var given = 0; given < Limits.LeavesPerLinkAndBatch && HasSomethingToPutOut; _putOutFrom++)
        {
            var item = _items[_putOutFrom];
            _aheadBytes += item.Body.Length;
            if (item.IsPutOut)
            {
                continue;
            }

            leaves.Add(new StreamLeaf(to, toLife, Life, item.Sequence, item.Digest).Leaf());

            // The first time counts: a round trip measured from a repetition could come out too short.
            _items[item.Sequence] = item with { Batch = batch, PutOutAt = Timestamp.Earlier(item.PutOutAt, now) };
            _newPlaces.Add(item.Sequence);
            given++;
        }
    }

    /// <summary>What was put out by batches below must be put out again: their assignments are gone.</summary>
    public void Requeue(SiteSequence below)
    {
        foreach (var item in Window().Where(item => item.IsPutOut && item.Batch < below).ToList())
        {
            _items[item.Sequence] = item with { Batch = default };
            _newPlaces.Add(item.Sequence);
            _putOutFrom = Math.Min(_putOutFrom, item.Sequence);
        }

        _aheadBytes = Window().Where(item => item.Sequence < _putOutFrom).Sum(item => (long)item.Body.Length);
    }

    /// <summary>A cumulative acknowledgement of this life. Gives the newest item that it newly covers, or
    /// null.</summary>
    public OutboxItem? Acknowledge(ulong upTo)
    {
        OutboxItem? newest = null;
        while (Acknowledged < upTo && Acknowledged + 1 < Next)
        {
            newest = Drop(Acknowledged + 1);
            Acknowledged++;
        }

        _putOutFrom = Math.Max(_putOutFrom, Acknowledged + 1);
        return newest;
    }

    /// <summary>The last place of what was put out and is not acknowledged, up to so many bytes; one place at
    /// least.</summary>
    public ulong OutUpTo(int bytes)
    {
        var (last, sum) = (Acknowledged, 0L);
        foreach (var item in Window().TakeWhile(item => item.PutOutAt != Timestamp.Never))
        {
            sum += item.Body.Length;
            if (last > Acknowledged && sum > bytes)
            {
                break;
            }

            last = item.Sequence;
        }

        return last;
    }

    public void Cut()
    {
        while (_items.Count > 0)
        {
            Drop(_items.First().Key);
        }

        (Life, Next, Acknowledged, _putOutFrom) = (Life + 1, 1, 0, 1);
    }

    public bool IsStillOut(SiteSequence batch) => Window().Any(item => item.Batch == batch);

    public void WriteScalars(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.UInt32(Life);
        writer.UInt64(Next);
        writer.UInt64(Acknowledged);
        writer.UInt64(_putOutFrom);
    }

    public void SaveItems(IState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        foreach (var sequence in _gone)
        {
            if (!_items.ContainsKey(sequence))
            {
                state.Remove(KeyOf(BodyKey, sequence));
                state.Remove(KeyOf(PlaceKey, sequence));
            }
        }

        // Two keys an item: putting out again does not write the body again.
        foreach (var sequence in _newBodies.Where(_items.ContainsKey))
        {
            state.Set(KeyOf(BodyKey, sequence), _items[sequence].Body);
        }

        foreach (var sequence in _newPlaces.Where(_items.ContainsKey))
        {
            var (item, writer) = (_items[sequence], new WireWriter());
            writer.Time(item.PutAt);
            writer.Time(item.PutOutAt);
            writer.Sequence(item.Batch);
            state.Set(KeyOf(PlaceKey, sequence), writer.ToBytes());
        }

        _gone.Clear();
        _newBodies.Clear();
        _newPlaces.Clear();
    }

    public void Load(ref WireReader scalars, IReadOnlyState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        (Life, Next) = (scalars.UInt32(), scalars.UInt64());
        (Acknowledged, _putOutFrom) = (scalars.UInt64(), scalars.UInt64());
        _items.Clear();
        _gone.Clear();
        _newBodies.Clear();
        _newPlaces.Clear();
        HeldBytes = 0;
        for (var sequence = Acknowledged + 1; sequence < Next; sequence++)
        {
            Invariant.Holds(state.TryGet(KeyOf(BodyKey, sequence), out var body), "M1");
            Invariant.Holds(state.TryGet(KeyOf(PlaceKey, sequence), out var place), "M1");
            var reader = new WireReader(place.Span);
            _items.Add(sequence, new(
                sequence, body, Digest.Of(body.Span), reader.Time(), reader.Time(), reader.SiteSequence()));
            HeldBytes += body.Length;
        }

        _aheadBytes = Window().Where(item => item.Sequence < _putOutFrom).Sum(item => (long)item.Body.Length);
    }

    /// <summary>The items that may be put out: never more than a named number.</summary>
    private IEnumerable<OutboxItem> Window()
    {
        var end = Math.Min(Next, Acknowledged + 1 + Limits.LinkWindowItems);
        for (var sequence = Acknowledged + 1; sequence < end; sequence++)
        {
            yield return _items[sequence];
        }
    }

    private bool IsInsideWindow(OutboxItem item) =>
        item.Sequence - Acknowledged <= Limits.LinkWindowItems
        && (_aheadBytes + item.Body.Length <= Limits.LinkWindowBytes || item.Sequence == Acknowledged + 1);

    private OutboxItem Drop(ulong sequence)
    {
        var item = _items[sequence];
        _items.Remove(sequence);
        _gone.Add(sequence);
        HeldBytes -= item.Body.Length;
        _aheadBytes -= sequence < _putOutFrom ? item.Body.Length : 0;
        return item;
    }

    private static Bytes KeyOf(byte kind, ulong sequence)
    {
        var writer = new WireWriter(16);
        writer.Byte(kind);
        writer.UInt64(sequence);
        return writer.ToBytes();
    }
}
