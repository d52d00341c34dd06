using System.Collections.Concurrent;
using Holdfast.Node;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;
using Holdfast.Server.Configuration;
using Holdfast.Server.Transport;
using Microsoft.Extensions.Logging;

namespace Holdfast.Server.Hosting;

/// <summary>Where clients come in: any transport key is let in, and the first frame proves which client it is. A client
/// that floods is refused alone; local queries are answered here and never reach the pump.</summary>
internal sealed class ClientPort : IAsyncDisposable
{
    /// <summary>All who have not said who they are take turns with the clients as one.</summary>
    private static readonly Bytes Strangers = Bytes.Empty;

    private readonly ReplicaHome _home;
    private readonly HostDoor _door;
    private readonly ClientDirectory _clients;
    private readonly HostView _view;
    private readonly IVerifier _verifier;
    private readonly Admission _admission;
    private readonly RequestEntry _entry;
    private readonly ILogger _log;
    private readonly FrameListener _listener;
    private readonly ConcurrentDictionary<FrameConnection, ClientConversation> _conversations = new();
    private readonly ITimer _sweep;

    public ClientPort(
        ReplicaHome home,
        HostDoor door,
        ClientDirectory clients,
        HostView view,
        IVerifier verifier,
        Admission admission,
        TransportCounters transport,
        HostSettings settings,
        ILogger log)
    {
        (_home, _door, _clients, _view) = (home, door, clients, view);
        (_verifier, _admission, _log) = (verifier, admission, log);
        _entry = new(home.Topology.Genesis.Cluster, home.Replica, door.Gate, admission);
        var address = home.Topology[home.Replica];
        var strangers = HostLimits.Stranger with { SendRoom = new(HostLimits.ClientSendBytes) };
        _listener = Listening.Open(address.Host, address.ClientPort, endPoint => new()
        {
            EndPoint = endPoint,
            Identity = home.Identity,
            Hello = home.Topology.Genesis.Cluster.ToBytes().Memory,
            Admit = _ => strangers,
            Counters = transport,
            HandshakeTimeout = HostLimits.HandshakePatience,
            Callbacks = new() { OnConnected = OnConnected, OnFrame = OnFrame, OnDisconnected = OnDisconnected },
        });
        _sweep = settings.Time.CreateTimer(
            _ => CloseStrangers(), state: null, HostLimits.HelloPatience, HostLimits.HelloPatience);
    }

    public System.Net.IPEndPoint EndPoint => _listener.EndPoint;

    public int Connections => _conversations.Count;

    public void Start() => _listener.Start();

    public async ValueTask DisposeAsync()
    {
        await _sweep.DisposeAsync().ConfigureAwait(false);
        await _listener.DisposeAsync().ConfigureAwait(false);
    }

    private void OnConnected(FrameConnection connection) => _conversations.TryAdd(connection, new());

    private void OnDisconnected(FrameConnection connection, ConnectionEnd end)
    {
        if (_conversations.TryRemove(connection, out var conversation) && conversation.End() is { } client)
        {
            _clients.Remove(client, connection);
        }
    }

    /// <summary>Who has not said who it is during a whole sweep, goes.</summary>
    private void CloseStrangers()
    {
        foreach (var (connection, conversation) in _conversations)
        {
            if (conversation.Client is null && conversation.IsLate())
            {
                _door.Counters.Refused(Rejection.UnknownSender);
                connection.Close();
            }
        }
    }

    private void OnFrame(FrameConnection connection, ReadOnlyMemory<byte> frame)
    {
        if (!_conversations.TryGetValue(connection, out var conversation))
        {
            return;
        }

        if (!conversation.TryEnter())
        {
            Refuse(connection, Rejection.Overloaded);
            return;
        }

        if (conversation.Client is { } client && _admission.RestOf(client, _view.Now) is { Ticks: > 0 } rest)
        {
            connection.Rest(rest);
        }

        var refusal = _door.ClientLanes.Add(
            conversation.Client ?? Strangers, frame.Length, () => Look(connection, conversation, frame));
        if (refusal != Rejection.None)
        {
            conversation.Leave();
            Refuse(connection, refusal);
        }
    }

    private void Look(FrameConnection connection, ClientConversation conversation, ReadOnlyMemory<byte> frame)
    {
        try
        {
            Answer(connection, conversation, frame);
        }
        finally
        {
            conversation.Leave();
        }
    }

    private void Answer(FrameConnection connection, ClientConversation conversation, ReadOnlyMemory<byte> bytes)
    {
        switch (ClientFrames.Decode(bytes.Span))
        {
            case ClientHello hello:
                Welcome(connection, conversation, hello);
                break;
            case { } frame when conversation.Client is { } client:
                Answer(connection, client, frame, bytes.Length);
                break;
            case null:
                Refuse(connection, Rejection.Malformed);
                break;
            default:
                Refuse(connection, Rejection.UnknownSender);
                break;
        }
    }

    private void Welcome(FrameConnection connection, ClientConversation conversation, ClientHello hello)
    {
        var refusal = RefusalOf(connection, conversation, hello);
        if (refusal != Rejection.None)
        {
            Log.ClientRefused(_log, hello.Client, refusal);
            Refuse(connection, refusal);
            return;
        }

        if (!_listener.TryPromote(connection, HostLimits.Client))
        {
            Log.ClientRefused(_log, hello.Client, Rejection.Overloaded);
            Refuse(connection, Rejection.Overloaded);
            return;
        }

        if (!conversation.Begin(hello.Client, () => _clients.Add(hello.Client, connection)))
        {
            return;
        }

        Log.ClientWelcome(_log, hello.Client);
        connection.Send(new HelloAnswer(_home.Topology.Genesis.Cluster, _view.Status.View).Encode().Memory);
    }

    private Rejection RefusalOf(FrameConnection connection, ClientConversation conversation, ClientHello hello)
    {
        var signed = ClientHello.SigningBytes(
            _home.Topology.Genesis.Cluster,
            _home.Replica,
            new Digest(connection.PeerPin.ToArray()),
            new Digest(_home.Identity.Pin.ToArray()));
        return conversation.Client is not null ? Rejection.AlreadyKnown
            : !_verifier.Verify(hello.Client.Span, signed.Span, hello.Signature.Span) ? Rejection.BadSignature
            : _view.Published.Snapshot.RolesOf(hello.Client) == Roles.None ? Rejection.UnknownClient
            : Rejection.None;
    }

    private void Answer(FrameConnection connection, Bytes client, ClientFrame frame, int bytes)
    {
        if (_view.Published.Snapshot.RolesOf(client) == Roles.None)
        {
            // Removed since it said who it is.
            Refuse(connection, Rejection.UnknownClient);
            return;
        }

        switch (frame)
        {
            case Request request:
                Take(connection, client, request.Body, bytes);
                break;
            case LocalQuery query:
                connection.Send(_view.Answer(client, query).Encode().Memory);
                break;
            case ResendReply resend:
                var refusal = _door.Queue.OfferFromClient(
                    client, new Input.ReplyWanted(client, resend.RequestDigest), bytes);
                if (refusal != Rejection.None)
                {
                    Refuse(connection, refusal);
                }

                break;
            case StatusQuery:
                connection.Send(_view.Report().Encode().Memory);
                break;
            default:
                Refuse(connection, Rejection.UnknownKind);
                break;
        }
    }

    private void Take(FrameConnection connection, Bytes client, ClientRequest request, int bytes)
    {
        var entered = _entry.Take(client, request, _view.Status, _view.Now);
        if (entered.Input is { } input
            && _door.Queue.OfferFromClient(client, input, bytes) is var refusal and not Rejection.None)
        {
            entered = _entry.TurnAway(request, refusal, _view.Status, _view.Now);
        }

        if (entered.Reason != Rejection.None)
        {
            _door.Counters.Refused(entered.Reason);
            connection.Rest(entered.RestFor);
        }

        if (entered.Answer is { } answer)
        {
            connection.Send(answer.Encode().Memory);
        }
    }

    private void Refuse(FrameConnection connection, Rejection reason)
    {
        _door.Counters.Refused(reason);
        connection.Send(new Refused(reason).Encode().Memory);
    }
}
