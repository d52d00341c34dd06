using System.Net;
using Holdfast.Cryptography;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;
using Holdfast.Server.Transport;

namespace Holdfast.Client.Tests;

/// <summary>Replicas of one site that share one state, behind real TLS on loopback: what the client's side of the wire
/// meets. Their site key is one plain key, since an Ed25519 signature does not tell how it was made.</summary>
internal sealed class RealReplicas : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly GlobalState _state;
    private readonly SortedDictionary<Digest, ClientReply> _replies = [];
    private readonly List<(FrameListener Listener, TlsIdentity Identity)> _listeners = [];
    private readonly SigningKey _siteKey = KeyOf(1);
    private readonly SiteSize _size;

    public RealReplicas(int faults)
    {
        _size = new SiteSize(faults);
        var site = Bytes.Copy(_siteKey.PublicKey.Span);
        var keys = ValueList.From(Enumerable.Repeat(site, _size.Replicas));
        var genesis = new Genesis(
            Digest.Of([5]).ToBytes(),
            [new GenesisSite(_size, site, keys, keys)],
            [new SiteId(0)],
            [new GenesisClient(Bytes.Copy(Key.PublicKey.Span), Roles.Reader | Roles.Writer)],
            new KeyValueStore().Name,
            new KeyValueStore().Version);
        _state = GlobalState.Begin(genesis, new KeyValueStore());
        var addresses = Enumerable.Range(0, _size.Replicas).Select(replica => Listen(genesis, new(new(0), replica)));
        Topology = new Topology(genesis, [new SiteAddresses("site-0", ValueList.From(addresses))]);
    }

    public SigningKey Key { get; } = KeyOf(2);

    public Topology Topology { get; }

    public string SitePem => PublicKeyPem.Encode(_siteKey.PublicKey.Span);

    public ClientSettings Settings => new() { Topology = Topology, Key = Key };

    /// <summary>Ends every connection; the addresses stay.</summary>
    public void CutAll()
    {
        foreach (var connection in _listeners.SelectMany(one => one.Listener.Connections))
        {
            connection.Close();
        }
    }

    /// <summary>As if the replica were off.</summary>
    public async Task StopAsync(int replica) => await _listeners[replica].Listener.DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var (listener, identity) in _listeners)
        {
            await listener.DisposeAsync();
            identity.Dispose();
        }

        _siteKey.Dispose();
        Key.Dispose();
    }

    private static SigningKey KeyOf(byte seed) => SigningKey.FromSeed(Digest.Of([seed]).ToBytes().Span);

    private ReplicaAddress Listen(Genesis genesis, ReplicaId replica)
    {
        var identity = TlsIdentity.Create("replica");
        var listener = new FrameListener(new FrameListenerOptions
        {
            EndPoint = new IPEndPoint(IPAddress.Loopback, 0),
            Identity = identity,
            Hello = ReadOnlyMemory<byte>.Empty,
            Admit = _ => FrameLimits.Client,
            Callbacks = new FrameCallbacks
            {
                OnConnected = _ => { },
                OnFrame = (connection, frame) => OnFrame(genesis, replica, identity, connection, frame),
                OnDisconnected = (_, _) => { },
            },
            Counters = new TransportCounters(),
        });
        listener.Start();
        _listeners.Add((listener, identity));
        return new ReplicaAddress("127.0.0.1", 1, listener.EndPoint.Port, new Bytes(identity.Pin.ToArray()));
    }

    private void OnFrame(
        Genesis genesis,
        ReplicaId replica,
        TlsIdentity identity,
        FrameConnection connection,
        ReadOnlyMemory<byte> bytes)
    {
        lock (_gate)
        {
            switch (ClientFrames.Decode(bytes.Span))
            {
                case ClientHello hello:
                    var signed = ClientHello.SigningBytes(
                        genesis.Cluster,
                        replica,
                        new Digest(connection.PeerPin.ToArray()),
                        new Digest(identity.Pin.ToArray()));
                    var isGood = Ed25519.Verify(hello.Client.Span, signed.Span, hello.Signature.Span);
                    Say(connection, isGood
                        ? new HelloAnswer(genesis.Cluster, default)
                        : new Refused(Rejection.BadSignature));
                    break;
                case Request request when Repliers.AnswersAtOnce(
                    request.Body.Client, request.Body.FirstNumber, replica.Index, _size):
                    Execute(request.Body);
                    Tell(connection, request.Body.RequestDigest(genesis.Cluster), request.Body.ReceiptWanted);
                    break;
                case Request request:
                    Execute(request.Body);
                    break;
                case ResendReply resend:
                    Tell(connection, resend.RequestDigest, receiptWanted: false);
                    break;
                case LocalQuery query:
                    var answer = _state.Snapshot().Query(Bytes.Copy(Key.PublicKey.Span), 1, query.Query);
                    Say(connection, new LocalAnswer(
                        query.Id, answer.Result, answer.ChangedAt, _state.Executed, 1000, Rejection.None));
                    break;
                case StatusQuery:
                    Say(connection, new StatusAnswer([new("replica", replica.ToString())]));
                    break;
            }
        }
    }

    private void Execute(ClientRequest request)
    {
        var digest = request.RequestDigest(_state.Cluster);
        if (_replies.ContainsKey(digest)
            || !Ed25519.Verify(request.Client.Span, request.SigningBytes(_state.Cluster).Span, request.Signature.Span))
        {
            return;
        }

        var results = request.Level == RequestLevel.Update
            ? _state.Execute(_state.Executed.Next, default, [request])[0].Results
            : ValueList.From(request.Operations.Select((query, index) =>
                _state.Snapshot().Query(request.Client, request.FirstNumber + (ulong)index, query.Body)));
        _replies.Add(digest, new ClientReply(request.Client, request.Session, digest, request.Level, results));
    }

    private void Tell(FrameConnection connection, Digest request, bool receiptWanted)
    {
        if (!_replies.TryGetValue(request, out var reply))
        {
            return;
        }

        if (!receiptWanted)
        {
            Say(connection, new Reply(default, 0, reply));
            return;
        }

        var tree = new MerkleTree([Bytes.FromText("another leaf"), reply.Leaf(), Bytes.FromText("and one more")]);
        var statement = new SiteStatement(new(0), 1, 1, new(7), 3, tree.Root);
        var signature = new Bytes(_siteKey.Sign(statement.SigningBytes(_state.Cluster).Span));
        Say(connection, new ReceiptAnswer(new Receipt(reply, statement, signature, 1, tree.Path(1))));
    }

    private static void Say(FrameConnection connection, ClientFrame frame) => connection.Send(frame.Encode().Memory);
}
