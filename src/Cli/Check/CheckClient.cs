using System.Diagnostics;
using System.Globalization;
using Holdfast.Client;
using Holdfast.Protocol;
using Holdfast.Server.Configuration;

namespace Holdfast.Cli.Check;

/// <summary>One client at one site. It writes markers (each once) and shared registers, reads at every level, and
/// watches how long it was ever kept waiting.</summary>
internal sealed class CheckClient : IAsyncDisposable
{
    private const int ClientsMax = 256;
    private const int Registers = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);
    private readonly ClientSettings _settings;
    private readonly HoldfastClient _client;
    private readonly CheckHistory _history;
    private readonly int _own;
    private readonly SortedDictionary<int, GlobalSequence> _seen = [];
    private long _number;
    private long _lastDone = Stopwatch.GetTimestamp();
    private TimeSpan _longest;

    /// <param name="number">Its own among all clients of the history, from 0.</param>
    public CheckClient(string system, SiteId site, CheckHistory history, int number)
        : this(ClientSettings.FromFolder(HomeFiles.ClientHome(system, "first")), site, history, number)
    {
    }

    /// <param name="whole">With its own key, which it disposes of.</param>
    public CheckClient(ClientSettings whole, SiteId site, CheckHistory history, int number)
    {
        // Its own site only: whether another site would have answered is not the question here.
        _settings = whole with
        {
            Site = site,
            OtherSites = [],
            Patience = Patience,
        };
        (Site, _history, _own) = (site, history, number);
        _client = HoldfastClient.Connect(_settings);
        Store = new(_client);
    }

    public SiteId Site { get; }

    public KeyValueClient Store { get; }

    /// <summary>The longest time between two answers since the last <see cref="BeginWatch"/>.</summary>
    public TimeSpan LongestPause
    {
        get
        {
            var running = Stopwatch.GetElapsedTime(Interlocked.Read(ref _lastDone));
            return running > _longest ? running : _longest;
        }
    }

    /// <summary>Of the updates acknowledged since the last <see cref="BeginWatch"/>.</summary>
    public Latencies Updates { get; private set; } = new();

    public static Bytes MarkerPrefix { get; } = Bytes.FromText("marker/");

    public void BeginWatch()
    {
        Interlocked.Exchange(ref _lastDone, Stopwatch.GetTimestamp());
        (_longest, Updates) = (TimeSpan.Zero, new());
    }

    /// <summary>One update: a marker that nobody else writes, and a shared register, in one transaction.</summary>
    public async Task UpdateAsync(CancellationToken cancel)
    {
        var number = ++_number;
        var marker = string.Create(CultureInfo.InvariantCulture, $"c{_own}-{number}");
        var register = (int)(number % Registers);
        var value = (number * ClientsMax) + _own + 1;
        var call = _history.BeginUpdate(marker, register, value);
        try
        {
            await Updates.MeasureAsync(() => Store.TransactAsync(
                new(
                    [],
                    [Put(MarkerPrefix.Concat(Bytes.FromText(marker).Span), number), Put(RegisterKey(register), value)],
                    []),
                cancel: cancel)).ConfigureAwait(false);
            _history.Acknowledge(marker, call);
            Done();
        }
        catch (OperationFailedException failure)
        {
            // Unknown stays unknown: it may be there or not, at most once. The check looks.
            if (!cancel.IsCancellationRequested)
            {
                _history.Broken($"update {marker} at site {Site.Index} was not acknowledged: {failure.Message}");
            }
        }
    }

    public async Task QueryAsync(QueryLevel level, CancellationToken cancel)
    {
        var register = (int)(_number % Registers);
        var call = level == QueryLevel.Global ? _history.BeginRead(register) : null;
        try
        {
            var answer = await Store.GetAsync(RegisterKey(register), level, cancel).ConfigureAwait(false);
            var value = answer.Value is { } item ? long.Parse(Text(item.Value), CultureInfo.InvariantCulture) : 0;
            if (call is not null)
            {
                _history.EndRead(call, value);
            }

            RequireForward(level, register, answer.Outcome.ChangedAt);
            Done();
        }
        catch (OperationFailedException failure)
        {
            if (!cancel.IsCancellationRequested)
            {
                _history.Broken($"{level} query at site {Site.Index} was not answered: {failure.Message}");
            }
        }
    }

    /// <summary>Goes on with updates and queries until told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await UpdateAsync(stop).ConfigureAwait(false);
            await QueryAsync(QueryLevel.Local, stop).ConfigureAwait(false);
            if (_number % 8 == 0)
            {
                await QueryAsync(QueryLevel.Ordered, stop).ConfigureAwait(false);
                await QueryAsync(QueryLevel.Global, stop).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Every marker in the store with how often it was written, read at level global.</summary>
    public async Task<IReadOnlyDictionary<string, ulong>> MarkersAsync(CancellationToken cancel)
    {
        var found = new Dictionary<string, ulong>();
        var next = KeyRange.Prefix(MarkerPrefix);
        while (true)
        {
            var request = RangeRequest.Of(next) with { Limit = 500 };
            var page = (await Store.RangeAsync(request, QueryLevel.Global, cancel: cancel)
                .ConfigureAwait(false)).Value;
            foreach (var item in page.Items)
            {
                found[Text(Bytes.Copy(item.Key.Span[MarkerPrefix.Length..]))] = item.Version;
            }

            if (!page.More)
            {
                return found;
            }

            next = next with { From = page.Items[^1].Key.Concat([0]) };
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync().ConfigureAwait(false);
        _settings.Key.Dispose();
    }

    private static KeyValueOperation.Put Put(Bytes key, long value) =>
        new(key, Bytes.FromText(value.ToString(CultureInfo.InvariantCulture)), false);

    private static Bytes RegisterKey(int register) =>
        Bytes.FromText(string.Create(CultureInfo.InvariantCulture, $"register/{register}"));

    private static string Text(Bytes bytes) => System.Text.Encoding.UTF8.GetString(bytes.Span);

    private void Done()
    {
        var now = Stopwatch.GetTimestamp();
        var pause = Stopwatch.GetElapsedTime(Interlocked.Exchange(ref _lastDone, now), now);
        _longest = pause > _longest ? pause : _longest;
    }

    /// <summary>No answer may show a register as it was before an earlier answer, at any level.</summary>
    private void RequireForward(QueryLevel level, int register, GlobalSequence changedAt)
    {
        if (_seen.TryGetValue(register, out var before) && changedAt < before)
        {
            _history.Broken($"{level} answer at site {Site.Index} went back from {before} to {changedAt}");
        }

        _seen[register] = changedAt;
    }
}
