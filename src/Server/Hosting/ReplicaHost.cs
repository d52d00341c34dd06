using System.Diagnostics;
using Holdfast.Cryptography;
using Holdfast.Node;
using Holdfast.Node.Storage;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;
using Holdfast.Server.Configuration;
using Holdfast.Server.Metrics;
using Holdfast.Server.Transport;
using Microsoft.Extensions.Logging;

namespace Holdfast.Server.Hosting;

/// <summary>One replica with everything around it: keys and topology from its folder, journal and state on its disk,
/// listeners and roads, the pump on a thread of its own.</summary>
public sealed class ReplicaHost : IAsyncDisposable
{
    private readonly ReplicaHome _home;
    private readonly ILogger _log;
    private readonly TransportCounters _transport = new();
    private readonly ClientDirectory _clients = new(HostLimits.ClientConnections);
    private readonly Admission _admission = new();
    private readonly Uri? _metricsAt;
    private readonly InputQueue _queue = new(new InputQueueBounds());
    private readonly HostClock _clock;
    private readonly ReplicaStorage _storage;
    private readonly FrostShareSigner _shares;
    private readonly Ed25519Verifier _verifier = new();
    private readonly ReplicaNetwork _network;
    private readonly Pump _pump;
    private readonly HostView _view;
    private readonly StateHasher _hasher;
    private readonly PumpLoop _loop;
    private readonly HostDoor _door;
    private readonly HostMeter _meter;
    private readonly long _began = Stopwatch.GetTimestamp();
    private PeerPort? _peerPort;
    private ClientPort? _clientPort;
    private bool _isRunning;
    private int _isDisposed;

    private ReplicaHost(ReplicaHome home, HostSettings settings, ReplicaStorage storage)
    {
        _home = home;
        _storage = storage;
        _log = settings.Loggers.CreateLogger($"{home.Replica}");
        _clock = new HostClock(settings.Time);
        _shares = new FrostShareSigner(home.Share, Randomness.System);
        var directory = new PeerDirectory(home.Topology, home.Replica);
        _network = new ReplicaNetwork(home, directory, settings, _clients, _queue, _transport, _log);
        var genesis = home.Topology.Genesis;
        var replica = new ReplicaSettings(
            genesis, home.Replica, _verifier, new FrostShareVerifier(), Applications.Find(genesis));
        var ports = new PumpPorts(
            storage.Journal,
            storage.Store,
            _network,
            new Ed25519Signer(home.Key),
            _shares,
            storage.Evidence,
            note => Log.Noted(_log, note))
        {
            OnSettled = settled => _admission.Settle(settled.Reply, settled.WasOrdered, _clock.Now),

            // A thread of its own for each: a save may take seconds, and the pool's few threads read and check.
            Beside = static deed => Task.Factory.StartNew(
                deed, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Wait,
        };
        Log.Reading(_log, home.StateFolder);
        using (CollectorAtRest.WhileReading(storage.Store.StoredBytes))
        {
            _pump = new Pump(
                replica, settings.Ports(replica, ports), settings.Saving, _clock.Now, _clock.WallAtStart, NewRun());
        }

        Log.Read(_log, Math.Round(Stopwatch.GetElapsedTime(_began).TotalSeconds, 1));
        _view = new HostView(_clock, _pump) { More = OwnFields };
        _hasher = new StateHasher($"hasher {home.Replica}", OnWorkerFailed);
        _loop = new PumpLoop(
            _pump, _queue, _clock, _view, _hasher, new TurnWatch(storage.JournalDisk, settings.Time, _log), _log);
        _door = new HostDoor(
            new Gate(genesis, home.Replica, _verifier),
            new WorkLanes<ReplicaId>(HostLimits.ReplicaLanes, HostLimits.ReplicaLane, OnWorkerFailed),
            new WorkLanes<Bytes>(HostLimits.ClientLanes, HostLimits.ClientLane, OnWorkerFailed),
            _queue,
            _pump.Counters);
        _meter = new HostMeter(home.Replica);
        _metricsAt = settings.MetricsAt;
    }

    public ReplicaId Replica => _home.Replica;

    /// <summary>Completes when the replica has ended: null if it was asked to, else why it stopped itself.</summary>
    public Task<Exception?> Ended => _loop.Ended;

    /// <summary>Opens the folder of a replica and starts it.</summary>
    /// <exception cref="ConfigurationException">Something is missing, foreign or in use; the sentence says
    /// what.</exception>
    /// <exception cref="StorageException">What is on its disk cannot be used.</exception>
    public static async Task<ReplicaHost> StartAsync(string folder, HostSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        StartupSelfTest.Run();
        var home = ReplicaHome.Open(folder);
        ReplicaStorage? storage = null;
        ReplicaHost? host = null;
        try
        {
            storage = ReplicaStorage.Open(home, settings);
            host = new ReplicaHost(home, settings, storage);
            host.Open(settings);
            return host;
        }
        catch
        {
            if (host is not null)
            {
                await host.DisposeAsync().ConfigureAwait(false);
            }
            else
            {
                storage?.Dispose();
                home.Dispose();
            }

            throw;
        }
    }

    public StatusAnswer Report() => _view.Report();

    /// <summary>Stops in good order: takes nothing more, finishes the turn that runs, then lets go of
    /// everything.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 1)
        {
            return;
        }

        _meter.Dispose();
        await ShutDoorsAsync().ConfigureAwait(false);
        await _door.ClientLanes.DisposeAsync().ConfigureAwait(false);
        await _door.ReplicaLanes.DisposeAsync().ConfigureAwait(false);
        if (_isRunning)
        {
            _loop.Stop();
            await _loop.Ended.ConfigureAwait(false);
        }

        _hasher.Dispose();
        await _network.DisposeAsync().ConfigureAwait(false);
        _shares.Dispose();
        _storage.Dispose();
        _home.Dispose();
        Log.Stopped(_log, Replica);
    }

    private void Open(HostSettings settings)
    {
        var directory = new PeerDirectory(_home.Topology, _home.Replica);
        _peerPort = new PeerPort(_home, directory, _door, _transport, _log);
        _clientPort = new ClientPort(_home, _door, _clients, _view, _verifier, _admission, _transport, settings, _log);
        HostNumbers.Show(
            _meter,
            new(_pump.Counters, _verifier, _network, _transport, _door, _view, _clientPort, _admission, _storage.Evidence));
        _storage.MarkBegun();
        Log.Started(_log, Replica, _home.Topology.Genesis.Cluster.ToHex()[..16], Environment.ProcessId);
        Log.Listening(_log, $"{_peerPort.EndPoint}", $"{_clientPort.EndPoint}");
        _isRunning = true;
        _hasher.Start();
        _loop.Start($"pump {Replica}");
        _ = TellFailureAsync();
        _peerPort.Start();
        _clientPort.Start();
        _network.Start();
    }

    private async Task TellFailureAsync()
    {
        if (await _loop.Ended.ConfigureAwait(false) is { } failure)
        {
            Log.Failed(_log, Replica, failure.Message, failure);

            // Nobody may take the state that it stopped with for that of a replica that lives.
            await ShutDoorsAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask ShutDoorsAsync()
    {
        if (_clientPort is not null)
        {
            await _clientPort.DisposeAsync().ConfigureAwait(false);
        }

        if (_peerPort is not null)
        {
            await _peerPort.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static Digest NewRun()
    {
        Span<byte> run = stackalloc byte[Digest.Size];
        Randomness.System(run);
        return new(run);
    }

    private void OnWorkerFailed(Exception failure) => Log.WorkerFailed(_log, failure.Message, failure);

    private IEnumerable<StatusField> OwnFields()
    {
        yield return HostView.Field(StatusNames.RequestsAnswered, _admission.Settled);
        if (_admission.MedianLatency is { } latency)
        {
            yield return HostView.Field(StatusNames.LatencyMilliseconds, Math.Round(latency.TotalMilliseconds, 1));
        }

        yield return HostView.Field(StatusNames.Clients, _clients.Count);
        yield return HostView.Field(StatusNames.PeersConnected, _network.Connected);
        yield return HostView.Field(StatusNames.Flushes, _pump.Counters.Flushes);
        yield return HostView.Field(StatusNames.Turns, _pump.Counters.Turns);
        yield return HostView.Field(StatusNames.Steps, _pump.Counters.Steps);
        yield return HostView.Field(StatusNames.SignaturesMade, _pump.Counters.Signatures);
        yield return HostView.Field(StatusNames.SignaturesChecked, _verifier.Verified);
        yield return HostView.Field(StatusNames.SharesMade, _pump.Counters.Shares);
        yield return HostView.Field(StatusNames.SharesCombined, _pump.Counters.Combined);
        yield return HostView.Field(StatusNames.SiteFramesSent, _network.SiteFrames);
        yield return HostView.Field(StatusNames.SiteBytesSent, _network.SiteBytes);
        yield return HostView.Field(StatusNames.PeerFramesSent, _network.PeerFrames);
        yield return HostView.Field(StatusNames.PeerBytesSent, _network.PeerBytes);
        yield return HostView.Field(StatusNames.FramesLost, _network.Lost);
        yield return HostView.Field(StatusNames.UptimeSeconds, (long)Stopwatch.GetElapsedTime(_began).TotalSeconds);
        if (_metricsAt is not null)
        {
            yield return HostView.Field(StatusNames.Metrics, _metricsAt);
        }

        foreach (var kind in Enum.GetValues<EvidenceKind>())
        {
            if (_storage.Evidence.CountOf(kind) is > 0 and var count)
            {
                yield return HostView.Field(StatusNames.Evidence + kind, count);
            }
        }

        foreach (var reason in Enum.GetValues<Rejection>())
        {
            if (_pump.Counters.RefusedFor(reason) is > 0 and var count)
            {
                yield return HostView.Field(StatusNames.Refused + reason, count);
            }
        }
    }
}
