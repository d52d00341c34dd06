using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Holdfast.Client;

namespace Holdfast.Cli.Bench;

/// <summary>A system under full load for long, and whether its processes grow. The store's past is compacted meanwhile, as
/// who runs one does: what was before is state, and grows as it should.</summary>
internal sealed class SoakRun(HoldfastSystem system, Workload workload, TextWriter output)
{
    private const int SamplesMax = 200;
    private const double GrowthMax = 0.05;
    private const double BytesPerMebibyte = 1048576;
    private static readonly TimeSpan SampleEveryLeast = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan CompactEvery = TimeSpan.FromSeconds(10);

    private readonly List<(TimeSpan At, long Done, IReadOnlyList<ProcessUse> Processes)> _samples = [];

    public IReadOnlyList<BenchResult> Results { get; private set; } = [];

    public IReadOnlyList<Bar> Bars { get; private set; } = [];

    public static TimeSpan SampleEvery(TimeSpan duration) =>
        duration / SamplesMax > SampleEveryLeast ? duration / SamplesMax : SampleEveryLeast;

    public async Task RunAsync(CancellationToken cancel)
    {
        var run = new BenchRun(system, output);
        await run.StartAsync(cancel).ConfigureAwait(false);
        await run.WarmUpAsync(workload, workload.WarmUp, cancel).ConfigureAwait(false);
        var book = new LatencyBook(system.Places);
        CostSnapshot before, after;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await using (var load = new BenchLoad(system, workload, book, cancel))
        {
            var compacting = CompactAsync(stop.Token);
            before = await system.SnapshotAsync(cancel).ConfigureAwait(false);
            book.Open();
            await SampleAsync(book, cancel).ConfigureAwait(false);
            book.Close();
            after = await system.SnapshotAsync(cancel).ConfigureAwait(false);
            await stop.CancelAsync().ConfigureAwait(false);
            await compacting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await load.StopAsync().ConfigureAwait(false);
        }

        Results = [new(system.Name, workload, book, before, after)];
        var (name, share) = before.Processes
            .Select(one => (one.Name, Share: Growth.Share(MemoryOf(one.Name)))).MaxBy(one => one.Share);
        Bars =
        [
            new("growth of all replicas together", 100 * Growth.Share(MemoryOfAll()), "%", 100 * GrowthMax, Most: true),
            new($"growth of the replica that grows most ({name})", 100 * share, "%", 100 * GrowthMax, Most: true),
            new("operations that failed", book.Failed, "operations", 0, Most: true),
        ];
    }

    public JsonObject ToJson() => new()
    {
        ["result"] = Results[0].ToJson(),
        ["samples"] = new JsonArray([.. _samples.Select(sample => (JsonNode)new JsonObject
        {
            ["seconds"] = BenchResult.Round(sample.At.TotalSeconds),
            ["done"] = sample.Done,
            ["memory_mib"] = new JsonObject(sample.Processes.Select(process => KeyValuePair.Create(
                process.Name, (JsonNode?)BenchResult.Round(process.MemoryBytes / BytesPerMebibyte)))),
        })]),
    };

    private List<(TimeSpan At, double Value)> MemoryOfAll() =>
        [.. _samples.Select(sample => (sample.At, (double)sample.Processes.Sum(process => process.MemoryBytes)))];

    private List<(TimeSpan At, double Value)> MemoryOf(string name) =>
        [.. _samples.Select(sample => (
            sample.At, (double)sample.Processes.First(process => process.Name == name).MemoryBytes))];

    private async Task SampleAsync(LatencyBook book, CancellationToken cancel)
    {
        var (watch, every, said) = (Stopwatch.StartNew(), SampleEvery(workload.Duration), TimeSpan.Zero);
        while (watch.Elapsed < workload.Duration)
        {
            await Task.Delay(every, cancel).ConfigureAwait(false);
            _samples.Add((watch.Elapsed, book.CountOf(BenchOperation.Update), system.Processes()));
            if (watch.Elapsed - said > CompactEvery)
            {
                said = watch.Elapsed;
                var (at, done, processes) = _samples[^1];
                await output.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{at.TotalSeconds,6:0} s  {done} done, {book.Failed} failed, memory "
                    + $"{processes.Min(one => one.MemoryBytes) / BytesPerMebibyte:0} to "
                    + $"{processes.Max(one => one.MemoryBytes) / BytesPerMebibyte:0} MiB")).ConfigureAwait(false);
            }
        }
    }

    private async Task CompactAsync(CancellationToken cancel)
    {
        await using var client = system.Open(place: 0, requestsInFlight: 1);
        while (true)
        {
            await Task.Delay(CompactEvery, cancel).ConfigureAwait(false);
            try
            {
                await client.CompactAsync(cancel).ConfigureAwait(false);
            }
            catch (OperationFailedException)
            {
                // The next one forgets the more.
            }
        }
    }
}
