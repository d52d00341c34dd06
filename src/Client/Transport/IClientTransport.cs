using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Client;

/// <summary>How a client reaches replicas. Whoever is connected has proved, by its TLS key, which replica it is, and
/// has welcomed the client.</summary>
internal interface IClientTransport : IAsyncDisposable
{
    void Start(TransportCallbacks callbacks);

    /// <summary>Connects to all replicas of a site, and connects again whenever a connection is gone.</summary>
    void Reach(SiteId site);

    /// <summary>Sends if connected and if there is room, and drops otherwise: the session tries again. Never
    /// waits.</summary>
    void Send(ReplicaId replica, ClientFrame frame);
}

/// <summary>What a transport tells, for one replica one after the other, on any thread.</summary>
internal sealed record TransportCallbacks(
    Action<ReplicaId, SiteView> OnConnected,
    Action<ReplicaId> OnDisconnected,
    Action<ReplicaId, ClientFrame> OnFrame,
    Action<ReplicaId, Rejection> OnRefused);
