namespace Holdfast.Protocol;

/// <summary>The replicas to which this one had a connection that has ended, as when their process is gone: a hint of
/// the transport. Whoever acts on it may be wrong, so nothing that must stay true rests on it; it saves the time-out
/// that finds out the same.</summary>
public sealed class BrokenRoads
{
    private readonly SortedSet<ReplicaId> _broken = [];

    /// <summary>Whether the transport tells of connections at all.</summary>
    public bool AreTold { get; private set; }

    public bool Contains(ReplicaId replica) => _broken.Contains(replica);

    public void OnConnected(ReplicaId replica)
    {
        AreTold = true;
        _broken.Remove(replica);
    }

    public void OnDisconnected(ReplicaId replica)
    {
        AreTold = true;
        _broken.Add(replica);
    }
}
