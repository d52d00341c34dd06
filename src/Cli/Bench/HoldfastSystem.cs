using Holdfast.Cli.Demo;
using Holdfast.Client;
using Holdfast.Protocol;
using Holdfast.Server.Configuration;
using Holdfast.Server.Hosting;
using Microsoft.Extensions.Logging;

namespace Holdfast.Cli.Bench;

/// <summary>A system of this program: a process for each replica, TLS, journals with fsync, emulated delays between
/// sites.</summary>
internal sealed class HoldfastSystem : IBenchSystem
{
    // One key has so many sessions, and so many connections at each replica of which one is for looking at it.
    private const int SessionsMax = 12;
    private const int ConnectionsMax = 4;

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

    private readonly ScratchFolder _scratch;
    private readonly DemoSystem _system;

    public HoldfastSystem(string name, IReadOnlyList<int> faults, DelayMatrix delays, LogLevel level)
    {
        Name = name;
        _scratch = new ScratchFolder("holdfast-bench-", faults);
        _system = new DemoSystem(_scratch.Demo, new DemoSettings(delays, InProcesses: true, level));
    }

    public string Name { get; }

    public int Places => _system.Topology.Sites.Count;

    public int ConnectionsPerPlace => Math.Clamp(SessionsMax / Places, 1, ConnectionsMax);

    public Task StartAsync(CancellationToken cancel) => _system.StartAsync(cancel);

    public IBenchClient Connect(int place, int requestsInFlight)
    {
        // Its own site only: what another site would have answered is not the question here.
        var settings = ClientSettings.FromFolder(HomeFiles.ClientHome(_scratch.Demo.SystemPath, "first")) with
        {
            Site = new SiteId(place),
            OtherSites = [],
            RequestsInFlight = requestsInFlight,
        };
        return new HoldfastBenchClient(settings);
    }

    public async Task<CostSnapshot> SnapshotAsync(CancellationToken cancel)
    {
        var reports = await _system.ReportAsync(cancel).ConfigureAwait(false);
        cancel.ThrowIfCancellationRequested();
        foreach (var silent in reports.Where(one => one.Value is null).Select(one => one.Key))
        {
            throw new CommandFailure(
                ExitCode.NoAnswer,
                $"Expected {silent} to tell what it did, found it silent ({_system[silent].Trouble ?? "it runs"}).");
        }

        return new(
            [.. _system.Replicas.Select(replica => ProcessUse.Of($"{replica.Id}", replica.ProcessId!.Value))],
            [.. Counted.Select(count => (
                count.Name, reports.Values.Sum(report => report!.Number(count.Status))))]);
    }

    public async ValueTask DisposeAsync()
    {
        await _system.DisposeAsync().ConfigureAwait(false);
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

    public HoldfastBenchClient(ClientSettings settings)
    {
        _settings = settings;
        _client = HoldfastClient.Connect(settings);
        _store = new KeyValueClient(_client);
    }

    public Task UpdateAsync(Bytes key, Bytes value, CancellationToken cancel) =>
        _store.PutAsync(key, value, cancel: cancel);

    public Task QueryAsync(Bytes key, QueryLevel level, CancellationToken cancel) =>
        _store.GetAsync(key, level, cancel);

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync().ConfigureAwait(false);
        _settings.Key.Dispose();
    }
}
