using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Client;

/// <summary>Who a client is, to replicas: its name is its Ed25519 key.</summary>
internal sealed record ClientIdentity(Digest Cluster, Bytes Client, Func<Bytes, Bytes> Sign);

/// <summary>Connections over TLS to all replicas of the sites that a client talks to.</summary>
internal sealed class TlsTransport(Topology topology, ValueList<SiteId> sites, ClientIdentity identity)
    : IClientTransport
{
    private readonly TransportKey _key = new();
    private readonly SortedDictionary<ReplicaId, ReplicaConnection> _connections = [];

    public void Start(TransportCallbacks callbacks)
    {
        foreach (var site in sites)
        {
            for (var index = 0; index < topology.Sites[site.Index].Replicas.Count; index++)
            {
                var replica = new ReplicaId(site, index);
                _connections.Add(replica, new ReplicaConnection(replica, topology[replica], _key, identity, callbacks));
            }
        }

        // Only now: a callback may want to send to any of them.
        foreach (var connection in _connections.Values)
        {
            connection.Start();
        }
    }

    public void Send(ReplicaId replica, ClientFrame frame) => _connections[replica].Send(frame);

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_connections.Values.Select(connection => connection.DisposeAsync().AsTask()))
            .ConfigureAwait(false);
        _key.Dispose();
    }
}
