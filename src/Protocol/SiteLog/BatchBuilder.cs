namespace Holdfast.Protocol;

/// <summary>What a primary would put into the next batch.</summary>
/// <param name="OpensAt">When the first of them has waited for company as long as it may; Never if there are
/// none.</param>
public sealed record BatchDraft(IReadOnlyList<PooledInput> Inputs, bool IsFull, Instant OpensAt);

/// <summary>Fills a batch fairly: first a quarter of it at most from each source, and a quarter kept for links and
/// rows; then what room is left, for whoever has more.</summary>
public sealed class BatchBuilder
{
    private const int InputFrameBytes = 4;
    private const int BatchFrameBytes = 12;

    private readonly InputPool _pool;
    private readonly List<PooledInput> _taken = [];
    private readonly SortedSet<ulong> _takenArrivals = [];
    private int _bytes = BatchFrameBytes;
    private int _clientInputs;
    private int _clientBytes;
    private bool _isFull;

    private BatchBuilder(InputPool pool) => _pool = pool;

    public static BatchDraft Build(InputPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        var builder = new BatchBuilder(pool);
        var sources = pool.SourcesByAge.ToArray();
        foreach (var source in sources)
        {
            builder.Fill(source.Values.ToArray(), isFirstRound: true);
        }

        foreach (var source in sources)
        {
            builder.Fill(source.Values.ToArray(), isFirstRound: false);
        }

        var isFull = builder._isFull || builder._bytes >= Limits.FilledBatchBytes;
        return new(builder._taken, isFull, builder.OpensAt());
    }

    private Instant OpensAt()
    {
        var opensAt = Instant.Never;
        foreach (var pooled in _taken)
        {
            var ridesFor = _pool.RidesFor(pooled);
            if (ridesFor == TimeSpan.Zero)
            {
                return pooled.ArrivedAt;
            }

            opensAt = pooled.ArrivedAt + ridesFor < opensAt ? pooled.ArrivedAt + ridesFor : opensAt;
        }

        return opensAt;
    }

    /// <summary>Takes a source's inputs in the order in which the machine wants them. An early one is taken only behind
    /// another that is on its way: executed in that order, it will be early no more. Where that proved wrong once, it
    /// waits until it is consumable; and it never keeps others waiting, for what it waits for may never come.</summary>
    private void Fill(PooledInput[] queue, bool isFirstRound)
    {
        var (inputs, bytes, hasLower) = (0, 0, false);
        foreach (var pooled in queue)
        {
            if (pooled.IsInFlight || _takenArrivals.Contains(pooled.Arrival))
            {
                hasLower = true;
                continue;
            }

            var standing = _pool.Judge(pooled);
            if (standing == InputStanding.Obsolete)
            {
                _pool.DropIfObsolete(pooled);
                continue;
            }

            if (standing == InputStanding.Early && (!hasLower || pooled.WasSkipped))
            {
                continue;
            }

            if (!HasRoomFor(pooled, isFirstRound, inputs, bytes))
            {
                return;
            }

            Take(pooled);
            (inputs, bytes, hasLower) = (inputs + 1, bytes + pooled.Bytes, true);
        }
    }

    private bool HasRoomFor(PooledInput pooled, bool isFirstRound, int inputs, int bytes)
    {
        var longer = _bytes + InputFrameBytes + pooled.Bytes;
        if (_taken.Count == Limits.InputsPerBatch
            || longer > Limits.BatchBytes
            || (!isFirstRound && longer > Limits.FilledBatchBytes))
        {
            _isFull = true;
            return false;
        }

        return !isFirstRound || (IsWithinShare(inputs, bytes) && IsWithinClients(pooled, isFirst: inputs == 0));
    }

    /// <summary>The last input of a share may be longer than what is left of it: a long one behind short ones would else be
    /// passed over again and again.</summary>
    private static bool IsWithinShare(int inputs, int bytes) =>
        inputs < Limits.InputsPerBatch / 4 && bytes < Limits.FilledBatchBytes / 4;

    /// <summary>The first input of every client has room as long as any has, for one client's long requests must not keep
    /// out the others.</summary>
    private bool IsWithinClients(PooledInput pooled, bool isFirst)
    {
        var most = (isFirst ? Limits.BatchBytes : Limits.FilledBatchBytes) / 4 * 3;
        return pooled.Source.HasReservedRoom
            || (_clientInputs < Limits.InputsPerBatch / 4 * 3 && _clientBytes + pooled.Bytes <= most);
    }

    private void Take(PooledInput pooled)
    {
        _taken.Add(pooled);
        _takenArrivals.Add(pooled.Arrival);
        _bytes += InputFrameBytes + pooled.Bytes;
        if (!pooled.Source.HasReservedRoom)
        {
            _clientInputs++;
            _clientBytes += pooled.Bytes;
        }
    }
}
