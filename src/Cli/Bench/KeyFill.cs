using System.Diagnostics;
using System.Globalization;
using Holdfast.Client;
using Holdfast.Protocol;

namespace Holdfast.Cli.Bench;

/// <summary>Fills a store with keys as fast as it takes them, and waits until all replicas have them.</summary>
internal sealed class KeyFill(HoldfastSystem system, int keys, int valueSize, TextWriter output)
{
    /// <summary>At each place.</summary>
    private const int FillersPerPlace = 16;
    private const int TriesMax = 10;
    private const double BytesPerMebibyte = 1048576;
    private const int SayEvery = 50_000;

    /// <summary>Numbers of keys, in pieces that one operation can set.</summary>
    internal static IEnumerable<IReadOnlyList<int>> Pieces(int keys) =>
        Enumerable.Range(0, keys).Chunk(KeyValueLimits.OperationsPerTransaction);

    public async Task RunAsync(CancellationToken cancel)
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
        var (value, said) = (new Bytes(new byte[valueSize]), TextWriter.Synchronized(output));
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
    private async Task PutAsync(
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
            catch (OperationFailedException failure) when (!cancel.IsCancellationRequested)
            {
                var used = system.Processes().Sum(process => process.MemoryBytes);
                throw new CommandFailure(
                    ExitCode.CheckFailed,
                    $"Expected the store to take all keys, found that it did not take some of them in {TriesMax} attempts "
                    + $"({failure.Message}) while its replicas held {used / BytesPerMebibyte:0} MiB of memory. If that is near what "
                    + "the machine has, take fewer keys or smaller values.");
            }
        }
    }
}
