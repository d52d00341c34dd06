using System.Diagnostics;
using System.Globalization;
using Holdfast.Client;
using Holdfast.Protocol;

namespace Holdfast.Cli.Bench;

/// <summary>What many keys change: updates among a thousand, then the store is filled, then updates among all of them, and a
/// restart of a replica.</summary>
internal sealed class KeysRun(HoldfastSystem system, Workload few, int keys, TextWriter output)
{
    /// <summary>At each place.</summary>
    private const int FillersPerPlace = 16;
    private const int TriesMax = 10;
    private const int SayEvery = 50_000;

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
        await TellFillAsync(cancel).ConfigureAwait(false);
        _results.Add(await run.MeasureAsync(many, cancel).ConfigureAwait(false));
        await system.SettleAsync(cancel).ConfigureAwait(false);
        var restart = await system.RestartOneAsync(cancel).ConfigureAwait(false);
        Bars = Judge(_results[0], _results[1], restart);
    }

    /// <summary>Numbers of keys, in pieces that one operation can set.</summary>
    internal static IEnumerable<IReadOnlyList<int>> Pieces(int keys) =>
        Enumerable.Range(0, keys).Chunk(KeyValueLimits.OperationsPerTransaction);

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

    private async Task TellFillAsync(CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        var before = await system.SnapshotAsync(cancel).ConfigureAwait(false);
        await FillAsync(cancel).ConfigureAwait(false);
        await system.SettleAsync(cancel).ConfigureAwait(false);
        var took = watch.Elapsed;
        var after = await system.SnapshotAsync(cancel).ConfigureAwait(false);
        var processor = after.ProcessorSince(before).Sum(one => one.Used.TotalMilliseconds);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"filled {keys} keys in {took.TotalSeconds:0.0} s, {processor / keys:0.000} ms of all replicas' processors for each; "
            + $"{after.CoresOfOthersSince(before, took):0.0} cores were others'")).ConfigureAwait(false);
    }

    private async Task FillAsync(CancellationToken cancel)
    {
        var (value, said) = (new Bytes(new byte[few.ValueSize]), TextWriter.Synchronized(output));
        using var pieces = Pieces(keys).GetEnumerator();
        IReadOnlyList<int>? Next()
        {
            lock (pieces)
            {
                return pieces.MoveNext() ? pieces.Current : null;
            }
        }

        var clients = Enumerable.Range(0, system.Places).Select(place => system.Open(place, FillersPerPlace)).ToList();
        await Task.WhenAll(clients.SelectMany(client => Enumerable.Range(0, FillersPerPlace).Select(async _ =>
        {
            while (Next() is { } piece)
            {
                await PutAsync(client, piece, value, cancel).ConfigureAwait(false);
                if (piece[0] / SayEvery != (piece[^1] + 1) / SayEvery)
                {
                    await said.WriteLineAsync($"about {piece[^1] + 1} keys are filled in").ConfigureAwait(false);
                }
            }
        }))).ConfigureAwait(false);
        await Task.WhenAll(clients.Select(client => client.DisposeAsync().AsTask())).ConfigureAwait(false);
    }

    /// <summary>Setting the same again does no harm, so who does not know asks again.</summary>
    private static async Task PutAsync(
        HoldfastBenchClient client, IReadOnlyList<int> piece, Bytes value, CancellationToken cancel)
    {
        for (var tried = 1; ; tried++)
        {
            try
            {
                await client.PutAllAsync(piece.Select(Workload.KeyOf), value, cancel).ConfigureAwait(false);
                return;
            }
            catch (OperationFailedException) when (tried < TriesMax && !cancel.IsCancellationRequested)
            {
                // Overloaded, or too late.
            }
        }
    }
}
