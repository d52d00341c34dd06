using System.Net;
using System.Runtime.InteropServices;
using Holdfast.Node;
using Holdfast.Protocol;
using Holdfast.Server.Configuration;
using Holdfast.Server.Transport;
using Microsoft.Extensions.Logging;

namespace Holdfast.Server.Hosting;

/// <summary>The roads out of one replica. To each other replica it dials a connection of its own, and speaks on that
/// one only; what it hears comes by those that others dialled.</summary>
internal sealed class ReplicaNetwork : IReplicaNetwork, IAsyncDisposable
{
    private readonly ReplicaHome _home;
    private readonly PeerDirectory _directory;
    private readonly HostSettings _settings;
    private readonly ClientDirectory _clients;
    private readonly InputQueue _queue;
    private readonly ILogger _log;
    private readonly TransportCounters _counters;
    private readonly SortedDictionary<ReplicaId, Road> _roads = [];
    private readonly Dictionary<Bytes, List<ReadOnlyMemory<byte>>> _toClients = [];
    private int _gatherer;
    private long _siteFrames;
    private long _siteBytes;
    private long _peerFrames;
    private long _peerBytes;
    private long _lost;

    public ReplicaNetwork(
        ReplicaHome home,
        PeerDirectory directory,
        HostSettings settings,
        ClientDirectory clients,
        InputQueue queue,
        TransportCounters counters,
        ILogger log)
    {
        _home = home;
        _directory = directory;
        _settings = settings;
        _clients = clients;
        _queue = queue;
        _counters = counters;
        _log = log;
        foreach (var replica in directory.Others)
        {
            _roads.Add(replica, new Road(Dialer(replica), IsFar(replica)));
        }
    }

    /// <summary>Frames and bytes over the wide area, without those that found no road: to other sites, and to far
    /// replicas of the own one.</summary>
    public long SiteFrames => Interlocked.Read(ref _siteFrames);

    public long SiteBytes => Interlocked.Read(ref _siteBytes);

    /// <summary>Frames and bytes inside the site.</summary>
    public long PeerFrames => Interlocked.Read(ref _peerFrames);

    public long PeerBytes => Interlocked.Read(ref _peerBytes);

    /// <summary>Frames for which there was no connection or no room.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    public int Connected => _roads.Values.Count(road => road.Dialer.Connection is not null);

    public void Start()
    {
        foreach (var road in _roads.Values)
        {
            road.Dialer.Start();
        }
    }

    public void ToPeer(int replica, Bytes frame) => ToSite(new ReplicaId(_home.Replica.Site, replica), frame);

    public void ToSite(ReplicaId receiver, Bytes frame)
    {
        if (!_roads.TryGetValue(receiver, out var road))
        {
            Interlocked.Increment(ref _lost);
        }
        else if (IsGatherer)
        {
            road.Waiting.Add(frame.Memory);
        }
        else
        {
            Send(road, [frame.Memory]);
        }
    }

    public void ToClient(Bytes client, Bytes frame)
    {
        if (!IsGatherer)
        {
            _clients.Send(client, [frame.Memory]);
            return;
        }

        if (!_toClients.TryGetValue(client, out var waiting))
        {
            _toClients.Add(client, waiting = []);
        }

        waiting.Add(frame.Memory);
    }

    /// <summary>What a pass has to say to one receiver leaves in one write: each costs both sides a call of the system
    /// and a seal of TLS. What the thread that ends passes hands over is gathered; what comes from elsewhere leaves at
    /// once.</summary>
    public void Depart()
    {
        _gatherer = Environment.CurrentManagedThreadId;
        foreach (var road in _roads.Values)
        {
            if (road.Waiting.Count > 0)
            {
                Send(road, CollectionsMarshal.AsSpan(road.Waiting));
                road.Waiting.Clear();
            }
        }

        foreach (var (client, waiting) in _toClients)
        {
            _clients.Send(client, CollectionsMarshal.AsSpan(waiting));
        }

        _toClients.Clear();
    }

    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(_roads.Values.Select(road => road.Dialer.DisposeAsync().AsTask())).ConfigureAwait(false);

    public static EndPoint EndPointOf(string host, int port) =>
        IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port);

    private bool IsGatherer => _gatherer == Environment.CurrentManagedThreadId;

    private bool IsFar(ReplicaId replica) =>
        replica.Site != _home.Replica.Site || _settings.DelayToPeer(replica.Index) > TimeSpan.Zero;

    private void Send(Road road, ReadOnlySpan<ReadOnlyMemory<byte>> frames)
    {
        var sent = road.Dialer.SendHere(frames);
        long bytes = 0;
        foreach (var frame in frames[..sent])
        {
            bytes += frame.Length;
        }

        Interlocked.Add(ref road.IsFar ? ref _siteFrames : ref _peerFrames, sent);
        Interlocked.Add(ref road.IsFar ? ref _siteBytes : ref _peerBytes, bytes);
        Interlocked.Add(ref _lost, frames.Length - sent);
    }

    private FrameDialer Dialer(ReplicaId replica)
    {
        var address = _home.Topology[replica];
        return new FrameDialer(new()
        {
            EndPoint = EndPointOf(address.Host, address.PeerPort),
            Identity = _home.Identity,
            Expected = PeerDirectory.PinOf(_home.Topology, replica),
            Hello = _directory.Hello.Memory,
            Limits = HostLimits.Peer,
            Counters = _counters,
            HandshakeTimeout = HostLimits.HandshakePatience,
            Callbacks = new()
            {
                OnConnected = connection => OnConnected(replica, connection),
                // Nobody speaks on a road that we dialled.
                OnFrame = static (connection, _) => connection.Close(),
                OnDisconnected = (_, end) => OnDisconnected(replica, end),
                OnRefused = (endPoint, end) => OnRefused(replica, endPoint, end),
            },
        });
    }

    private void OnConnected(ReplicaId replica, FrameConnection connection)
    {
        if (!connection.PeerHello.Span.SequenceEqual(_directory.Hello.Span))
        {
            Log.WrongCluster(_log, replica, _home.Topology.Genesis.Cluster.ToHex());
            connection.Close();
            return;
        }

        if (_settings.WideArea is { } wideArea)
        {
            connection.Emulate(wideArea, DelayTo(replica));
        }

        Log.ConnectedTo(_log, replica);
        Tell(replica, isConnected: true);
    }

    private void OnDisconnected(ReplicaId replica, ConnectionEnd end)
    {
        Log.DisconnectedFrom(_log, replica, end);
        Tell(replica, isConnected: false);
    }

    /// <summary>The end of a connection travels as long as all else does.</summary>
    private void Tell(ReplicaId replica, bool isConnected)
    {
        var delay = DelayTo(replica);
        if (delay == TimeSpan.Zero)
        {
            _queue.Tell(replica, isConnected);
        }
        else
        {
            _ = Task.Delay(delay).ContinueWith(
                _ => _queue.Tell(replica, isConnected), TaskScheduler.Default);
        }
    }

    private TimeSpan DelayTo(ReplicaId replica) => _settings.WideArea is null ? TimeSpan.Zero
        : replica.Site == _home.Replica.Site ? _settings.DelayToPeer(replica.Index)
        : _settings.DelayTo(replica.Site);

    /// <summary>The way to one replica, and what waits for the end of a pass.</summary>
    private sealed record Road(FrameDialer Dialer, bool IsFar)
    {
        public List<ReadOnlyMemory<byte>> Waiting { get; } = [];
    }

    private void OnRefused(ReplicaId replica, EndPoint? endPoint, ConnectionEnd end)
    {
        if (end == ConnectionEnd.WrongPin)
        {
            Log.WrongPin(_log, replica, $"{endPoint}", PeerDirectory.PinOf(_home.Topology, replica).ToString()[..16]);
        }
    }
}
