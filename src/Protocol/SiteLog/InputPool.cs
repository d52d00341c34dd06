using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>The inputs that a replica holds: by name, by source in the order in which the machine wants them, and by
/// the time at which to look at them again. Bounded; links and rows have a quarter of it for themselves, and clients
/// share the rest. What is early gives way to what the machine would consume now: it may never be wanted, and its
/// source sends it again.</summary>
public sealed class InputPool(IOrderedMachine machine)
{
    private IOrderedMachine _machine = machine;
    private readonly SortedDictionary<Digest, PooledInput> _byDigest = [];
    private readonly SortedDictionary<InputSource, SortedDictionary<(ulong Rank, ulong Arrival), PooledInput>>
        _bySource = [];
    private readonly SortedDictionary<(long LookAt, ulong Arrival), PooledInput> _watch = [];
    private readonly SortedDictionary<InputSource, long> _bytesBySource = [];
    private Instant? _nextLook;
    private ulong _executions;
    private ulong _arrivals;
    private readonly ClientShares _clients = new(Limits.PooledInputs / 4 * 3, Limits.PooledBytes / 4 * 3);
    private long _bytes;

    public int Count => _byDigest.Count;

    /// <summary>Inputs that are in no batch on its way.</summary>
    public int Waiting { get; private set; }

    public long WaitingBytes { get; private set; }

    public int Overdue { get; private set; }

    /// <summary>Changes whenever something new may be offered.</summary>
    public ulong Version { get; private set; }

    public Instant NextLook => _nextLook ??= _watch.Count == 0 ? Instant.Never : new(_watch.First().Key.LookAt);

    public IEnumerable<PooledInput> All => _byDigest.Values;

    /// <summary>Sources with what waits in each, in the order of their oldest waiting input.</summary>
    public IEnumerable<SortedDictionary<(ulong Rank, ulong Arrival), PooledInput>> SourcesByAge => _bySource.Values
        .Select(queue => (Queue: queue, Oldest: Oldest(queue)))
        .Where(source => source.Oldest != ulong.MaxValue)
        .OrderBy(source => source.Oldest)
        .Select(source => source.Queue);

    public Rejection TryAdd(SiteInput input, Instant now, TimeSpan lookAfter, out PooledInput? added)
    {
        ArgumentNullException.ThrowIfNull(input);
        added = null;
        if (_byDigest.ContainsKey(input.Digest))
        {
            return Rejection.AlreadyKnown;
        }

        var standing = _machine.Judge(input);
        if (standing == InputStanding.Obsolete)
        {
            return Rejection.AlreadyAnswered;
        }

        var source = _machine.Source(input);
        var refusal = MakeRoom(input, source, standing);
        if (refusal != Rejection.None)
        {
            return refusal;
        }

        added = new(input, source, _machine.Rank(input), ++_arrivals, now)
        {
            BatchesAhead = source.HasReservedRoom ? 0 : BatchesAheadOf(source),
            WatchedSince = standing == InputStanding.Consumable ? now : null,
        };
        Insert(added);
        Look(added, now + lookAfter);
        return Rejection.None;
    }

    /// <summary>What the machine would do with it now. What was early stays so until the machine executes
    /// something.</summary>
    public InputStanding Judge(PooledInput pooled)
    {
        ArgumentNullException.ThrowIfNull(pooled);
        if (pooled.EarlyAt == _executions)
        {
            return InputStanding.Early;
        }

        var standing = _machine.Judge(pooled.Input);
        pooled.EarlyAt = standing == InputStanding.Early ? _executions : null;
        return standing;
    }

    /// <summary>How long it may wait for company, as the machine sees it now.</summary>
    public TimeSpan RidesFor(PooledInput pooled)
    {
        ArgumentNullException.ThrowIfNull(pooled);
        return _machine.RidesFor(pooled.Input);
    }

    public PooledInput? Find(SiteInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return _byDigest.GetValueOrDefault(input.Digest);
    }

    public void SetInFlight(PooledInput pooled, bool isInFlight)
    {
        ArgumentNullException.ThrowIfNull(pooled);
        if (pooled.IsInFlight != isInFlight)
        {
            pooled.IsInFlight = isInFlight;
            Waiting += isInFlight ? -1 : 1;
            WaitingBytes += isInFlight ? -pooled.Bytes : pooled.Bytes;
            Version++;
        }
    }

    public void SetOverdue(PooledInput pooled, bool isOverdue)
    {
        ArgumentNullException.ThrowIfNull(pooled);
        if (pooled.IsOverdue != isOverdue)
        {
            pooled.IsOverdue = isOverdue;
            Overdue += isOverdue ? 1 : -1;
        }
    }

    /// <summary>Takes the next input whose time to be looked at has come, until it is put back with a later
    /// time.</summary>
    public bool TryTakeDue(Instant now, out PooledInput? due)
    {
        due = NextLook <= now ? _watch.First().Value : null;
        return due is not null && Unwatch(due);
    }

    public void Look(PooledInput pooled, Instant at)
    {
        ArgumentNullException.ThrowIfNull(pooled);
        Unwatch(pooled);
        pooled.LookAt = at;
        _watch.Add((at.Microseconds, pooled.Arrival), pooled);
    }

    /// <summary>After a batch: what the machine has consumed leaves, by whichever copy; what it only skipped
    /// stays.</summary>
    public void OnExecuted(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        _executions++;
        var touched = new SortedSet<InputSource>();
        foreach (var input in batch.Inputs)
        {
            touched.Add(_machine.Source(input));
            if (Find(input) is { } pooled)
            {
                SetInFlight(pooled, isInFlight: false);
                pooled.WasSkipped = !DropIfObsolete(pooled);
            }
        }

        foreach (var source in touched)
        {
            while (_bySource.TryGetValue(source, out var queue) && DropIfObsolete(queue.First().Value))
            {
                // The head goes until it is one that the machine still wants.
            }
        }

        Version++;
    }

    /// <summary>Overdue inputs may have become obsolete by another copy: then nobody is to blame.</summary>
    public void JudgeOverdue()
    {
        if (Overdue > 0)
        {
            foreach (var pooled in _byDigest.Values.Where(pooled => pooled.IsOverdue).ToArray())
            {
                DropIfObsolete(pooled);
            }
        }
    }

    /// <summary>Another machine, far ahead of the one before, judges from now on.</summary>
    public void StartAt(IOrderedMachine machine, Instant now, TimeSpan lookAfter)
    {
        PooledInput[] held = [.. _byDigest.Values];
        foreach (var pooled in held)
        {
            Drop(pooled);
        }

        _machine = machine;
        _executions++;
        Version++;
        foreach (var pooled in held)
        {
            TryAdd(pooled.Input, now, lookAfter, out _);
        }
    }

    /// <summary>A new primary, or a replica that slept: everyone's patience starts anew.</summary>
    public void Restart(Instant now, TimeSpan lookAfter)
    {
        foreach (var pooled in _byDigest.Values)
        {
            SetInFlight(pooled, isInFlight: false);
            SetOverdue(pooled, isOverdue: false);
            (pooled.IsHandedToAll, pooled.ToldAt) = (false, null);
            pooled.WatchedSince = pooled.WatchedSince is null ? null : now;
            Look(pooled, now + lookAfter);
        }
    }

    public bool DropIfObsolete(PooledInput pooled)
    {
        ArgumentNullException.ThrowIfNull(pooled);
        if (_machine.Judge(pooled.Input) != InputStanding.Obsolete)
        {
            return false;
        }

        Drop(pooled);
        return true;
    }

    private static ulong Oldest(SortedDictionary<(ulong Rank, ulong Arrival), PooledInput> queue)
    {
        var oldest = ulong.MaxValue;
        foreach (var pooled in queue.Values)
        {
            oldest = pooled.IsInFlight ? oldest : Math.Min(oldest, pooled.Arrival);
        }

        return oldest;
    }

    private Rejection MakeRoom(SiteInput input, InputSource source, InputStanding standing)
    {
        var length = input.Encoded.Length;
        if (source.Kind is InputSourceKind.Row or InputSourceKind.Other
            && RefusalOfOneReplica(source, _machine.Rank(input), standing) is var ofReplica and not Rejection.None)
        {
            return ofReplica;
        }

        while (standing == InputStanding.Early && !HasRoomForEarly(source, length))
        {
            if (Furthest(source) is not { } furthest || furthest.Rank <= _machine.Rank(input))
            {
                return Rejection.PoolFull;
            }

            Drop(furthest);
        }

        var refusal = source.HasReservedRoom
            ? Rejection.None
            : _clients.Judge(source.Key, length, Rejection.PoolFull);
        if (refusal != Rejection.None)
        {
            return refusal;
        }

        while (Count >= Limits.PooledInputs || _bytes + length > Limits.PooledBytes)
        {
            if (standing != InputStanding.Consumable || FurthestOfAll() is not { } furthest)
            {
                return Rejection.PoolFull;
            }

            Drop(furthest);
        }

        return Rejection.None;
    }

    /// <summary>What one replica signs in many ways is held once for each place that it is about, the newest places giving way
    /// to what the machine would consume now: or who hands on one thing to some and others to the primary would make it look as if
    /// it left out the one.</summary>
    private Rejection RefusalOfOneReplica(InputSource source, ulong rank, InputStanding standing)
    {
        if (!_bySource.TryGetValue(source, out var queue))
        {
            return Rejection.None;
        }

        foreach (var same in queue.Values.Where(held => held.Rank == rank).ToArray())
        {
            if (!DropIfObsolete(same))
            {
                return Rejection.AlreadyKnown;
            }
        }

        if (queue.Count >= Limits.InputsOfOneReplica)
        {
            if (standing != InputStanding.Consumable || Furthest(source) is not { } furthest)
            {
                return Rejection.PoolFull;
            }

            Drop(furthest);
        }

        return Rejection.None;
    }

    private bool HasRoomForEarly(InputSource source, int length) =>
        !_bySource.TryGetValue(source, out var queue)
        || (queue.Count < Limits.EarlyInputsPerSource
            && _bytesBySource[source] + length <= Limits.EarlyBytesPerSource);

    /// <summary>The last of a source's inputs that the machine would not consume now.</summary>
    private PooledInput? Furthest(InputSource source) => _bySource[source].Values.Reverse()
        .FirstOrDefault(pooled => !pooled.IsInFlight && Judge(pooled) != InputStanding.Consumable);

    /// <summary>Of the source that holds most, for it alone may be to blame.</summary>
    private PooledInput? FurthestOfAll() => _bytesBySource
        .Where(source => source.Key.HasReservedRoom)
        .OrderByDescending(source => source.Value)
        .Select(source => Furthest(source.Key))
        .FirstOrDefault(furthest => furthest is not null);

    /// <summary>How many batches correct primaries may make before all is ordered that clients want now: the client's own
    /// inputs go by its share of a batch, and each of the others has room for one in three quarters of the longest.</summary>
    private int BatchesAheadOf(InputSource client)
    {
        var own = _bytesBySource.GetValueOrDefault(client);
        return (_clients.Items / Limits.InputsPerBatch)
            + (int)(own / (Limits.FilledBatchBytes / 4))
            + (int)((_clients.Bytes - own) / (Limits.BatchBytes / 4 * 3));
    }

    private void Insert(PooledInput pooled)
    {
        _byDigest.Add(pooled.Input.Digest, pooled);
        if (!_bySource.TryGetValue(pooled.Source, out var queue))
        {
            _bySource.Add(pooled.Source, queue = []);
        }

        queue.Add((pooled.Rank, pooled.Arrival), pooled);
        Account(pooled, sign: 1);
        Version++;
    }

    private void Drop(PooledInput pooled)
    {
        SetInFlight(pooled, isInFlight: false);
        SetOverdue(pooled, isOverdue: false);
        Account(pooled, sign: -1);
        _byDigest.Remove(pooled.Input.Digest);
        Unwatch(pooled);
        var queue = _bySource[pooled.Source];
        queue.Remove((pooled.Rank, pooled.Arrival));
        if (queue.Count == 0)
        {
            _bySource.Remove(pooled.Source);
            _bytesBySource.Remove(pooled.Source);
        }
    }

    private bool Unwatch(PooledInput pooled)
    {
        _nextLook = null;
        return _watch.Remove((pooled.LookAt.Microseconds, pooled.Arrival));
    }

    private void Account(PooledInput pooled, int sign)
    {
        _bytes += sign * pooled.Bytes;
        _bytesBySource[pooled.Source] = _bytesBySource.GetValueOrDefault(pooled.Source) + (sign * pooled.Bytes);
        Waiting += sign;
        WaitingBytes += sign * pooled.Bytes;
        if (pooled.Source.HasReservedRoom)
        {
            return;
        }

        if (sign > 0)
        {
            _clients.Add(pooled.Source.Key, pooled.Bytes);
        }
        else
        {
            _clients.Remove(pooled.Source.Key, pooled.Bytes);
        }
    }
}
