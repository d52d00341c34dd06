using System.Net;
using Holdfast.Cli.Bench.Links;
using Holdfast.Cli.Demo;
using Holdfast.Client;

namespace Holdfast.Cli.Bench.Etcd;

/// <summary>etcd on this machine: a server at each place, TLS for clients and among servers, its own flushes, and the
/// delays between places. The one at place 0 leads.</summary>
internal sealed class EtcdSystem : IBenchSystem
{
    private const int ConnectionsMax = 4;
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(200);

    private readonly DelayMatrix _delays;
    private readonly Uplinks _uplinks;
    private readonly string _scratch = Directory.CreateTempSubdirectory("holdfast-bench-etcd-").FullName;
    private readonly EtcdPorts[] _ports;
    private readonly RealLinks? _links;

    /// <summary>Null where there are links.</summary>
    private readonly FarRoads? _roads;
    private readonly HttpClient _metrics = new(new SocketsHttpHandler { UseProxy = false });
    private readonly List<EtcdServer> _servers = [];
    private readonly List<EtcdConnection> _watchers = [];

    /// <param name="links">Where places are joined by links of their own; null where proxies hold back what goes
    /// far.</param>
    public EtcdSystem(DelayMatrix delays, LinkSettings? links = null)
    {
        _delays = delays;
        _ports = FreePorts(delays.Sites);
        _uplinks = new Uplinks(_scratch, delays.Sites);
        _links = links is null ? null : new RealLinks(delays, links);
        _roads = links is null
            ? new FarRoads(delays, place => new(IPAddress.Loopback, _ports[place].Peer), _uplinks.Departure)
            : null;
    }

    public string Name => $"etcd{(_links is null ? string.Empty : ", real links")}{_uplinks.Text}";

    public int Places => _delays.Sites;

    public int ConnectionsPerPlace => ConnectionsMax;

    public async Task StartAsync(CancellationToken cancel)
    {
        var program = await EtcdProgram.FindAsync(Environment.GetEnvironmentVariable("PATH"), _scratch, cancel)
            .ConfigureAwait(false);
        if (_links is not null)
        {
            await _links.StartAsync(cancel).ConfigureAwait(false);
        }

        var places = Enumerable.Range(0, Places).Select(PlaceOf).ToList();
        var cluster = string.Join(
            ',', places.Index().Select(one => $"{NameOf(one.Index)}={one.Item.CalledByPeers.OriginalString}"));
        foreach (var (place, where) in places.Index())
        {
            _servers.Add(new(program, Path.Combine(_scratch, NameOf(place)), NameOf(place), where, cluster));
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(StartPatience);
        try
        {
            foreach (var server in _servers)
            {
                _watchers.Add(new(server.Client, await CertificateAsync(server, patience.Token).ConfigureAwait(false)));
            }

            await LeadAtFirstPlaceAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new CommandFailure(
                ExitCode.NoAnswer,
                $"Expected etcd to be led from the first place within {StartPatience.TotalSeconds} s, found that it is not "
                + $"({string.Join("; ", _servers.Select(server => $"{server.Name}: {server.Trouble ?? "runs"}"))}).");
        }
    }

    public void Widen(double? megabits)
    {
        _uplinks.Widen(megabits);
        _links?.Widen(megabits);
    }

    public IBenchClient Connect(int place, int requestsInFlight) =>
        new EtcdConnection(_servers[place].Client, _servers[place].Certificate()!.Value);

    public async Task<CostSnapshot> SnapshotAsync(CancellationToken cancel)
    {
        var (self, leader) = await _watchers[0].StatusAsync(cancel).ConfigureAwait(false);
        if (self != leader)
        {
            throw new CommandFailure(
                ExitCode.CheckFailed,
                "Expected etcd's leader to stay at the first place, found it elsewhere: what was measured is not what was "
                + "to be measured. Run it again with less else to do for the machine.");
        }

        var flushes = await Task.WhenAll(_servers.Select(server => server.FlushesAsync(_metrics, cancel)))
            .ConfigureAwait(false);
        return new(
            [.. _servers.Select(server => server.Use)],
            [
                .. _roads is null ? [] : (IReadOnlyList<(string, double)>)[("WAN bytes", _roads.Bytes)],
                ("journal flushes", flushes.Sum()),
                .. _links is null ? [] : await _links.CountAsync(cancel).ConfigureAwait(false),
            ]);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var watcher in _watchers)
        {
            await watcher.DisposeAsync().ConfigureAwait(false);
        }

        foreach (var server in _servers)
        {
            server.Dispose();
        }

        _metrics.Dispose();
        if (_roads is not null)
        {
            await _roads.DisposeAsync().ConfigureAwait(false);
        }

        if (_links is not null)
        {
            await _links.DisposeAsync().ConfigureAwait(false);
        }

        _uplinks.Dispose();
        Directory.Delete(_scratch, recursive: true);
    }

    private static string NameOf(int place) => $"etcd-{place}";

    private EtcdPlace PlaceOf(int place)
    {
        var ports = _ports[place];
        if (_roads is not null)
        {
            return new(
                $"{IPAddress.Loopback}", ports, new Uri($"https://{FarRoads.NameOf(place)}:2380"), _roads.ProxyOf(place));
        }

        var host = PlaceNamespaces.AddressOf(place);
        return new(
            host, ports, new Uri($"https://{host}:{ports.Peer}"), NetworkNamespace: PlaceNamespaces.NameOf(place));
    }

    private static async Task<ReadOnlyMemory<byte>> CertificateAsync(EtcdServer server, CancellationToken cancel)
    {
        while (true)
        {
            if (server.Trouble is { } trouble)
            {
                throw new CommandFailure(ExitCode.NoAnswer, $"Expected {server.Name} to start, found: {trouble}");
            }

            if (server.Certificate() is { } certificate)
            {
                return certificate;
            }

            await Task.Delay(AskEvery, cancel).ConfigureAwait(false);
        }
    }

    private async Task LeadAtFirstPlaceAsync(CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                var told = new List<(ulong Self, ulong Leader)>();
                foreach (var watcher in _watchers)
                {
                    told.Add(await watcher.StatusAsync(cancel).ConfigureAwait(false));
                }

                if (told.All(one => one.Leader == told[0].Self))
                {
                    return;
                }

                if (told.FindIndex(one => one.Self == one.Leader) is >= 0 and var leading)
                {
                    await _watchers[leading].MoveLeaderAsync(told[0].Self, cancel).ConfigureAwait(false);
                }
            }
            catch (OperationFailedException)
            {
                // It is still starting, or electing.
            }

            await Task.Delay(AskEvery, cancel).ConfigureAwait(false);
        }
    }

    private static EtcdPorts[] FreePorts(int servers) =>
    [
        .. DemoPorts.FreeInRow(3 * servers).Chunk(3).Select(three => new EtcdPorts(three[0], three[1], three[2])),
    ];
}
