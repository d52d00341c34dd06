using System.Diagnostics;
using System.Globalization;
using Holdfast.Cli.Demo;
using Holdfast.Client;
using Holdfast.Protocol;
using Holdfast.Server.Hosting;

namespace Holdfast.Cli.Check;

/// <summary>Tries a whole system of real processes without anybody watching: load from every site, replicas and a whole
/// site killed under it, and at the end every promise looked at.</summary>
internal sealed class SystemCheck(DemoSystem system, TimeSpan roundTrip, TextWriter output)
{
    private const int Operations = 200;
    private const int Warmup = 40;
    private const int WarmupOfAll = 90;
    private const int Measured = 60;
    private static readonly TimeSpan AfterKill = TimeSpan.FromSeconds(6);
    private readonly CheckHistory _history = new();
    private readonly List<CheckClient> _clients = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public CheckReport Report { get; } = new();

    private SiteId Leading => system.Topology.Genesis.Preference[0];

    /// <summary>Plays the whole check.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        Report.Measure("rtt_ms", roundTrip.TotalMilliseconds);
        await system.StartAsync(cancel).ConfigureAwait(false);
        for (var site = 0; site < system.Topology.Sites.Count; site++)
        {
            _clients.Add(new(system.Folder.SystemPath, new(site), _history, site));
        }

        try
        {
            await MeasureAsync(cancel).ConfigureAwait(false);
            await LoadAsync(cancel).ConfigureAwait(false);
            await KillReplicasAsync(cancel).ConfigureAwait(false);
            await KillSiteAsync(cancel).ConfigureAwait(false);
            await ConcludeAsync(cancel).ConfigureAwait(false);
        }
        finally
        {
            foreach (var client in _clients)
            {
                await client.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>The timings that are promised for two cores.</summary>
    public void CheckBars()
    {
        var rtt = roundTrip.TotalMilliseconds;
        Bar("update_leading_p50_ms", 1.5 * rtt);
        Bar("update_elsewhere_p50_ms", 1.6 * rtt);
        Bar("query_local_p50_ms", 5);
        Bar("pause_replicas_ms", 3000);
    }

    private void Bar(string figure, double most)
    {
        var value = Report.Figure(figure);
        Report.Check(
            $"bar: {figure}",
            value <= most,
            string.Create(CultureInfo.InvariantCulture, $"{value} of {most} at most"));
    }

    private async Task SayAsync(string text) => await output.WriteLineAsync(
            string.Create(CultureInfo.InvariantCulture, $"{_clock.Elapsed.TotalSeconds,6:0.0} s  {text}"))
        .ConfigureAwait(false);

    /// <summary>One client at a time, warmed up.</summary>
    private async Task MeasureAsync(CancellationToken cancel)
    {
        await SayAsync("warming up").ConfigureAwait(false);
        var leading = _clients[Leading.Index];
        var elsewhere = _clients[(Leading.Index + 1) % _clients.Count];
        await AskAllAsync(WarmupOfAll, cancel).ConfigureAwait(false);
        await SayAsync("measuring latencies, one client at a time").ConfigureAwait(false);
        var before = await WideAreaAsync(cancel).ConfigureAwait(false);
        await MeasureAsync("update_leading", () => leading.UpdateAsync(cancel)).ConfigureAwait(false);
        await MeasureAsync("update_elsewhere", () => elsewhere.UpdateAsync(cancel)).ConfigureAwait(false);
        var after = await WideAreaAsync(cancel).ConfigureAwait(false);
        Report.Measure("wan_bytes_per_update", (after.Bytes - before.Bytes) / (2.0 * (Warmup + Measured)));
        Report.Measure("wan_messages_per_update", (after.Frames - before.Frames) / (2.0 * (Warmup + Measured)));
        await MeasureAsync("query_ordered", () => elsewhere.QueryAsync(QueryLevel.Ordered, cancel))
            .ConfigureAwait(false);
        await MeasureAsync("query_global", () => elsewhere.QueryAsync(QueryLevel.Global, cancel)).ConfigureAwait(false);
        await MeasureLocalAsync(elsewhere, cancel).ConfigureAwait(false);
    }

    /// <summary>Local queries must cause no wide-area message: as many as pass in the same time without any
    /// query.</summary>
    private async Task MeasureLocalAsync(CheckClient client, CancellationToken cancel)
    {
        var span = TimeSpan.FromSeconds(2);
        var start = await WideAreaAsync(cancel).ConfigureAwait(false);
        await Task.Delay(span, cancel).ConfigureAwait(false);
        var idle = await WideAreaAsync(cancel).ConfigureAwait(false);
        var watch = Stopwatch.StartNew();
        var asked = 0;
        var latencies = new Latencies();
        while (watch.Elapsed < span)
        {
            await latencies.MeasureAsync(() => client.QueryAsync(QueryLevel.Local, cancel)).ConfigureAwait(false);
            asked++;
        }

        var busy = await WideAreaAsync(cancel).ConfigureAwait(false);
        var (withQueries, without) = (busy.Frames - idle.Frames, idle.Frames - start.Frames);
        Report.Measure("query_local_p50_ms", latencies.Percentile(50));
        Report.Measure("query_local_p99_ms", latencies.Percentile(99));
        Report.Check(
            "local queries cause no wide-area message",
            withQueries <= without + (asked / 20),
            $"{asked} queries; {withQueries} messages meanwhile, {without} in the same time without queries");
    }

    private async Task MeasureAsync(string name, Func<Task> operation)
    {
        // Where one client works after many, other code is hot, and it is compiled while the first operations run.
        for (var count = 0; count < Warmup; count++)
        {
            await operation().ConfigureAwait(false);
        }

        var latencies = new Latencies();
        for (var count = 0; count < Measured; count++)
        {
            await latencies.MeasureAsync(operation).ConfigureAwait(false);
        }

        Report.Measure($"{name}_p50_ms", latencies.Percentile(50));
        Report.Measure($"{name}_p99_ms", latencies.Percentile(99));
    }

    private async Task LoadAsync(CancellationToken cancel)
    {
        await SayAsync(
                $"{Operations} updates and {Operations} queries of each level from a client at each site, all at once")
            .ConfigureAwait(false);
        await AskAllAsync(Operations, cancel).ConfigureAwait(false);
    }

    /// <summary>So many updates, and queries of each level, from a client at each site, all at once.</summary>
    private Task AskAllAsync(int operations, CancellationToken cancel) => Task.WhenAll(_clients.Select(
        client => Task.Run(
            async () =>
            {
                for (var operation = 0; operation < operations; operation++)
                {
                    await client.UpdateAsync(cancel).ConfigureAwait(false);
                    await client.QueryAsync(QueryLevel.Local, cancel).ConfigureAwait(false);
                    await client.QueryAsync(QueryLevel.Ordered, cancel).ConfigureAwait(false);
                    await client.QueryAsync(QueryLevel.Global, cancel).ConfigureAwait(false);
                }
            },
            cancel)));

    /// <summary>One replica in every site at once: the primary in the leading site, who speaks on the WAN in the next,
    /// another in the others.</summary>
    private async Task KillReplicasAsync(CancellationToken cancel)
    {
        var victims = await VictimsAsync(cancel).ConfigureAwait(false);
        if (victims.Count == 0)
        {
            await SayAsync("no site tolerates a fault: no replica is killed alone").ConfigureAwait(false);
            Report.Measure("pause_replicas_ms", 0);
            return;
        }

        await SayAsync($"killing {string.Join(", ", victims)} under load").ConfigureAwait(false);
        var pause = await UnderLoadAsync(
            _clients,
            async () => await Task.WhenAll(victims.Select(victim => system[victim].KillAsync())).ConfigureAwait(false),
            AfterKill,
            cancel).ConfigureAwait(false);
        Report.Measure("pause_replicas_ms", pause.TotalMilliseconds);
        Report.Check(
            "all clients go on after a replica in every site was killed",
            pause < AfterKill,
            $"longest pause {pause.TotalMilliseconds:0} ms");
        await SayAsync($"starting {string.Join(", ", victims)} again").ConfigureAwait(false);
        await UnderLoadAsync(
            _clients,
            () => Task.WhenAll(victims.Select(victim => system[victim].StartAsync(cancel))),
            TimeSpan.FromSeconds(3),
            cancel)
            .ConfigureAwait(false);
        await CheckCaughtUpAsync("killed replicas catch up from their journals and peers", cancel)
            .ConfigureAwait(false);
    }

    private async Task KillSiteAsync(CancellationToken cancel)
    {
        if (_clients.Count < 3)
        {
            await SayAsync("without a third site the others are no majority: no site is killed").ConfigureAwait(false);
            Report.Measure("pause_site_ms", 0);
            return;
        }

        var site = system.Replicas.Where(replica => replica.Id.Site == Leading).ToList();
        var others = _clients.Where(client => client.Site != Leading).ToList();
        await SayAsync($"killing {Leading}, the leading site, under load").ConfigureAwait(false);
        var limit = TimeSpan.FromSeconds(20);
        var pause = await UnderLoadAsync(
            others,
            async () => await Task.WhenAll(site.Select(replica => replica.KillAsync())).ConfigureAwait(false),
            limit / 2,
            cancel).ConfigureAwait(false);
        Report.Measure("pause_site_ms", pause.TotalMilliseconds);
        Report.Check(
            "the other sites go on without the leading site",
            pause < limit / 2,
            $"longest pause {pause.TotalMilliseconds:0} ms");
        await SayAsync($"starting {Leading} again").ConfigureAwait(false);
        await Task.WhenAll(site.Select(replica => replica.StartAsync(cancel))).ConfigureAwait(false);
        await _clients[Leading.Index].UpdateAsync(cancel).ConfigureAwait(false);
        await CheckCaughtUpAsync("the killed site comes back and catches up", cancel).ConfigureAwait(false);
    }

    private async Task ConcludeAsync(CancellationToken cancel)
    {
        await SayAsync("looking at what is there").ConfigureAwait(false);
        _history.Conclude(await _clients[^1].MarkersAsync(cancel).ConfigureAwait(false), Report);
        await new Settling(system, []).ConcludeAsync(Report, cancel).ConfigureAwait(false);
        await SayAsync("done").ConfigureAwait(false);
    }

    /// <summary>Lets clients work, does something to the system, lets them work on; gives the longest pause of
    /// any.</summary>
    private static async Task<TimeSpan> UnderLoadAsync(
        IReadOnlyList<CheckClient> clients, Func<Task> deed, TimeSpan onwards, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var running = clients
            .Select(client => Task.Run(() => client.RunAsync(stop.Token), CancellationToken.None))
            .ToList();
        await Task.Delay(TimeSpan.FromSeconds(1), cancel).ConfigureAwait(false);
        foreach (var client in clients)
        {
            client.BeginWatch();
        }

        await deed().ConfigureAwait(false);
        await Task.Delay(onwards, cancel).ConfigureAwait(false);
        var longest = clients.Max(client => client.LongestPause);
        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(running).ConfigureAwait(false);
        return longest;
    }

    private async Task<List<ReplicaId>> VictimsAsync(CancellationToken cancel)
    {
        var reports = await system.ReportAsync(cancel).ConfigureAwait(false);
        var victims = new List<ReplicaId>();
        for (var index = 0; index < system.Topology.Sites.Count; index++)
        {
            var site = new SiteId(index);
            if (system.Topology.Genesis[site].Size.Faults == 0)
            {
                continue;
            }

            var report = reports.First(one => one.Key.Site == site && one.Value is not null).Value!;
            var primary = (int)report.Number(StatusNames.Primary);
            var victim = site == Leading ? primary
                : index == (Leading.Index + 1) % _clients.Count ? report.Representative(Leading)
                : (primary + 1) % system.Topology.Sites[index].Replicas.Count;
            victims.Add(new(site, victim));
        }

        return victims;
    }

    private async Task CheckCaughtUpAsync(string name, CancellationToken cancel)
    {
        await SayAsync("waiting until all have caught up").ConfigureAwait(false);
        await new Settling(system, []).CheckAsync(name, Report, cancel).ConfigureAwait(false);
    }

    private async Task<(double Bytes, double Frames)> WideAreaAsync(CancellationToken cancel)
    {
        var reports = await system.ReportAsync(cancel).ConfigureAwait(false);
        return (
            reports.Values.Sum(report => report?.Number(StatusNames.SiteBytesSent) ?? 0),
            reports.Values.Sum(report => report?.Number(StatusNames.SiteFramesSent) ?? 0));
    }
}
