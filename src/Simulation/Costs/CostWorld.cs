using Holdfast.Node;

namespace Holdfast.Simulation.Costs;

/// <summary>
/// Counts what an update costs: the replicas and clients of production over a calm virtual network, 25 ms from site to
/// site and 0.1 ms within, with real signatures. Equal code gives equal counts, whatever machine it runs on.
/// </summary>
public sealed class CostWorld
{
    private const ulong Seed = 1;
    private const long Second = 1_000_000;
    private const long WarmUp = 2 * Second;
    private const long WideDelay = 25_000;
    private const long LocalDelay = 100;

    private readonly CostScene _scene;
    private readonly VirtualTime _time = new();
    private readonly PlaceTable _places;
    private readonly CountedKeys _keys;
    private readonly VirtualReplica[] _replicas;
    private readonly List<long> _latencies = [];
    private readonly long[] _frames = new long[3];
    private readonly long[] _bytes = new long[3];

    private CostWorld(CostScene scene)
    {
        _scene = scene;
        var dice = new Dice(Seed);
        var options = new WorldOptions
        {
            Sites = scene.Sites,
            Faults = scene.Faults,
            ClientsPerSite = scene.ClientsPerSite,
            HasRealKeys = true,
        };
        _keys = new CountedKeys(WorldKeys.Create(options, dice.Fork()));
        _places = new PlaceTable(_keys.Genesis, scene.ClientsPerSite);
        var network = new VirtualNetwork(_time, dice.Fork(), _places.Count, DelayOf) { Watch = Count };
        var around = new Surroundings(
            _time,
            network,
            _keys,
            new Judge(_keys.Genesis, _keys.Verifier),
            _places,
            TimeSpan.Zero,
            RetainedBytes: 4 << 20,
            _ => { });
        _replicas = [.. Enumerable.Range(0, _places.Replicas).Select(place => new VirtualReplica(
            around, _places.ReplicaAt(place)!.Value, dice.Fork(), new VirtualStateStore(), corrupt: null))];
        foreach (var client in scene.ClientNumbers)
        {
            _ = new SteadyClient(around, client, dice.Fork(), _latencies.Add);
        }
    }

    private enum Road
    {
        Local,
        WideArea,
        Client,
    }

    /// <param name="counting">Called when the warm-up is over.</param>
    public static UpdateCosts Count(CostScene scene, Action? counting = null)
    {
        ArgumentNullException.ThrowIfNull(scene);
        return new CostWorld(scene).Run(counting);
    }

    private UpdateCosts Run(Action? counting)
    {
        Array.ForEach(_replicas, replica => replica.StartUnlessRunning());
        _time.RunUntil(WarmUp);
        counting?.Invoke();
        var before = Sums();
        _latencies.Clear();
        _time.RunUntil(WarmUp + (_scene.Seconds * Second));
        var after = Sums();
        var updates = _latencies.Count;
        var divisor = _scene.Clients == 0 ? _scene.Seconds : updates;
        _latencies.Sort();
        return new(
            updates,
            updates == 0 ? 0 : _latencies[updates / 2] / 1000.0,
            ValueList.From(after.Zip(before, (later, earlier) =>
                (later.Name, (later.Value - earlier.Value) / (double)divisor))));
    }

    /// <summary>Over all replicas and since the beginning, by what a table of them calls it.</summary>
    private IReadOnlyList<(string Name, long Value)> Sums() =>
    [
        ("site orders", Orders()),
        ("frames within sites", _frames[(int)Road.Local]),
        ("bytes within sites", _bytes[(int)Road.Local]),
        ("messages between sites", _frames[(int)Road.WideArea]),
        ("bytes between sites", _bytes[(int)Road.WideArea]),
        ("signatures made", OfPumps(counters => counters.Signatures)),
        ("signatures checked", _keys.Verified),
        ("shares of signatures", OfPumps(counters => counters.Shares)),
        ("shares put together", OfPumps(counters => counters.Combined)),
        ("flushes", OfPumps(counters => counters.Flushes)),
        ("inputs stepped", OfPumps(counters => counters.Steps)),
    ];

    private long Orders() => _replicas.GroupBy(replica => replica.Id.Site)
        .Sum(site => site.Max(replica => (long)replica.Pump!.Status.Executed.Number));

    private long OfPumps(Func<PumpCounters, long> read) => _replicas.Sum(replica => read(replica.Pump!.Counters));

    private long DelayOf(int from, int to) =>
        _places.SiteAt(from) == _places.SiteAt(to) ? LocalDelay : WideDelay;

    private void Count(int from, int to, Bytes frame)
    {
        var road = _places.ReplicaAt(from) is null || _places.ReplicaAt(to) is null ? Road.Client
            : _places.SiteAt(from) == _places.SiteAt(to) ? Road.Local
            : Road.WideArea;
        _frames[(int)road]++;
        _bytes[(int)road] += frame.Length;
    }
}
