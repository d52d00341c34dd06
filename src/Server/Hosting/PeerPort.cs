using Holdfast.Node;
using Holdfast.Protocol;
using Holdfast.Server.Configuration;
using Holdfast.Server.Transport;
using Microsoft.Extensions.Logging;

namespace Holdfast.Server.Hosting;

/// <summary>Where other replicas come in: known by their transport key, their frames checked in a lane, what holds
/// handed to the pump's queue.</summary>
internal sealed class PeerPort : IAsyncDisposable
{
    private readonly ReplicaId _self;
    private readonly PeerDirectory _directory;
    private readonly Gate _gate;
    private readonly WorkLanes<ReplicaId> _lanes;
    private readonly InputQueue _queue;
    private readonly PumpCounters _counters;
    private readonly ILogger _log;
    private readonly FrameListener _listener;

    public PeerPort(
        ReplicaHome home,
        PeerDirectory directory,
        HostDoor door,
        TransportCounters transport,
        ILogger log)
    {
        (_self, _directory, _log) = (home.Replica, directory, log);
        (_gate, _lanes, _queue, _counters) = (door.Gate, door.ReplicaLanes, door.Queue, door.Counters);
        var address = home.Topology[home.Replica];
        _listener = Listening.Open(address.Host, address.PeerPort, endPoint => new()
        {
            EndPoint = endPoint,
            Identity = home.Identity,
            Hello = directory.Hello.Memory,
            Admit = pin => directory.Find(pin) is null ? null : HostLimits.Peer,
            Counters = transport,
            HandshakeTimeout = HostLimits.HandshakePatience,
            Callbacks = new()
            {
                OnConnected = OnConnected,
                OnFrame = OnFrame,
                OnDisconnected = static (_, _) => { },
            },
        });
    }

    public System.Net.IPEndPoint EndPoint => _listener.EndPoint;

    public void Start() => _listener.Start();

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private void OnConnected(FrameConnection connection)
    {
        if (!connection.PeerHello.Span.SequenceEqual(_directory.Hello.Span))
        {
            _counters.Refused(Rejection.WrongCluster);
            connection.Close();
        }
    }

    private void OnFrame(FrameConnection connection, ReadOnlyMemory<byte> frame)
    {
        var sender = _directory.Find(connection.PeerPin)!.Value;
        var refusal = _lanes.Add(sender, frame.Length, () => Admit(sender, frame));
        if (refusal != Rejection.None)
        {
            Refuse(sender, refusal);
        }
    }

    private void Admit(ReplicaId sender, ReadOnlyMemory<byte> frame)
    {
        var refusal = sender.Site == _self.Site
            ? _gate.AdmitFromPeer(sender.Index, frame.Span, out var input)
            : _gate.AdmitFromSite(sender, frame.Span, out input);
        if (refusal == Rejection.None)
        {
            refusal = _queue.Offer(sender, input!, frame.Length);
        }

        if (refusal != Rejection.None)
        {
            Refuse(sender, refusal);
        }
    }

    private void Refuse(ReplicaId sender, Rejection reason)
    {
        _counters.Refused(reason);
        Log.Refused(_log, sender.ToString(), reason);
    }
}
