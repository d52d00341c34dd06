using Holdfast.Cli.Check;
using Holdfast.Client;
using Holdfast.Protocol;

namespace Holdfast.Cli.Attacks;

/// <summary>What clients got in a stretch of time.</summary>
/// <param name="LongestPause">Between two answers to any one client.</param>
internal sealed record Stretch(double UpdatesPerSecond, double Median, double Percentile99, TimeSpan LongestPause);

/// <summary>A few clients at each site, each of which has one operation under way: what they get done falls as soon as
/// something takes longer. More of them would keep two cores so busy that whoever falls silent makes room for the
/// rest.</summary>
internal sealed class AttackLoad : IAsyncDisposable
{
    public const int ClientsPerSite = 2;
    private readonly List<CheckClient> _clients = [];
    private readonly CancellationTokenSource _stop;
    private readonly List<Task> _running;

    /// <param name="first">The number of its first client among all of the history.</param>
    /// <param name="clients">Each with its own key, or several with one.</param>
    public AttackLoad(
        IEnumerable<ClientSettings> clients, int sites, CheckHistory history, int first, CancellationToken cancel)
    {
        foreach (var (number, client) in clients.Index())
        {
            _clients.Add(new(client, new(number % sites), history, first + number));
        }

        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        _running = [.. _clients.Select(
            client => Task.Run(() => client.RunAsync(_stop.Token), CancellationToken.None))];
    }

    /// <summary>Watches for a while.</summary>
    /// <param name="without">A site that is not asked, because it is down.</param>
    public async Task<Stretch> WatchAsync(TimeSpan span, SiteId? without, CancellationToken cancel)
    {
        var watched = _clients.Where(client => client.Site != without).ToList();
        foreach (var client in watched)
        {
            client.BeginWatch();
        }

        await Task.Delay(span, cancel).ConfigureAwait(false);
        var took = watched.SelectMany(client => client.Updates.Milliseconds).ToList();
        return new(
            took.Count / span.TotalSeconds,
            Latencies.Percentile(took, 50),
            Latencies.Percentile(took, 99),
            watched.Max(client => client.LongestPause));
    }

    /// <summary>Ends the load.</summary>
    /// <returns>One of its clients, to look at what is there.</returns>
    public async Task<CheckClient> StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_running).ConfigureAwait(false);
        return _clients[^1];
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        foreach (var client in _clients)
        {
            await client.DisposeAsync().ConfigureAwait(false);
        }

        _stop.Dispose();
    }
}
