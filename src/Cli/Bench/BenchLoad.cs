using System.Diagnostics;
using Holdfast.Client;
using Holdfast.Protocol;

namespace Holdfast.Cli.Bench;

/// <summary>Clients that work on a system until they are stopped. Many share a connection, so that one process carries
/// a thousand of them.</summary>
internal sealed class BenchLoad : IAsyncDisposable
{
    /// <summary>So many share a connection before another one is opened.</summary>
    private const int ClientsPerConnection = 32;

    /// <summary>A session takes so many numbers above the lowest that is not done.</summary>
    private const int RequestsInFlightMax = 512;

    private const int UsualRequestsInFlight = 4;

    /// <summary>Open loop: beyond so many under way at a place, the next ones wait, and their latency counts the
    /// wait.</summary>
    private const int UnderWayMax = 4000;

    private static readonly TimeSpan FirstAnswerWithin = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource _isAnswered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly Workload _workload;
    private readonly LatencyBook _book;
    private readonly CancellationToken _cancel;
    private readonly Bytes _value;
    private readonly IReadOnlyList<(int Place, IReadOnlyList<IBenchClient> Connections)> _places;
    private readonly CancellationTokenSource _stop;
    private readonly List<Task> _running;

    public BenchLoad(IBenchSystem system, Workload workload, LatencyBook book, CancellationToken cancel)
    {
        (_workload, _book, _cancel) = (workload, book, cancel);
        _value = new Bytes(new byte[workload.ValueSize]);
        int[] places = workload.Site is { } site ? [site] : [.. Enumerable.Range(0, system.Places)];
        var clients = (workload.IsOpenLoop ? UnderWayMax : workload.Clients) / places.Length;
        var connections = Math.Clamp(clients / ClientsPerConnection, 1, system.ConnectionsPerPlace);
        var inFlight = workload.IsGrouped
            ? UsualRequestsInFlight
            : Math.Clamp((clients / connections) + 1, UsualRequestsInFlight, RequestsInFlightMax);
        _places = [.. places.Select(place => (
            place,
            (IReadOnlyList<IBenchClient>)[.. Enumerable.Range(0, connections)
                .Select(_ => system.Connect(place, inFlight))]))];
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        _running = workload.Rate is { } rate
            ? [.. _places.Select((_, at) => Task.Run(() => OpenLoopAsync(at, rate / places.Length), _stop.Token))]
            : [.. Enumerable.Range(0, workload.Clients).Select(
                client => Task.Run(() => ClosedLoopAsync(client), _stop.Token))];
    }

    /// <summary>Lets it work for so long, and until something has been answered: on a busy machine a session may take longer to
    /// open than a short warm-up lasts.</summary>
    public async Task WarmUpAsync(TimeSpan span)
    {
        await Task.Delay(span, _cancel).ConfigureAwait(false);
        if (_running.Count > 0)
        {
            await Task.WhenAny(_isAnswered.Task, Task.Delay(FirstAnswerWithin, _cancel)).ConfigureAwait(false);
        }
    }

    /// <summary>Begins nothing more, and waits for what is under way.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        await Task.WhenAll(_places.SelectMany(place => place.Connections)
            .Select(connection => connection.DisposeAsync().AsTask())).ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task ClosedLoopAsync(int client)
    {
        var (place, connections) = _places[client % _places.Count];
        var connection = connections[client / _places.Count % connections.Count];
        var random = new Random(client);
        while (!_stop.IsCancellationRequested)
        {
            await RunOneAsync(connection, place, random, Stopwatch.GetTimestamp(), isIntended: false)
                .ConfigureAwait(false);
        }
    }

    /// <summary>Operations begin on a fixed plan. Who comes late begins at once, and the latency counts from the plan:
    /// a system that stands still is not spared the operations that would have begun meanwhile.</summary>
    private async Task OpenLoopAsync(int at, double rate)
    {
        var (place, connections) = _places[at];
        using var room = new SemaphoreSlim(UnderWayMax);
        var (random, underWay) = (new Random(at), new List<Task>());
        var (start, step) = (Stopwatch.GetTimestamp(), Stopwatch.Frequency / rate);
        for (long number = 0; !_stop.IsCancellationRequested; number++)
        {
            var intended = start + (long)(number * step);
            var ahead = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), intended);
            if (ahead > TimeSpan.FromMilliseconds(1))
            {
                await Task.Delay(ahead, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await room.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            var connection = connections[(int)(number % connections.Count)];
            underWay.Add(ReleaseAfterAsync(
                RunOneAsync(connection, place, random, intended, isIntended: true), room));
            if (underWay.Count > 2 * UnderWayMax)
            {
                underWay.RemoveAll(one => one.IsCompleted);
            }
        }

        await Task.WhenAll(underWay).ConfigureAwait(false);
    }

    private static async Task ReleaseAfterAsync(Task operation, SemaphoreSlim room)
    {
        await operation.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        room.Release();
    }

    /// <param name="isIntended">The window counts by when it was to begin, not by when it ends.</param>
    private async Task RunOneAsync(IBenchClient client, int place, Random random, long began, bool isIntended)
    {
        var operation = _workload.Mix.Draw(random);
        var key = Workload.KeyOf(random.Next(_workload.Keys));
        try
        {
            // The load may stop, but what is under way comes to its end: only then is it known how long it took.
            await (operation == BenchOperation.Update
                ? client.UpdateAsync(key, _value, _cancel)
                : client.QueryAsync(key, OperationMix.LevelOf(operation), _cancel))
                .ConfigureAwait(false);
            _isAnswered.TrySetResult();
            _book.Done(place, operation, began, isIntended ? began : Stopwatch.GetTimestamp());
        }
        catch (OperationFailedException failure)
        {
            _book.DidNotEnd(isIntended ? began : Stopwatch.GetTimestamp(), failure.Message);
        }
    }
}
