namespace Holdfast.Protocol;

/// <summary>How one link stands, for operators.</summary>
/// <param name="Representative">The replica of the own site that sends now.</param>
/// <param name="HeldBytes">What the outbox holds.</param>
public sealed record LinkStatus(
    SiteId Peer, ulong Epoch, int Representative, int Receiver, TimeSpan? RoundTrip, long HeldBytes);

/// <summary>How a replica stands, for operators; never part of the protocol.</summary>
/// <param name="Checkpoint">The newest own checkpoint, and the digest of the whole machine there: equal at all replicas
/// of the site for equal places.</param>
/// <param name="Transfer">How far a state transfer is; null while there is none.</param>
public sealed record ReplicaStatus(
    ReplicaId Self,
    SiteView View,
    int Primary,
    SiteSequence Executed,
    SiteSequence Stable,
    GlobalView GlobalView,
    GlobalView InstalledView,
    SiteId LeadingSite,
    GlobalSequence GlobalExecuted,
    GlobalSequence GlobalCommitted,
    int PendingUpdates,
    ulong ExecutedUpdates,
    (SiteSequence At, Digest State) Checkpoint,
    TransferProgress? Transfer,
    ValueList<LinkStatus> Links);

/// <summary>What other threads may read of a replica: immutable, published anew after each executed batch.</summary>
/// <param name="CurrentAt">When this state was current for sure: the sending time of the newest own register version
/// that a majority of sites has seen.</param>
/// <param name="ClockZero">The reference clock at instant zero: added to an instant it gives the reference
/// clock.</param>
public sealed record PublishedState(GlobalSnapshot Snapshot, Timestamp CurrentAt, Timestamp ClockZero)
{
    /// <summary>How old an answer from this state may be, at an instant; never negative.</summary>
    public TimeSpan AgeAt(Instant now) => AgeAt(now, CurrentAt);

    /// <summary>How old an answer may be whose state was current for sure at a time.</summary>
    public TimeSpan AgeAt(Instant now, Timestamp currentAt)
    {
        var age = ClockZero + TimeSpan.FromMicroseconds(now.Microseconds) - currentAt;
        return age < TimeSpan.Zero ? TimeSpan.Zero : age;
    }
}
