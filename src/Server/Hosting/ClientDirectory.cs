using Holdfast.Protocol;
using Holdfast.Server.Transport;

namespace Holdfast.Server.Hosting;

/// <summary>Which connections a client's key has here: replies go to all of them, since programs may share a
/// key.</summary>
internal sealed class ClientDirectory
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Bytes, List<FrameConnection>> _connections = [];

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _connections.Count;
            }
        }
    }

    /// <summary>One more than the bound, and the oldest is closed: it may be a dead one.</summary>
    public void Add(Bytes client, FrameConnection connection)
    {
        FrameConnection? oldest = null;
        lock (_gate)
        {
            if (!_connections.TryGetValue(client, out var own))
            {
                _connections.Add(client, own = []);
            }

            own.Add(connection);
            if (own.Count > HostLimits.ConnectionsPerClient)
            {
                oldest = own[0];
                own.RemoveAt(0);
            }
        }

        oldest?.Close();
    }

    public void Remove(Bytes client, FrameConnection connection)
    {
        lock (_gate)
        {
            if (_connections.TryGetValue(client, out var own) && own.Remove(connection) && own.Count == 0)
            {
                _connections.Remove(client);
            }
        }
    }

    public void Send(Bytes client, Bytes frame)
    {
        lock (_gate)
        {
            if (_connections.TryGetValue(client, out var own))
            {
                foreach (var connection in own)
                {
                    connection.Send(frame.Memory);
                }
            }
        }
    }
}
