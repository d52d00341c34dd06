using System.Globalization;

namespace Holdfast.Cli.Bench;

/// <summary>What many keys change: updates among a thousand, then the store is filled, then updates among all of them, and a
/// restart of a replica.</summary>
internal sealed class KeysRun(HoldfastSystem system, Workload few, int keys, TextWriter output)
{
    /// <summary>What is filled in goes to disk for a while.</summary>
    private static readonly TimeSpan AfterFill = TimeSpan.FromSeconds(15);

    private readonly List<BenchResult> _results = [];

    public IReadOnlyList<BenchResult> Results => _results;

    public IReadOnlyList<Bar> Bars { get; private set; } = [];

    public async Task RunAsync(CancellationToken cancel)
    {
        var many = few with { Keys = keys, WarmUp = few.WarmUp < AfterFill ? few.WarmUp : AfterFill };
        var run = new BenchRun(system, output);
        await run.StartAsync(cancel).ConfigureAwait(false);
        _results.Add(await run.MeasureAsync(few, cancel).ConfigureAwait(false));
        await new KeyFill(system, keys, few.ValueSize, output).RunAsync(cancel).ConfigureAwait(false);
        _results.Add(await run.MeasureAsync(many, cancel).ConfigureAwait(false));
        await system.SettleAsync(cancel).ConfigureAwait(false);
        var (listens, isThere) = await system.RestartOneAsync(cancel).ConfigureAwait(false);
        await run.SayAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"a replica listens {listens.TotalSeconds:0.0} s after its start, and has caught up after {isThere.TotalSeconds:0.0} s"))
            .ConfigureAwait(false);
        Bars = Judge(_results[0], _results[1], isThere);
    }

    internal static IReadOnlyList<Bar> Judge(BenchResult few, BenchResult many, TimeSpan restart)
    {
        var (before, after) = (few.Row(null, BenchOperation.Update), many.Row(null, BenchOperation.Update));
        return
        [
            new("updates/s, against few keys", after.PerSecond / before.PerSecond, "x", 0.8, Most: false),
            new("update p99, against few keys", after.Percentile99 / before.Percentile99, "x", 1.2, Most: true),
            new("restart of a replica, until it has caught up", restart.TotalSeconds, "s", 10, Most: true),
        ];
    }
}
