using Holdfast.Client;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;
using Holdfast.Server.Transport;

namespace Holdfast.Cli.Bench;

/// <summary>A client's connections to replicas of which some are far: what goes to one and what comes from it is held
/// back, each way.</summary>
internal sealed class FarTransport(IClientTransport near, EmulatedDelay line, Func<ReplicaId, TimeSpan> oneWayTo)
    : IClientTransport
{
    public void Start(TransportCallbacks callbacks) => near.Start(new TransportCallbacks(
        (replica, view) => Later(replica, () => callbacks.OnConnected(replica, view)),
        replica => Later(replica, () => callbacks.OnDisconnected(replica)),
        (replica, frame) => Later(replica, () => callbacks.OnFrame(replica, frame)),
        callbacks.OnRefused));

    public void Reach(SiteId site) => near.Reach(site);

    public void Send(ReplicaId replica, ClientFrame frame) => Later(replica, () => near.Send(replica, frame));

    public ValueTask DisposeAsync() => near.DisposeAsync();

    private void Later(ReplicaId replica, Action deed) => line.After(oneWayTo(replica), deed);
}
