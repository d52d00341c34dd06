using System.Diagnostics;
using Holdfast.Cli.Demo;
using Holdfast.Server.Hosting;

namespace Holdfast.Cli.Bench;

/// <summary>A replica loses its disk under load: how long it takes to vote again, and what its site gets done
/// meanwhile.</summary>
internal sealed class ReturnRun(HoldfastSystem system, Workload load, int megabytes, TextWriter output)
{
    public const int ValueSize = 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan SayEvery = TimeSpan.FromSeconds(2);

    private readonly BenchRun _run = new(system, output);

    public IReadOnlyList<Bar> Bars { get; private set; } = [];

    /// <summary>The life in which the replica came back.</summary>
    public int Life { get; private set; }

    /// <summary>Keys whose values are so many megabytes (of a million bytes).</summary>
    internal static int KeysOf(int megabytes) => (int)Math.Ceiling(megabytes * 1e6 / ValueSize);

    public async Task RunAsync(CancellationToken cancel)
    {
        await _run.StartAsync(cancel).ConfigureAwait(false);
        await new KeyFill(system, KeysOf(megabytes), ValueSize, output).RunAsync(cancel).ConfigureAwait(false);
        var book = new LatencyBook(system.Places);
        await using var working = new BenchLoad(system, load, book, cancel);
        await working.WarmUpAsync(load.WarmUp).ConfigureAwait(false);
        book.Open();
        var before = await RateAsync(book, () => Task.Delay(load.Duration, cancel)).ConfigureAwait(false);
        await _run.SayAsync($"before: {before:0.0} updates/s").ConfigureAwait(false);
        var back = TimeSpan.Zero;
        var meanwhile = await RateAsync(book, async () => back = await ReturnAsync(cancel).ConfigureAwait(false))
            .ConfigureAwait(false);
        await _run.SayAsync($"meanwhile: {meanwhile:0.0} updates/s").ConfigureAwait(false);
        Bars =
        [
            new($"back and voting, {megabytes} MB", back.TotalSeconds, "s", 30, Most: true),
            new("updates/s of its site meanwhile, against before", meanwhile / before, "x", 0.7, Most: false),
        ];
    }

    private static async Task<double> RateAsync(LatencyBook book, Func<Task> during)
    {
        var (watch, count) = (Stopwatch.StartNew(), book.CountOf(BenchOperation.Update));
        await during().ConfigureAwait(false);
        return (book.CountOf(BenchOperation.Update) - count) / watch.Elapsed.TotalSeconds;
    }

    /// <returns>From the start of its process on.</returns>
    private async Task<TimeSpan> ReturnAsync(CancellationToken cancel)
    {
        var wiped = await system.WipeOneAsync(cancel).ConfigureAwait(false);
        await _run.SayAsync($"{wiped} lost its disk and is started").ConfigureAwait(false);
        for (var (watch, said) = (Stopwatch.StartNew(), TimeSpan.Zero); watch.Elapsed < Patience;)
        {
            await Task.Delay(AskEvery, cancel).ConfigureAwait(false);
            var report = await system.ReportAsync(wiped, cancel).ConfigureAwait(false);
            if (report is not null && report.Number(StatusNames.Life) > 0 && report[StatusNames.Votes] != "no")
            {
                Life = (int)report.Number(StatusNames.Life);
                await _run.SayAsync($"{wiped} votes again").ConfigureAwait(false);
                return watch.Elapsed;
            }

            if (watch.Elapsed - said >= SayEvery)
            {
                said = watch.Elapsed;
                await _run.SayAsync($"  {Describe(report)}").ConfigureAwait(false);
            }
        }

        throw new CommandFailure(
            ExitCode.CheckFailed,
            $"Expected {wiped} to vote again within {Patience.TotalMinutes} min, found that it does not.");
    }

    private static string Describe(ReplicaReport? report) => report is null
        ? "it does not answer"
        : $"it is at {report[StatusNames.SiteSequence]}, the last stable checkpoint at {report[StatusNames.StableSequence]}"
            + (report[StatusNames.StateTransfer] is { Length: > 0 } transfer ? $"; state transfer: {transfer}" : "")
            + (report.Number(StatusNames.Life) > 0 ? "; its return is ordered" : "");
}
