using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Client;

/// <summary>Who a client is, to replicas: its name is its Ed25519 key.</summary>
internal sealed record ClientIdentity(Digest Cluster, Bytes Client, Func<Bytes, Bytes> Sign);

/// <summary>Connections over TLS to the replicas of the sites that a client talks to.</summary>
internal sealed class TlsTransport(Topology topology, ClientIdentity identity) : IClientTransport
{
    private readonly Lock _gate = new();
    private readonly TransportKey _key = new();
    private readonly SortedDictionary<ReplicaId, ReplicaConnection> _connections = [];
    private TransportCallbacks? _callbacks;
    private bool _isDisposed;

    /// <summary>Of all connections: sending is no promise that anything leaves.</summary>
    public long FramesWritten
    {
        get
        {
            lock (_gate)
            {
                return _connections.Values.Sum(connection => connection.FramesWritten);
            }
        }
    }

    public void Start(TransportCallbacks callbacks) => _callbacks = callbacks;

    public void Reach(SiteId site)
    {
        lock (_gate)
        {
            for (var index = 0; index < topology.Sites[site.Index].Replicas.Count && !_isDisposed; index++)
            {
                var replica = new ReplicaId(site, index);
                if (!_connections.ContainsKey(replica))
                {
                    var connection = new ReplicaConnection(replica, topology[replica], _key, identity, _callbacks!);
                    _connections.Add(replica, connection);
                    connection.Start();
                }
            }
        }
    }

    public void Send(ReplicaId replica, ClientFrame frame)
    {
        lock (_gate)
        {
            if (_connections.TryGetValue(replica, out var connection))
            {
                connection.Send(frame);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        ReplicaConnection[] connections;
        lock (_gate)
        {
            _isDisposed = true;
            connections = [.. _connections.Values];
        }

        await Task.WhenAll(connections.Select(connection => connection.DisposeAsync().AsTask())).ConfigureAwait(false);
        _key.Dispose();
    }
}
