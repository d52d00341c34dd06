using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>The smallest machine that a log can feed: client requests run once each, in any order; retries stand for
/// links, for a replica's are wanted in sequence. Its state is a chain over all that it executed.</summary>
internal sealed class BoxMachine : IOrderedMachine
{
    private static readonly TimeSpan DeadlineAfter = TimeSpan.FromSeconds(1);
    private SortedSet<Digest> _done = [];
    private ulong[] _next = new ulong[Limits.ReplicasPerSite];
    private CheckpointRule _rule;

    public Timestamp Time { get; set; }

    public Timestamp NextDeadline => Time + DeadlineAfter;

    public Digest Chain { get; private set; }

    public ulong Executed { get; private set; }

    public int Consumed { get; private set; }

    /// <summary>For the sentence tests: ride instead of hurry.</summary>
    public bool IsRiding { get; init; }

    /// <summary>Whether a checkpoint is due behind the batch that was executed last.</summary>
    public bool IsCheckpointDue { get; private set; }

    public bool HasDone(SiteInput input) => Judge(input) == InputStanding.Obsolete;

    public InputStanding Judge(SiteInput input) => input switch
    {
        AttestationRetry retry when retry.Sequence.Number < _next[retry.Replica] => InputStanding.Obsolete,
        AttestationRetry retry when retry.Sequence.Number > _next[retry.Replica] => InputStanding.Early,
        AttestationRetry => InputStanding.Consumable,
        _ => _done.Contains(input.Digest) ? InputStanding.Obsolete : InputStanding.Consumable,
    };

    /// <summary>For the sentence tests: once something is executed, what waits may ride.</summary>
    public bool RidesOnceExecuted { get; init; }

    public TimeSpan RidesFor(SiteInput input) =>
        IsRiding || (RidesOnceExecuted && Executed > 0) ? TimeSpan.FromMilliseconds(20) : TimeSpan.Zero;

    /// <summary>For the sentence tests: retries are what replicas sign, and not what links bring.</summary>
    public bool KeepsAsReplicas { get; init; }

    public InputSource Source(SiteInput input) => input switch
    {
        AttestationRetry retry => new(
            KeepsAsReplicas ? InputSourceKind.Other : InputSourceKind.Link, new Bytes([(byte)retry.Replica])),
        ClientRequest request => new(InputSourceKind.Client, request.Client),
        _ => new(InputSourceKind.Other, Bytes.Empty),
    };

    /// <summary>For the sentence tests: replicas that have come back.</summary>
    public SortedDictionary<int, ReplicaLife> Lives { get; } = [];

    public ReplicaLife? LifeOf(int replica) => Lives.TryGetValue(replica, out var life) ? life : null;

    public ulong Rank(SiteInput input) => input switch
    {
        AttestationRetry retry => retry.Sequence.Number,
        ClientRequest request => request.FirstNumber,
        _ => 0,
    };

    public void Execute(SiteSequence sequence, Batch batch)
    {
        Invariant.Holds(batch.Time >= Time, "BOX");
        Time = batch.Time;
        Executed = sequence.Number;
        foreach (var input in batch.Inputs.Where(input => Judge(input) == InputStanding.Consumable))
        {
            Consumed++;
            if (input is AttestationRetry retry)
            {
                _next[retry.Replica]++;
            }
            else
            {
                _done.Add(input.Digest);
            }
        }

        var writer = new WireWriter();
        writer.Digest(Chain);
        writer.Bytes(batch.Encoded);
        Chain = Digest.Of(writer);
        IsCheckpointDue = _rule.IsDue(sequence, Time);
        _rule = IsCheckpointDue ? new(sequence, Time) : _rule;
    }

    public BoxMachine Copy() => new()
    {
        Time = Time,
        Chain = Chain,
        Executed = Executed,
        Consumed = Consumed,
        IsRiding = IsRiding,
        _done = new(_done),
        _next = [.. _next],
        _rule = _rule,
    };
}
