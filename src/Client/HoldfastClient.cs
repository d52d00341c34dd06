using System.Security.Cryptography;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Client;

/// <summary>
/// A client of a Holdfast system, for bytes that the replicated application understands. It believes what f + 1
/// replicas of a site say alike, retries so that each update is executed once, and never shows a state older than one
/// it has shown. Safe to use from several threads; several operations may be under way. </summary>
/// <remarks>What is cancelled or too late is told as an outcome, not thrown: an update that was sent may still be
/// executed, and only its caller can decide what that means.</remarks>
public sealed class HoldfastClient : IAsyncDisposable
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly SortedDictionary<ulong, TaskCompletionSource<ClientOutcome>> _waiting = [];
    private readonly ClientSettings _settings;
    private readonly ClientSession _session;
    private readonly IClientTransport _transport;
    private readonly StatusQuestions _status = new();
    private readonly ClientMeter _meter = new();
    private readonly ITimer _timer;
    private ulong _lastTicket;
    private bool _isDisposed;

    internal HoldfastClient(ClientSettings settings, IClientTransport transport)
    {
        _settings = settings;
        _transport = transport;
        var (key, genesis) = (settings.Key, settings.Topology.Genesis);
        _session = new ClientSession(new ClientSessionSettings
        {
            Genesis = genesis,
            Preference = SitesOf(settings),
            Client = Bytes.Copy(key.PublicKey.Span),
            Sign = message => new Bytes(key.Sign(message.Span)),
            Verifier = new PlainVerifier(),
            Seed = new Bytes(RandomNumberGenerator.GetBytes(32)),
            ClockZero = new(
                ((settings.Clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond)
                - Now().Microseconds),
            RequestsInFlight = settings.RequestsInFlight,
            OperationsMax = settings.OperationsMax,
        });
        _timer = settings.Clock.CreateTimer(
            _ => Step(new ClientInput.Tick()), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What this client has seen: the answer to nothing that is asked from now on is from before it.</summary>
    public GlobalSequence Floor
    {
        get
        {
            lock (_gate)
            {
                return _session.Floor;
            }
        }
    }

    /// <summary>Begins to connect, and returns at once: operations wait until enough replicas are there.</summary>
    public static HoldfastClient Connect(ClientSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return Connect(settings, TransportOf(settings));
    }

    /// <summary>Executes an update of the application.</summary>
    /// <returns><see cref="Outcome.Committed"/> with the application's result, <see cref="Outcome.Rejected"/> or
    /// <see cref="Outcome.Unknown"/>.</returns>
    public Task<ClientOutcome> ExecuteAsync(
        ReadOnlyMemory<byte> operation, UpdateOptions? options = null, CancellationToken cancel = default) =>
        UpdateAsync(OperationKind.Application, operation, options ?? UpdateOptions.Default, cancel);

    /// <summary>Changes who may do what; the client's key must be an operator's.</summary>
    public Task<ClientOutcome> AdministerAsync(
        ReadOnlyMemory<byte> change, UpdateOptions? options = null, CancellationToken cancel = default) =>
        UpdateAsync(OperationKind.Administration, change, options ?? UpdateOptions.Default, cancel);

    /// <summary>Asks the application, without changing it.</summary>
    /// <returns><see cref="Outcome.Answered"/> with the application's answer, or why there is none.</returns>
    public Task<ClientOutcome> QueryAsync(
        ReadOnlyMemory<byte> query, QueryLevel level = QueryLevel.Local, CancellationToken cancel = default) =>
        RunAsync(
            ticket => new ClientInput.Query(
                ticket, Bytes.Copy(query.Span), level, ReceiptWanted: false, Now() + _settings.Patience),
            cancel);

    /// <summary>Asks one replica how it does. It is that replica's word and no more.</summary>
    /// <returns>Null if it is not connected, or does not answer in time.</returns>
    public async Task<IReadOnlyList<StatusField>?> StatusAsync(ReplicaId replica, CancellationToken cancel = default)
    {
        var answer = _status.Ask(replica);
        _transport.Reach(replica.Site);
        _transport.Send(replica, new StatusQuery());
        try
        {
            return await answer.WaitAsync(TimeSpan.FromSeconds(5), _settings.Clock, cancel).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Ends the session if it can be done soon, then everything that waits, then the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        if (IsSessionOpen())
        {
            var options = new UpdateOptions { Patience = Farewell };
            await UpdateAsync(OperationKind.CloseSession, default, options, CancellationToken.None)
                .ConfigureAwait(false);
        }

        Step(new ClientInput.Close());
        await _timer.DisposeAsync().ConfigureAwait(false);
        await _transport.DisposeAsync().ConfigureAwait(false);
        _meter.Dispose();
    }

    internal static TlsTransport TransportOf(ClientSettings settings)
    {
        var (key, cluster) = (settings.Key, settings.Topology.Genesis.Cluster);
        var identity = new ClientIdentity(
            cluster, Bytes.Copy(key.PublicKey.Span), message => new Bytes(key.Sign(message.Span)));
        return new(settings.Topology, identity);
    }

    internal static HoldfastClient Connect(ClientSettings settings, IClientTransport transport)
    {
        var client = new HoldfastClient(settings, transport);
        transport.Start(new TransportCallbacks(
            client.OnConnected,
            replica => client.Step(new ClientInput.Disconnected(replica)),
            client.OnFrame,
            client._meter.Refused));
        transport.Reach(settings.Site);
        return client;
    }

    private static ValueList<SiteId> SitesOf(ClientSettings settings)
    {
        var others = settings.OtherSites ?? [.. settings.Topology.Genesis.Sites.Select((_, site) => new SiteId(site))];
        return ValueList.From(others.Prepend(settings.Site).Distinct());
    }

    private bool IsSessionOpen()
    {
        lock (_gate)
        {
            return _session.Session is not null;
        }
    }

    private Task<ClientOutcome> UpdateAsync(
        OperationKind kind, ReadOnlyMemory<byte> body, UpdateOptions options, CancellationToken cancel) =>
        RunAsync(
            ticket => new ClientInput.Update(
                ticket,
                new Operation(kind, Bytes.Copy(body.Span)),
                options.ReceiptWanted,
                options.NotAfter,
                Now() + (options.Patience ?? _settings.Patience)),
            cancel);

    private async Task<ClientOutcome> RunAsync(Func<ulong, ClientInput> input, CancellationToken cancel)
    {
        var source = new TaskCompletionSource<ClientOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        ulong ticket;
        lock (_gate)
        {
            ticket = ++_lastTicket;
            _waiting.Add(ticket, source);
            StepLocked(input(ticket));
        }

        var registration = cancel.Register(() => Step(new ClientInput.Cancel(ticket)));
        await using (registration.ConfigureAwait(false))
        {
            return await source.Task.ConfigureAwait(false);
        }
    }

    private void OnConnected(ReplicaId replica, SiteView view)
    {
        Step(new ClientInput.Connected(replica, view));
        if (_status.IsAsked(replica))
        {
            _transport.Send(replica, new StatusQuery());
        }
    }

    private void OnFrame(ReplicaId replica, ClientFrame frame)
    {
        if (frame is StatusAnswer answer)
        {
            _status.Answer(replica, answer.Fields);
        }
        else
        {
            Step(new ClientInput.Received(replica, frame));
        }
    }

    private void Step(ClientInput input)
    {
        lock (_gate)
        {
            StepLocked(input);
        }
    }

    /// <summary>Nothing in here waits: sending queues or drops, and who waits for an outcome goes on
    /// elsewhere.</summary>
    private void StepLocked(ClientInput input)
    {
        var effects = new ClientEffects();
        var now = Now();
        _session.Step(now, input, effects);
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case ClientEffect.Send send:
                    _transport.Send(send.Replica, send.Frame);
                    break;
                case ClientEffect.Reach reach:
                    _transport.Reach(reach.Site);
                    break;
                case ClientEffect.Complete complete when _waiting.Remove(complete.Ticket, out var source):
                    _meter.Ended(complete.Outcome);
                    source.SetResult(complete.Outcome);
                    break;
                case ClientEffect.Reject reject:
                    _meter.Refused(reject.Replica, reject.Reason);
                    break;
            }
        }

        // Timers count whole milliseconds: rounded up, so that none comes too early and again and again.
        var wake = _session.NextWake;
        var wait = Math.Clamp((wake.Microseconds - now.Microseconds + 999) / 1000, 0, int.MaxValue);
        _timer.Change(
            wake == Instant.Never ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(wait),
            Timeout.InfiniteTimeSpan);
    }

    private Instant Now() => new((long)_settings.Clock.GetElapsedTime(0).TotalMicroseconds);
}
