using System.Diagnostics;
using Holdfast.Client;
using Holdfast.Cryptography;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Insider;

/// <summary>A client whose key and role are good, and that sends updates at a rate of its own whatever it is told. All
/// of them are good ones under numbers of their own, signed beforehand: nothing but how many they are is wrong.</summary>
internal sealed class FloodingClient : IAsyncDisposable
{
    /// <summary>So long a value as the good ones write.</summary>
    private const int ValueBytes = 16;
    private const int KeysPerClient = 16;

    /// <summary>Of its session's window: what comes out of turn may run too.</summary>
    private const ulong NumbersOpen = SessionLimits.Window / 2;
    private static readonly TimeSpan BetweenBursts = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan OpeningPause = TimeSpan.FromSeconds(1);

    private readonly Topology _topology;
    private readonly SigningKey _key;
    private readonly SiteId _site;
    private readonly TlsTransport _transport;
    private readonly TaskCompletionSource<GlobalPosition> _session = new();
    private readonly List<Request> _requests = [];
    private long _committed;
    private long _notTaken;
    private long _refused;
    private long _writtenBefore;

    public FloodingClient(Topology topology, SigningKey key, SiteId site)
    {
        (_topology, _key, _site) = (topology, key, site);
        Client = Bytes.Copy(key.PublicKey.Span);
        var identity = new ClientIdentity(Cluster, Client, message => new Bytes(key.Sign(message.Span)));
        _transport = new(topology, identity);
        _transport.Start(new((_, _) => { }, _ => { }, Hear, (_, _) => Interlocked.Increment(ref _refused)));
        _transport.Reach(site);
    }

    public Bytes Client { get; }

    /// <summary>What it wanted to send. Its own connections drop what they have no room for, which a replica that reads no
    /// more makes sure of.</summary>
    public long Offered { get; private set; }

    /// <summary>What left it since the flood began.</summary>
    public long Written => _transport.FramesWritten - _writtenBefore;

    /// <summary>As single replicas tell, so at most four times as many as ran.</summary>
    public long Committed => Interlocked.Read(ref _committed);

    public long NotTaken => Interlocked.Read(ref _notTaken);

    public long Refused => Interlocked.Read(ref _refused);

    private Digest Cluster => _topology.Genesis.Cluster;

    private int Replicas => _topology.Sites[_site.Index].Replicas.Count;

    /// <summary>Opens a session, and signs what it will send.</summary>
    public async Task PrepareAsync(int requests, CancellationToken cancel)
    {
        var opening = new Operation(OperationKind.OpenSession, new Bytes(Guid.NewGuid().ToByteArray()));
        var request = new Request(Sign(default, 1, opening));
        while (!_session.Task.IsCompleted)
        {
            for (var replica = 0; replica < Replicas; replica++)
            {
                _transport.Send(new(_site, replica), request);
            }

            await Task.WhenAny(_session.Task, Task.Delay(OpeningPause, cancel)).ConfigureAwait(false);
            cancel.ThrowIfCancellationRequested();
        }

        var session = await _session.Task.ConfigureAwait(false);
        var value = new Bytes(new byte[ValueBytes]);
        for (var number = 1UL; number <= (ulong)requests; number++)
        {
            var key = Bytes.FromText($"flood/{Client.ToHex()[..8]}/{number % KeysPerClient}");
            var write = new KeyValueOperation.Put(key, value, WithPrevious: false).Encode();
            _requests.Add(new(Sign(session, number, new(OperationKind.Application, write))));
        }
    }

    /// <summary>Sends what it has at this rate, in bursts to one replica after the other, until it is told to stop or has no
    /// more.</summary>
    public async Task FloodAsync(double requestsPerSecond, CancellationToken cancel)
    {
        _writtenBefore = _transport.FramesWritten;
        var (began, burst) = (Stopwatch.GetTimestamp(), 0);
        while (Offered < _requests.Count && !cancel.IsCancellationRequested)
        {
            var due = Math.Min(_requests.Count, Stopwatch.GetElapsedTime(began).TotalSeconds * requestsPerSecond);
            while (Offered < due)
            {
                _transport.Send(new(_site, burst % Replicas), _requests[(int)Offered]);
                Offered++;
            }

            burst++;
            await Task.Delay(BetweenBursts, cancel)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public ValueTask DisposeAsync() => _transport.DisposeAsync();

    private ClientRequest Sign(GlobalPosition session, ulong number, Operation operation)
    {
        var request = new ClientRequest(
            Client,
            session,
            number,
            DoneUpTo: number > NumbersOpen ? number - NumbersOpen : 0,
            RequestLevel.Update,
            ReceiptWanted: false,
            Timestamp.Never,
            Floor: default,
            [operation],
            Bytes.Empty);
        return request with { Signature = new Bytes(_key.Sign(request.SigningBytes(Cluster).Span)) };
    }

    private void Hear(ReplicaId replica, ClientFrame frame)
    {
        switch (frame)
        {
            case Reply { Body.Results: [{ Outcome: Outcome.Committed } result] }:
                _session.TrySetResult(result.Position);
                Interlocked.Increment(ref _committed);
                break;
            case Reply:
                Interlocked.Increment(ref _notTaken);
                break;
            case Protocol.Messages.Refused:
                Interlocked.Increment(ref _refused);
                break;
            default:
                break;
        }
    }
}
