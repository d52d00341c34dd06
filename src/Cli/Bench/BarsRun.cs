using Holdfast.Cli.Bench.Etcd;
using Holdfast.Cli.Demo;

namespace Holdfast.Cli.Bench;

/// <summary>Runs what the bars are about: this system, the ones that it is compared with, on the same links and one after
/// the other in one run.</summary>
internal sealed class BarsRun(TimeSpan warmUp, TimeSpan duration, TextWriter output)
{
    private const double OneWayMilliseconds = 25;
    private const double RoundTrip = 2 * OneWayMilliseconds;
    private const int Sites = 3;
    private const int ManySites = 5;
    private const double NarrowMegabits = 10;
    private const string HalfName = "half as much";

    /// <summary>Over narrow roads flat PBFT comes to a stand with many more.</summary>
    private const int ClientsOfFlat = 30;

    private static readonly TimeSpan WarmUpBetween = TimeSpan.FromSeconds(5);

    /// <summary>etcd is compiled when it comes.</summary>
    private static readonly TimeSpan WarmUpOfEtcd = TimeSpan.FromSeconds(8);

    private static readonly Workload Narrow =
        Workload.Find("updates") with { Name = "updates, narrow roads", Uplink = NarrowMegabits };

    /// <summary>A system's throughput is the most that it carries, with whichever number of clients.</summary>
    private static readonly Workload Thousand =
        Workload.Find("updates") with { Name = "updates, 1000 clients", Clients = 1000 };

    private readonly List<Bar> _bars = [];
    private readonly List<BenchResult> _results = [];

    public IReadOnlyList<Bar> Bars => _bars;

    public IReadOnlyList<BenchResult> Results => _results;

    public async Task RunAsync(CancellationToken cancel)
    {
        var links = DelayMatrix.Read("25", Sites);
        var half = Narrow with { Name = HalfName };
        var flat = await MeasureAsync(
            new HoldfastSystem(SystemShape.Flat(links)),
            [
                .. Named("leading", "elsewhere", "ordered", "updates"),
                Narrow with { Clients = ClientsOfFlat },
                half,
                Thousand,
            ],
            cancel).ConfigureAwait(false);
        var own = await MeasureAsync(
            new HoldfastSystem(new("holdfast", [.. Enumerable.Repeat(1, Sites)], links)),
            [
                .. Named("leading", "elsewhere", "idle", "local", "queries", "reads under updates", "updates"),
                half with { Rate = flat[half.Name].Workload.Rate },
                Narrow,

                // Last, for what a thousand clients leave behind is not done in seconds.
                Thousand,
                .. Named("grouped"),
            ],
            cancel).ConfigureAwait(false);
        await MeasureAsync(
            new HoldfastSystem(SystemShape.MultiPaxos(links)), Named("leading", "elsewhere", "updates"), cancel)
            .ConfigureAwait(false);
        await MeasureEtcdAsync(links, cancel).ConfigureAwait(false);
        var many = await MeasureAsync(
            new HoldfastSystem(
                new("five sites", [.. Enumerable.Repeat(1, ManySites)], DelayMatrix.Read("25", ManySites))),
            [.. Named("elsewhere"), Narrow],
            cancel).ConfigureAwait(false);
        JudgeLatency(own, flat, many);
        JudgeThroughput(own, flat);
        JudgeNarrow(own[Narrow.Name], own[half.Name], flat[Narrow.Name], flat[half.Name], many[Narrow.Name]);
        JudgeCosts(own);
    }

    /// <summary>The named workloads, and those that only a bar needs.</summary>
    private static IReadOnlyList<Workload> Named(params IEnumerable<string> names) => [.. names.Select(name => name switch
    {
        "local" => Workload.Find("elsewhere") with { Name = name, Mix = OperationMix.Parse("local") },
        "ordered" => Workload.Find("elsewhere") with { Name = name, Mix = OperationMix.Parse("ordered") },
        "reads under updates" => Workload.Find("mixed") with { Name = name, Mix = OperationMix.Parse("update=4,local=1") },
        _ => Workload.Find(name),
    })];

    private async Task<IReadOnlyDictionary<string, BenchResult>> MeasureAsync(
        IBenchSystem measured, IReadOnlyList<Workload> workloads, CancellationToken cancel, TimeSpan? ownWarmUp = null)
    {
        var results = new Dictionary<string, BenchResult>();
        await using var system = measured;
        var run = new BenchRun(system, output);
        await run.StartAsync(cancel).ConfigureAwait(false);
        await run.WarmUpAsync(Workload.Find("updates"), ownWarmUp ?? warmUp, cancel).ConfigureAwait(false);
        foreach (var found in workloads)
        {
            var workload = found with
            {
                WarmUp = found.Clients == 0 ? found.OwnWarmUpMax : WarmUpBetween,
                Duration = duration,

                // Where nobody says how much that is: half of what was carried just before.
                Rate = found.Name == HalfName && found.Rate is null ? HalfOf(_results[^1]) : found.Rate,
            };
            var result = await run.MeasureAsync(workload, cancel).ConfigureAwait(false);
            results.Add(workload.Name, result);
            _results.Add(result);
        }

        return results;
    }

    /// <summary>No bar hangs on it: where it cannot be had, the others are judged all the same.</summary>
    private async Task MeasureEtcdAsync(DelayMatrix links, CancellationToken cancel)
    {
        try
        {
            await MeasureAsync(
                new EtcdSystem(links), Named("leading", "elsewhere", "updates"), cancel, WarmUpOfEtcd).ConfigureAwait(false);
        }
        catch (CommandFailure failure)
        {
            await output.WriteLineAsync($"without etcd: {failure.Message}").ConfigureAwait(false);
        }
    }

    private void JudgeLatency(
        IReadOnlyDictionary<string, BenchResult> own,
        IReadOnlyDictionary<string, BenchResult> flat,
        IReadOnlyDictionary<string, BenchResult> many)
    {
        var (leading, elsewhere, local) = (Update(own, "leading"), Update(own, "elsewhere"), Local(own, "local"));
        var underLoad = Local(own, "reads under updates");
        AtMost("update at the leading site, p50", leading.Median / RoundTrip, "round trips", 1.2);
        AtMost("update at the leading site, p99", leading.Percentile99 / RoundTrip, "round trips", 1.5);
        AtMost("update elsewhere, p50", elsewhere.Median / RoundTrip, "round trips", 1.3);
        AtMost("update elsewhere, five sites, p50", Update(many, "elsewhere").Median / RoundTrip, "round trips", 1.75);
        AtMost("update against flat PBFT, leading site, p50", leading.Median / Update(flat, "leading").Median, "x", 1.2);
        AtMost("update against flat PBFT, elsewhere, p50", elsewhere.Median / Update(flat, "elsewhere").Median, "x", 0.7);
        AtMost("local query, idle, p50", local.Median, "ms", 1);
        AtMost("local query, under update load, p50", underLoad.Median, "ms", 3);
        AtLeast(
            "local query against a query of flat PBFT, p50",
            flat["ordered"].Row(null, BenchOperation.Ordered).Median / local.Median,
            "x",
            40);

        // What sites say to one another anyway differs by some messages from one second to the next.
        AtMost(
            "wide-area messages that a local query adds",
            (Rate(own["local"], "WAN messages") - Rate(own["idle"], "WAN messages")) / local.PerSecond,
            "messages",
            0.01);
    }

    private void JudgeThroughput(
        IReadOnlyDictionary<string, BenchResult> own, IReadOnlyDictionary<string, BenchResult> flat)
    {
        var each = MostOf(own);
        AtLeast("throughput, a signature for each update", each, "updates/s", 2000);
        AtLeast("throughput against flat PBFT", each / MostOf(flat), "x", 1.4);
        AtLeast("throughput, requests that group updates", Update(own, "grouped").PerSecond, "updates/s", 6000);
        AtLeast("local queries, shared connections", Local(own, "queries").PerSecond, "queries/s", 20_000);
    }

    private static double MostOf(IReadOnlyDictionary<string, BenchResult> results) =>
        Math.Max(Update(results, "updates").PerSecond, Update(results, Thousand.Name).PerSecond);

    /// <summary>Half as much: half of what flat PBFT carries at most.</summary>
    private void JudgeNarrow(
        BenchResult own, BenchResult ownHalf, BenchResult flat, BenchResult flatHalf, BenchResult many)
    {
        static LatencyRow Of(BenchResult result) => result.Row(null, BenchOperation.Update);
        AtLeast("throughput against flat PBFT, 10 Mbit/s", Of(own).PerSecond / Of(flat).PerSecond, "x", 2.5);
        AtMost(
            "update against flat PBFT, 10 Mbit/s, half of its most, p50", Of(ownHalf).Median / Of(flatHalf).Median, "x", 0.6);
        AtLeast("throughput, five sites, 10 Mbit/s", Of(many).PerSecond, "updates/s", 850);
    }

    private static double HalfOf(BenchResult result) =>
        Math.Max(1, result.Row(null, BenchOperation.Update).PerSecond / 2);

    private void JudgeCosts(IReadOnlyDictionary<string, BenchResult> own)
    {
        // A value of 200 bytes, the client's signature, and its key, session and number with the key of the store; and
        // once from each site that does not lead.
        const double Carried = 200 + 64 + 64;
        const double BytesBar = (1.2 * (Sites - 1) * Carried) + (Carried * (Sites - 1) / Sites);
        AtMost("wide-area bytes per update at load", PerUpdate(own["updates"], "WAN bytes"), "bytes", BytesBar);
        AtMost("wide-area messages per update at load", PerUpdate(own["updates"], "WAN messages"), "messages", 1);
        AtMost(
            "wide-area messages per update, alone",
            PerUpdate(own["leading"], "WAN messages"),
            "messages",
            (Sites * (Sites - 1)) + 2);
        AtMost("idle: busiest replica", 100 * own["idle"].Processes().Max(one => one.Cores), "% of a core", 2);
        AtMost(
            "idle: largest replica", own["idle"].Processes().Max(one => one.MemoryBytes) / 1048576.0, "MiB", 150);
    }

    private void AtMost(string name, double value, string unit, double limit) =>
        _bars.Add(new(name, value, unit, limit, Most: true));

    private void AtLeast(string name, double value, string unit, double limit) =>
        _bars.Add(new(name, value, unit, limit, Most: false));

    private static LatencyRow Update(IReadOnlyDictionary<string, BenchResult> results, string name) =>
        results[name].Row(null, BenchOperation.Update);

    private static LatencyRow Local(IReadOnlyDictionary<string, BenchResult> results, string name) =>
        results[name].Row(null, BenchOperation.Local);

    private static double PerUpdate(BenchResult result, string count) =>
        result.Costs().First(cost => cost.Name == count).Value;

    private static double Rate(BenchResult result, string count)
    {
        double Of(CostSnapshot snapshot) => snapshot.Counts.First(one => one.Name == count).Value;
        return (Of(result.After) - Of(result.Before)) / result.Book.Span.TotalSeconds;
    }
}
