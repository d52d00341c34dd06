using Holdfast.Protocol;
using Holdfast.Server.Transport;

namespace Holdfast.Server.Hosting;

/// <summary>Which connections a client's key has here: replies go to all of them, since programs may share a
/// key.</summary>
/// <param name="connectionsMax">Beyond it, who has more connections than the newcomer loses one.</param>
internal sealed class ClientDirectory(int connectionsMax)
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

    /// <summary>One more than a client may have, and its oldest is closed: it may be a dead one. One more than all may
    /// have, and the client with the most of them loses its oldest: so a few greedy ones shut nobody out.</summary>
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
            var greediest = own.Count > HostLimits.ConnectionsPerClient ? own : Greediest(own.Count);
            if (greediest is not null)
            {
                oldest = greediest[0];
                greediest.RemoveAt(0);
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

    /// <summary>Sends frames that belong together.</summary>
    public void Send(Bytes client, ReadOnlySpan<ReadOnlyMemory<byte>> frames)
    {
        lock (_gate)
        {
            if (_connections.TryGetValue(client, out var own))
            {
                foreach (var connection in own)
                {
                    connection.Send(frames);
                }
            }
        }
    }

    /// <summary>Null while there is room, or where nobody has more than this.</summary>
    private List<FrameConnection>? Greediest(int than) =>
        _connections.Values.Sum(static own => own.Count) > connectionsMax
        && _connections.Values.MaxBy(static own => own.Count) is { } most && most.Count > than
            ? most
            : null;
}
