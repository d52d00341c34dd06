using System.Diagnostics;
using Holdfast.Cli.Bench.Links;
using Holdfast.Cli.Demo;
using Holdfast.Client;
using Holdfast.Protocol;
using Holdfast.Server.Configuration;
using Holdfast.Server.Hosting;
using Holdfast.Server.Transport;
using Microsoft.Extensions.Logging;

namespace Holdfast.Cli.Bench;

/// <summary>What is started, and where it stands.</summary>
/// <param name="Faults">That each site tolerates, a number for each.</param>
/// <param name="Delays">One way between places: of sites, or of the replicas of the only site.</param>
/// <param name="IsFlat">The one site's replicas are spread over the places: PBFT over a wide area.</param>
internal sealed record SystemShape(string Name, IReadOnlyList<int> Faults, DelayMatrix Delays, bool IsFlat = false)
{
    /// <summary>Plain PBFT with one replica for every other one less than three sites of f = 1 have: n = 10, 4/3/3 over
    /// three places.</summary>
    public static SystemShape Flat(DelayMatrix delays) => new("flat PBFT", [3], delays, IsFlat: true);

    /// <summary>A server at each place, none of which may lie.</summary>
    public static SystemShape MultiPaxos(DelayMatrix delays) =>
        new("multi-Paxos", [.. Enumerable.Repeat(0, delays.Sites)], delays);

    public int PlaceOf(ReplicaId replica) =>
        IsFlat ? Delays.PlaceOf(replica.Index, new SiteSize(Faults[0]).Replicas) : replica.Site.Index;
}

/// <summary>A system of this program: a process for each replica, TLS, journals with fsync, emulated delays between
/// places.</summary>
internal sealed class HoldfastSystem : IBenchSystem
{
    // One key has so many sessions, and so many connections at each replica beside the one for looking at it.
    private const int SessionsMax = 12;
    private const int ConnectionsAtReplicaMax = 7;
    private const int ConnectionsMax = 4;
    private static readonly TimeSpan SettlePatience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan ReportPatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(100);

    private static readonly (string Name, string Status)[] Counted =
    [
        ("WAN messages", StatusNames.SiteFramesSent),
        ("WAN bytes", StatusNames.SiteBytesSent),
        ("LAN frames", StatusNames.PeerFramesSent),
        ("LAN bytes", StatusNames.PeerBytesSent),
        ("journal flushes", StatusNames.Flushes),
        ("signatures made", StatusNames.SignaturesMade),
        ("signatures checked", StatusNames.SignaturesChecked),
        ("shares of signatures", StatusNames.SharesMade),
        ("shares put together", StatusNames.SharesCombined),
        ("inputs stepped", StatusNames.Steps),
    ];

    private readonly SystemShape _shape;
    private readonly ScratchFolder _scratch;
    private readonly DemoSystem _system;
    private readonly Uplinks _uplinks;
    private readonly RealLinks? _links;
    private readonly EmulatedDelay? _clientRoads;

    /// <param name="links">Where places are joined by links of their own; null where processes hold back what goes
    /// far.</param>
    public HoldfastSystem(SystemShape shape, LinkSettings? links = null)
    {
        _shape = shape;
        _links = links is null ? null : new RealLinks(shape.Delays, links);
        _scratch = new ScratchFolder("holdfast-bench-", shape.Faults, links is null ? null : HostsOf(shape));
        _uplinks = new Uplinks(_scratch.Path, shape.Delays.Sites);
        var held = shape.IsFlat || links is not null ? DelayMatrix.Read("0", shape.Faults.Count) : shape.Delays;
        var settings = new DemoSettings(held, InProcesses: true, LogLevel.Warning)
        {
            PeerDelays = shape.IsFlat && links is null ? shape.Delays.Among(Members) : null,
            UplinkOf = links is null ? replica => _uplinks.FileOf(PlaceOf(replica)) : null,
            NamespaceOf = links is null ? null : replica => PlaceNamespaces.NameOf(PlaceOf(replica)),
        };
        _clientRoads = shape.IsFlat && links is null ? new EmulatedDelay() : null;
        _system = new DemoSystem(_scratch.Demo, settings);
    }

    public string Name => _shape.Name + (_links is null ? string.Empty : ", real links") + _uplinks.Text;

    public int Places => _shape.Delays.Sites;

    public int ConnectionsPerPlace => _shape.IsFlat
        ? Math.Max(1, ConnectionsAtReplicaMax / Places)
        : Math.Clamp(SessionsMax / Places, 1, ConnectionsMax);

    private int Members => _scratch.Demo.Topology.Sites[0].Replicas.Count;

    private int PlaceOf(ReplicaId replica) => _shape.PlaceOf(replica);

    private static IReadOnlyList<string> HostsOf(SystemShape shape) => [.. shape.Faults.SelectMany((faults, site) =>
        Enumerable.Range(0, new SiteSize(faults).Replicas).Select(index =>
            PlaceNamespaces.AddressOf(shape.PlaceOf(new(new SiteId(site), index)))))];

    /// <summary>Clients of flat PBFT ask replicas at all places, and over the links where these are far.</summary>
    private Topology AsCalledFrom(int place, Topology topology) => topology with
    {
        Sites = ValueList.From(topology.Sites.Select((site, number) => site with
        {
            Replicas = ValueList.From(site.Replicas.Select((address, index) => address with
            {
                Host = PlaceNamespaces.AddressOf(PlaceOf(new(new SiteId(number), index)), place),
            })),
        })),
    };

    public async Task StartAsync(CancellationToken cancel)
    {
        if (_links is not null)
        {
            await _links.StartAsync(cancel).ConfigureAwait(false);
        }

        await _system.StartAsync(cancel).ConfigureAwait(false);
    }

    public void Widen(double? megabits)
    {
        _uplinks.Widen(megabits);
        _links?.Widen(megabits);
    }

    public IBenchClient Connect(int place, int requestsInFlight) => Open(place, requestsInFlight);

    /// <summary>The same, for what only this program's store can do.</summary>
    public HoldfastBenchClient Open(int place, int requestsInFlight)
    {
        // Its own site only: what another site would have answered is not the question here.
        var settings = ClientSettings.FromFolder(HomeFiles.ClientHome(_scratch.Demo.SystemPath, "first")) with
        {
            Site = new SiteId(_shape.IsFlat ? 0 : place),
            OtherSites = [],
            RequestsInFlight = requestsInFlight,
        };
        if (_links is not null && _shape.IsFlat)
        {
            settings = settings with { Topology = AsCalledFrom(place, settings.Topology) };
        }

        IClientTransport roads = HoldfastClient.TransportOf(settings);
        return new HoldfastBenchClient(
            settings,
            _clientRoads is null
                ? roads
                : new FarTransport(roads, _clientRoads, replica => _shape.Delays.From(place)[PlaceOf(replica)]));
    }

    /// <summary>Kills the last replica of the last site, starts it again, and waits until it is where all others are. Nobody
    /// may update anything meanwhile.</summary>
    /// <returns>From its start on: until it listens, and until it is there.</returns>
    public async Task<(TimeSpan Listens, TimeSpan IsThere)> RestartOneAsync(CancellationToken cancel)
    {
        var one = _system.Replicas.Last();
        await one.KillAsync().ConfigureAwait(false);
        var watch = Stopwatch.StartNew();
        await one.StartAsync(cancel).ConfigureAwait(false);
        var started = watch.Elapsed;
        await SettleAsync(cancel).ConfigureAwait(false);
        return (started, watch.Elapsed);
    }

    /// <summary>Kills the last replica of the first site, takes its disk away and starts it again.</summary>
    public async Task<ReplicaId> WipeOneAsync(CancellationToken cancel)
    {
        var wiped = new ReplicaId(new(0), Members - 1);
        await _system[wiped].KillAsync().ConfigureAwait(false);
        Directory.Delete(
            Path.Combine(HomeFiles.ReplicaHome(_scratch.Demo.SystemPath, wiped), HomeFiles.State), recursive: true);
        await _system[wiped].StartAsync(cancel).ConfigureAwait(false);
        return wiped;
    }

    /// <summary>What a replica says of itself; null if it does not answer.</summary>
    public async Task<ReplicaReport?> ReportAsync(ReplicaId replica, CancellationToken cancel) =>
        (await _system.ReportAsync(cancel).ConfigureAwait(false))[replica];

    /// <summary>Waits until all replicas vote and are in the same state.</summary>
    public async Task SettleAsync(CancellationToken cancel)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < SettlePatience;)
        {
            var reports = await _system.ReportAsync(cancel).ConfigureAwait(false);
            if (reports.Values.All(report => report is not null && report[StatusNames.Votes] != "no")
                && reports.Values.DistinctBy(
                    report => (report![StatusNames.GlobalSequence], report[StatusNames.StateDigest])).Count() == 1)
            {
                return;
            }

            await Task.Delay(AskEvery, cancel).ConfigureAwait(false);
        }

        throw new CommandFailure(
            ExitCode.CheckFailed,
            $"Expected all replicas to come to the same state within {SettlePatience.TotalSeconds} s, found that they do "
            + "not.");
    }

    public async Task<CostSnapshot> SnapshotAsync(CancellationToken cancel)
    {
        var reports = await AllReportsAsync(cancel).ConfigureAwait(false);
        return new(
            Processes(),
            [
                .. Counted.Where(count => IsKnown(count.Status)).Select(count => (
                    count.Name, reports.Values.Sum(report => report!.Number(count.Status)))),
                .. _links is null ? [] : await _links.CountAsync(cancel).ConfigureAwait(false),
            ]);
    }

    /// <summary>Replicas of one site do not know which of their frames go far; where they are not held back either, only the
    /// links' own counts tell.</summary>
    private bool IsKnown(string status) => !_shape.IsFlat || _links is null
        || status is not (StatusNames.SiteFramesSent or StatusNames.SiteBytesSent);

    /// <summary>Under full load a replica may take its time; one that is dead says nothing ever.</summary>
    private async Task<IReadOnlyDictionary<ReplicaId, ReplicaReport?>> AllReportsAsync(CancellationToken cancel)
    {
        for (var watch = Stopwatch.StartNew(); ;)
        {
            var reports = await _system.ReportAsync(cancel).ConfigureAwait(false);
            cancel.ThrowIfCancellationRequested();
            ReplicaId[] silent = [.. reports.Where(one => one.Value is null).Select(one => one.Key)];
            if (silent.Length == 0)
            {
                return reports;
            }

            if (watch.Elapsed >= ReportPatience || silent.Any(id => _system[id].Trouble is not null))
            {
                throw new CommandFailure(
                    ExitCode.NoAnswer,
                    $"Expected {silent[0]} to tell what it did within {ReportPatience.TotalSeconds} s, found it silent "
                    + $"({_system[silent[0]].Trouble ?? "it runs"}).");
            }

            await Task.Delay(AskEvery, cancel).ConfigureAwait(false);
        }
    }

    public IReadOnlyList<ProcessUse> Processes() =>
        [.. _system.Replicas.Select(replica => ProcessUse.Of($"{replica.Id}", replica.ProcessId!.Value))];

    public async ValueTask DisposeAsync()
    {
        await _system.DisposeAsync().ConfigureAwait(false);
        if (_links is not null)
        {
            await _links.DisposeAsync().ConfigureAwait(false);
        }

        _clientRoads?.Dispose();
        _uplinks.Dispose();
        _scratch.Unwanted();
        _scratch.Dispose();
    }
}

/// <summary>A client of the key-value store.</summary>
internal sealed class HoldfastBenchClient : IBenchClient
{
    private readonly ClientSettings _settings;
    private readonly HoldfastClient _client;
    private readonly KeyValueClient _store;

    public HoldfastBenchClient(ClientSettings settings, IClientTransport roads)
    {
        _settings = settings;
        _client = HoldfastClient.Connect(settings, roads);
        _store = new KeyValueClient(_client);
    }

    public Task UpdateAsync(Bytes key, Bytes value, CancellationToken cancel) =>
        _store.PutAsync(key, value, cancel: cancel);

    public Task QueryAsync(Bytes key, QueryLevel level, CancellationToken cancel) =>
        _store.GetAsync(key, level, cancel);

    /// <summary>Sets so many keys in one operation.</summary>
    public Task PutAllAsync(IEnumerable<Bytes> keys, Bytes value, CancellationToken cancel) =>
        _store.TransactAsync(
            new(
                new([]),
                new([.. keys.Select(key => new KeyValueOperation.Put(key, value, WithPrevious: false))]),
                new([])),
            cancel: cancel);

    /// <summary>Forgets what was before now, as who runs a store does now and then: its past is state, too.</summary>
    public async Task CompactAsync(CancellationToken cancel)
    {
        var status = await _store.StatusAsync(QueryLevel.Ordered, cancel).ConfigureAwait(false);
        await _store.CompactAsync(status.Value.Revision, cancel: cancel).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync().ConfigureAwait(false);
        _settings.Key.Dispose();
    }
}
