using System.Diagnostics;
using System.Globalization;

namespace Holdfast.Cli.Bench;

/// <summary>Runs workloads against one system, one after the other, and tells how it goes.</summary>
internal sealed class BenchRun(IBenchSystem system, TextWriter output)
{
    private static readonly TimeSpan SayEvery = TimeSpan.FromSeconds(5);

    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public async Task StartAsync(CancellationToken cancel)
    {
        await SayAsync($"starting {system.Name}").ConfigureAwait(false);
        await system.StartAsync(cancel).ConfigureAwait(false);
    }

    public async Task<BenchResult> MeasureAsync(Workload workload, CancellationToken cancel)
    {
        var own = workload.WarmUp < workload.OwnWarmUpMax ? workload.WarmUp : workload.OwnWarmUpMax;
        if (workload.WarmUp > own)
        {
            await WarmUpAsync(workload, workload.WarmUp - own, cancel).ConfigureAwait(false);
        }

        // Only now: a system that starts over narrow roads is another question.
        system.Widen(workload.Uplink);
        var book = new LatencyBook(system.Places);
        CostSnapshot before, after;
        await using (var load = new BenchLoad(system, workload, book, cancel))
        {
            await load.WarmUpAsync(own).ConfigureAwait(false);
            await SayAsync($"measuring '{workload.Name}'").ConfigureAwait(false);
            before = await system.SnapshotAsync(cancel).ConfigureAwait(false);
            book.Open();
            await WatchAsync(book, workload.Duration, cancel).ConfigureAwait(false);
            book.Close();
            after = await system.SnapshotAsync(cancel).ConfigureAwait(false);
            await load.StopAsync().ConfigureAwait(false);
        }

        cancel.ThrowIfCancellationRequested();
        return new(system.Name, workload, book, before, after);
    }

    /// <summary>Lets clients at all places work for a while.</summary>
    public async Task WarmUpAsync(Workload workload, TimeSpan span, CancellationToken cancel)
    {
        await SayAsync(string.Create(CultureInfo.InvariantCulture, $"warming up for {span.TotalSeconds:0.#} s"))
            .ConfigureAwait(false);
        var book = new LatencyBook(system.Places);
        await using var load = new BenchLoad(system, workload.ForWarmUp, book, cancel);
        book.Open();
        await WatchAsync(book, span, cancel).ConfigureAwait(false);
    }

    private async Task WatchAsync(LatencyBook book, TimeSpan span, CancellationToken cancel)
    {
        var (watch, last, lastAt) = (Stopwatch.StartNew(), 0L, TimeSpan.Zero);
        while (watch.Elapsed < span)
        {
            // A delay has whole milliseconds, and may be over a little early: one more, or many would follow of none.
            var rest = TimeSpan.FromMilliseconds(Math.Ceiling((span - watch.Elapsed).TotalMilliseconds) + 1);
            await Task.Delay(rest < SayEvery ? rest : SayEvery, cancel).ConfigureAwait(false);
            var (done, now) = (Enum.GetValues<BenchOperation>().Sum(book.CountOf), watch.Elapsed);
            await SayAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"  {(done - last) / (now - lastAt).TotalSeconds:0.0} operations/s, {book.Failed} failed"))
                .ConfigureAwait(false);
            (last, lastAt) = (done, now);
        }
    }

    /// <summary>A line with the time since the run began.</summary>
    public async Task SayAsync(string text) => await output.WriteLineAsync(
            string.Create(CultureInfo.InvariantCulture, $"{_clock.Elapsed.TotalSeconds,6:0.0} s  {text}"))
        .ConfigureAwait(false);
}
