using System.Globalization;
using Holdfast.Cli.Commands;
using Holdfast.Client;
using Holdfast.Protocol;
using Holdfast.Server.Configuration;
using Holdfast.Server.Hosting;
using Holdfast.Server.Transport;
using Microsoft.Extensions.Logging;

namespace Holdfast.Cli.Demo;

/// <summary>How a demo runs its replicas.</summary>
/// <param name="InProcesses">Each replica has a process of its own, and can be killed alone.</param>
internal sealed record DemoSettings(DelayMatrix Delays, bool InProcesses, LogLevel LogLevel)
{
    /// <summary>Where this process shows the numbers of its replicas.</summary>
    public Uri? MetricsAt { get; init; }

    /// <summary>For replicas in processes of their own: the first one's port for its numbers, the others' after it; 0
    /// for free ones, null for none.</summary>
    public int? FirstMetricsPort { get; init; }

    /// <summary>For replicas in processes of their own: between those of a site that is spread over places; null where
    /// sites are not.</summary>
    public DelayMatrix? PeerDelays { get; init; }

    /// <summary>For replicas in processes of their own: the file of each one's
    /// <see cref="SharedUplink"/>; null for roads as wide as anyone likes.</summary>
    public Func<ReplicaId, string>? UplinkOf { get; init; }

    /// <summary>For replicas in processes of their own: the network namespace of each; null for that of this
    /// process.</summary>
    public Func<ReplicaId, string>? NamespaceOf { get; init; }

    /// <summary>For replicas in processes of their own: what runs them, if not this program.</summary>
    public OtherProgram? Other { get; init; }
}

/// <summary>A program that runs a replica as this one does.</summary>
internal sealed record OtherProgram(string Path);

/// <summary>A whole system on this machine: all replicas, an emulated wide area network between the sites, and a client
/// that watches them.</summary>
internal sealed class DemoSystem : IAsyncDisposable
{
    private const int StartThreads = 16;

    private readonly EmulatedDelay? _wideArea;
    private readonly ILoggerFactory? _loggers;
    private readonly SortedDictionary<ReplicaId, IDemoReplica> _replicas = [];
    private HoldfastClient? _watcher;
    private ClientSettings? _watcherSettings;

    public DemoSystem(DemoFolder folder, DemoSettings settings)
    {
        Folder = folder;
        if (!settings.InProcesses)
        {
            // Twelve replicas greet one another at once: the pool would take seconds to grow to that.
            ThreadPool.SetMinThreads(StartThreads, StartThreads);
            _wideArea = new EmulatedDelay();
            _loggers = OpenLog(folder, settings.LogLevel);
        }

        for (var site = 0; site < Topology.Sites.Count; site++)
        {
            for (var index = 0; index < Topology.Sites[site].Replicas.Count; index++)
            {
                var id = new ReplicaId(new(site), index);
                _replicas.Add(id, settings.InProcesses ? Child(id, settings) : Hosted(id, settings));
            }
        }
    }

    public DemoFolder Folder { get; }

    public Topology Topology => Folder.Topology;

    public IReadOnlyCollection<IDemoReplica> Replicas => _replicas.Values;

    public IDemoReplica this[ReplicaId replica] => _replicas[replica];

    /// <summary>Journals of a demo are small: it is for looking at, not for keeping.</summary>
    public static HostSettings WithJournal(HostSettings settings, bool isSmall) => isSmall
        ? settings with { JournalSegmentBytes = 16L << 20 }
        : settings;

    /// <summary>Starts all replicas; returns when all listen.</summary>
    public async Task StartAsync(CancellationToken cancel)
    {
        await Task.WhenAll(_replicas.Values.Select(replica => Task.Run(() => replica.StartAsync(cancel), cancel)))
            .ConfigureAwait(false);
        _watcherSettings = ClientSettings.FromFolder(HomeFiles.ClientHome(Folder.SystemPath, "first"));
        _watcher = HoldfastClient.Connect(_watcherSettings);
    }

    /// <summary>What each replica says of itself; null for one that does not answer.</summary>
    public async Task<IReadOnlyDictionary<ReplicaId, ReplicaReport?>> ReportAsync(CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(2));
        var asked = _replicas.Keys.Select(
            async id => (Id: id, Report: await AskAsync(id, patience.Token).ConfigureAwait(false)));
        var answers = await Task.WhenAll(asked).ConfigureAwait(false);
        return new SortedDictionary<ReplicaId, ReplicaReport?>(answers.ToDictionary(one => one.Id, one => one.Report));
    }

    public async ValueTask DisposeAsync()
    {
        if (_watcher is not null)
        {
            await _watcher.DisposeAsync().ConfigureAwait(false);
            _watcherSettings!.Key.Dispose();
        }

        await Task.WhenAll(_replicas.Values.Select(replica => replica.DisposeAsync().AsTask())).ConfigureAwait(false);
        _wideArea?.Dispose();
        _loggers?.Dispose();
    }

    private async Task<ReplicaReport?> AskAsync(ReplicaId id, CancellationToken cancel)
    {
        if (_watcher is null || _replicas[id].ProcessId is null)
        {
            return null;
        }

        try
        {
            var fields = await _watcher.StatusAsync(id, cancel).ConfigureAwait(false);
            return fields is null ? null : new ReplicaReport(fields);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private HostedReplica Hosted(ReplicaId id, DemoSettings settings)
    {
        var host = new HostSettings
        {
            Loggers = _loggers!,
            WideArea = _wideArea,
            OneWay = settings.Delays.From(id.Site.Index),
            MetricsAt = settings.MetricsAt,
        };
        return new(id, HomeFiles.ReplicaHome(Folder.SystemPath, id), WithJournal(host, isSmall: true));
    }

    private ChildReplica Child(ReplicaId id, DemoSettings settings)
    {
        string[] toPeers = settings.PeerDelays is { } peers
            ? [ReplicaCommand.PeerDelayName, Listed(peers.From(id.Index))]
            : [];
        string[] uplink = settings.UplinkOf is { } road ? [ReplicaCommand.UplinkName, road(id)] : [];
        string[] numbers = settings.FirstMetricsPort is { } first
            ? [ReplicaCommand.MetricsPortName, $"{(first == 0 ? 0 : first + _replicas.Count)}"]
            : [];
        return new(
            id,
            HomeFiles.ReplicaHome(Folder.SystemPath, id),
            Path.Combine(Folder.LogPath, $"replica-{id.Site.Index}-{id.Index}.log"),
            [
                ReplicaCommand.DelayName, Listed(settings.Delays.From(id.Site.Index)),
                .. toPeers,
                .. uplink,
                ReplicaCommand.ParentName,
                ReplicaCommand.SmallName,
                .. numbers,
                "--log-level", $"{settings.LogLevel}",
            ],
            settings.Other?.Path,
            settings.NamespaceOf?.Invoke(id));
    }

    private static string Listed(IEnumerable<TimeSpan> delays) => string.Join(
        ',', delays.Select(delay => delay.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)));

    private static ILoggerFactory OpenLog(DemoFolder folder, LogLevel level)
    {
        var writer = new StreamWriter(Path.Combine(folder.LogPath, "demo.log"), append: true);
        return LoggerFactory.Create(builder => builder
            .SetMinimumLevel(level)
            .AddProvider(new LineLoggerProvider(writer, level, TimeProvider.System)));
    }
}
