namespace Holdfast.Protocol;

/// <summary>How one link stands, for operators.</summary>
/// <param name="Representative">The replica of the own site that sends now.</param>
/// <param name="HeldBytes">What the outbox holds.</param>
/// <param name="Since">When the epoch began, by the site's clock.</param>
public sealed record LinkStatus(
    SiteId Peer, ulong Epoch, int Representative, int Receiver, TimeSpan? RoundTrip, long HeldBytes, Timestamp Since);

/// <summary>How a replica stands, for operators; never part of the protocol.</summary>
/// <param name="Checkpoint">The newest own checkpoint, and the digest of the whole machine there: equal at all replicas
/// of the site for equal places.</param>
/// <param name="Life">How often it has come back from a lost disk.</param>
/// <param name="IsVoting">False while it says nothing but requests.</param>
/// <param name="SiteLife">The life of its site: one more each time that it lost more than f disks.</param>
/// <param name="TakesPart">False while its site, in a later life, waits for the update that tells of it.</param>
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
    ValueList<int> Banned,
    uint Life,
    bool IsVoting,
    ValueList<LinkStatus> Links,
    uint SiteLife,
    bool TakesPart);
