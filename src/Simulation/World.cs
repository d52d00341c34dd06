using Holdfast.Simulation.Adversaries;
using Holdfast.Simulation.Checkers;
using Holdfast.Simulation.Clients;

namespace Holdfast.Simulation;

/// <summary>What came out of a world in which nothing went wrong.</summary>
/// <param name="Trail">Covers every event: equal for two runs of one seed.</param>
/// <param name="BetweenSites">Those of the frames that went from one site to another.</param>
/// <param name="Answered">Requests that clients had answered.</param>
/// <param name="Executed">Operations in the global order.</param>
/// <param name="Compared">States that were compared with another replica's.</param>
/// <param name="Batches">The length of the longest order of a site.</param>
/// <param name="Told">What correct clients were told, by outcome and level.</param>
/// <param name="Receipts">Receipts that were verified.</param>
/// <param name="Starts">Lives of replicas, the first ones included.</param>
/// <param name="FromStates">Those of them that began from a stored state.</param>
/// <param name="Transfers">How often a replica fetched its state from others.</param>
/// <param name="FromOtherSites">How often a replica fetched the state of other sites.</param>
/// <param name="FetchedBytes">Of the longest state that was fetched.</param>
/// <param name="Returns">How often a replica that lost its disk had its vote back.</param>
/// <param name="Views">The highest view of any site.</param>
/// <param name="Injected">What the world was made to suffer, by kind.</param>
/// <param name="Refused">Refusals in the last lives of the replicas, by name.</param>
public sealed record WorldResult(
    ulong Trail,
    long Events,
    long Frames,
    long BetweenSites,
    long Answered,
    int Executed,
    long Compared,
    ulong Batches,
    ValueList<(string What, long Count)> Told,
    int Receipts,
    int Starts,
    int FromStates,
    int Transfers,
    int FromOtherSites,
    long FetchedBytes,
    int Returns,
    ulong Views,
    ulong GlobalViews,
    ValueList<(string What, long Count)> Injected,
    ValueList<(Rejection Reason, long Count)> Refused,
    double VirtualSeconds);

/// <summary>
/// A whole system in one thread: sites, replicas, clients, network, disks, clocks, adversaries, and a judge that knows
/// the truth. One seed and the options fix everything that happens.
/// </summary>
public sealed class World
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private const long Second = 1_000_000;

    // Milliseconds by which wall clocks are wrong at most, to either side.
    private static readonly int[] Skews = [50, 250, 1_000, 5_000];

    private readonly ulong _seed;
    private readonly WorldOptions _options;
    private readonly Dice _dice;
    private readonly VirtualTime _time = new();
    private readonly Surroundings _around;
    private readonly VirtualReplica[] _replicas;
    private readonly VirtualClient[] _clients;
    private readonly long[] _wideDelays;
    private readonly PlaceTable _places;
    private readonly Action<string> _write;
    private readonly AtRest? _rest;
    private long _betweenSites;
    private LostDisks? _lostDisks;
    private readonly LostSite? _lostSite;

    /// <param name="write">Where a traced world tells what happens.</param>
    public World(ulong seed, WorldOptions options, Action<string> write)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_seed, _options, _write) = (seed, options, write);
        _dice = new Dice(Mix.Of(seed, 0x486f6c64));
        var keys = WorldKeys.Create(options, _dice.Fork());
        _places = new PlaceTable(keys.Genesis, options.ClientsPerSite, HasSharedKey);
        _wideDelays = [.. Enumerable.Range(0, options.Sites * options.Sites).Select(_ => _dice.Between(5_000, 60_000))];
        var network = new VirtualNetwork(_time, _dice.Fork(), _places.Count, DelayOf) { Watch = Count };
        Judge = new Judge(keys.Genesis, keys.Verifier);
        var drawn = Skews[_dice.Below(Skews.Length)];
        var skew = TimeSpan.FromMilliseconds(options.SkewMilliseconds ?? drawn);
        var retained = _dice.OneIn(2) || options.HasAbsent ? 0 : 4L << 20;
        _around = new Surroundings(
            _time, network, keys, Judge, _places, skew, retained, options.IsTraced ? Tell : _ => { })
        {
            Retention = options.HasLeftBehind ? LeftBehind.Retention : Retention.Usual,
            HasHangUps = options.HasHangUps || options.HasResets,
            HasLargeValues = options.HasLargeValues,
        };
        _replicas = [.. Enumerable.Range(0, _places.Replicas).Select(_ => (VirtualReplica)null!)];
        PlaceReplicas();
        _rest = options.IsIdleAtLast ? new AtRest(_around, _replicas) : null;
        _clients = [.. Enumerable.Range(0, BeyondSites)
            .Select(client => new VirtualClient(
                _around, client, client == 0 && HasSharedKey ? 0 : null, _dice.Fork(), options.Seconds * Second))];
        if (HasSharedKey)
        {
            _around.Injected.Add("two programs with one key");
            _clients = [.. _clients, new VirtualClient(_around, client: 0, 1, LaterDice(1), options.Seconds * Second)];
        }

        var faulty = options.FaultyClient == "any"
            ? _dice.OneIn(2) ? "none" : FaultyClient.Names[_dice.Below(FaultyClient.Names.Count)]
            : options.FaultyClient;
        if (options.HasLostSite)
        {
            _lostSite = new LostSite(_around, _replicas, BeyondSites, _dice.Fork(), options);
        }
        else if (faulty != "none")
        {
            _around.Injected.Add($"client {faulty}");
            FaultyClient.Begin(faulty, _around, BeyondSites, _dice.Fork(), options.Seconds * Second);
        }
    }

    public Judge Judge { get; }

    /// <summary>Runs to the end, or throws.</summary>
    /// <exception cref="WorldFailedException">A checker saw what must never be.</exception>
    public WorldResult Run()
    {
        try
        {
            foreach (var replica in _replicas)
            {
                replica.StartUnlessRunning();
            }

            if (!_options.IsCalm)
            {
                new Trouble(_around, _replicas, _dice.Fork(), _options).Plan();
            }

            _lostSite?.Plan();
            if (_options.HasRelapses)
            {
                new Relapses(_around, _replicas, LaterDice(2)).Plan();
            }

            if (_options.HasResets)
            {
                new Resets(_around, _replicas, _dice.Fork(), _options.Seconds * Second * 2 / 3).Plan();
            }

            if (_options.HasWiped)
            {
                _lostDisks = new LostDisks(_around, _replicas, _dice.Fork(), _options);
                _lostDisks.Plan();
            }

            _time.RunUntil(_options.Seconds * Second);
            RunUntilAnswered();
            _rest?.Run();
            Judge.Conclude(Patience);
            return Result();
        }
        catch (CheckFailedException failure)
        {
            foreach (var replica in _replicas)
            {
                _around.Trace($"{replica.Id}: {replica.Pump?.Status} {RefusalsOf(replica)}");
            }

            throw new WorldFailedException(failure, _seed, _options, _time.Events);
        }
    }

    /// <summary>The client that is of no site: a faulty one, or the operator, if the world has one.</summary>
    private int BeyondSites => _options.Sites * _options.ClientsPerSite;

    private bool HasSharedKey => _options is { HasSharedKey: true, ClientsPerSite: > 0 };

    /// <summary>For what was added when the meaning of seeds was fixed already: what it throws disturbs nobody.</summary>
    private Dice LaterDice(ulong which) => new(Mix.Of(Mix.Of(_seed, 0x6c617465), which));

    private IEnumerable<Node.Pump> Running => _replicas.Select(replica => replica.Pump).OfType<Node.Pump>();

    private void PlaceReplicas()
    {
        var size = _around.Keys.Genesis.Sites[0].Size;
        for (var site = 0; site < _options.Sites; site++)
        {
            var name = _options.Adversary == "any"
                ? _dice.OneIn(3) ? "none" : Adversary.OfSeeds[_dice.Below(Adversary.OfSeeds.Count)]
                : _options.Adversary;
            var faulty = name == "none" ? 0 : _options.Faulty ?? size.Faults;
            if (faulty > 0)
            {
                _around.Injected.Add($"replica {name}", faulty);
            }

            var story = new OtherStory();

            // The first view's primary is the seat with the most influence.
            var first = _dice.OneIn(2) ? 0 : _dice.Below(size.Replicas);
            for (var index = 0; index < size.Replicas; index++)
            {
                var id = new ReplicaId(new SiteId(site), index);
                var isFaulty = (index - first + size.Replicas) % size.Replicas < faulty;
                _replicas[_places.Of(id)] = Make(id, isFaulty ? name : null, story);
            }
        }
    }

    private VirtualReplica Make(ReplicaId id, string? adversary, OtherStory story)
    {
        var dice = _dice.Fork();
        return adversary is null
            ? new VirtualReplica(_around, id, dice, new VirtualStateStore(), null)
            : new VirtualReplica(_around, id, dice, new VirtualStateStore(), replica => Adversary.Create(
                adversary,
                new Seat(
                    replica,
                    _around.Keys.SignerOf(id),
                    replica.Genesis,
                    id,
                    dice.Fork(),
                    story,
                    replica.Later)
                {
                    Ally = AllyOf(),
                    Did = what => _around.Injected.Add(what),
                }));
    }

    /// <summary>The client beyond those of the sites, unless that is the operator.</summary>
    private Conspirator? AllyOf()
    {
        var signer = _around.Keys.ClientSigner(BeyondSites);
        return _options.HasLostSite ? null : new(_around.Keys.ClientKey(BeyondSites), message => signer.Sign(message.Span));
    }

    private void RunUntilAnswered()
    {
        var end = _time.Now + (long)Patience.TotalMicroseconds;
        while (_time.Now < end && !(Array.TrueForAll(_clients, client => client.IsDone) && !Judge.Progress.IsAwaited))
        {
            _time.RunUntil(_time.Now + (Second / 4));
        }
    }

    private WorldResult Result() => new(
        Mix.Of(_around.Network.Trail, (ulong)_time.Events),
        _time.Events,
        _around.Network.Frames,
        _betweenSites,
        _clients.Sum(client => client.Answered),
        Judge.Order.Count,
        Judge.States.Compared,
        Running.Max(pump => pump.Status.Executed.Number),
        ValueList.From(Judge.Clients.Counts.Select(entry => (entry.Key, entry.Value))),
        Judge.Clients.Receipts.Count,
        _replicas.Sum(replica => replica.Lives),
        _replicas.Sum(replica => replica.LivesFromState),
        _replicas.Sum(replica => replica.Transfers),
        _replicas.Sum(replica => replica.FromOtherSites),
        _replicas.Max(replica => replica.FetchedBytes),
        _lostDisks?.Returns ?? 0,
        Running.Max(pump => pump.Status.View.Number),
        Running.Max(pump => pump.Status.GlobalView.Number),
        _around.Injected.All,
        ValueList.From(Enum.GetValues<Rejection>()
            .Select(reason => (reason, Running.Sum(pump => pump.Counters.RefusedFor(reason))))
            .Where(entry => entry.Item2 > 0)),
        _time.Now / (double)Second);

    private long DelayOf(int from, int to)
    {
        var (one, other) = (_places.SiteAt(from), _places.SiteAt(to));
        return one == other
            ? _dice.Between(80, 400)
            : _wideDelays[(Math.Min(one, other) * _options.Sites) + Math.Max(one, other)] + _dice.Between(0, 1_000);
    }

    private void Count(int from, int to, Bytes frame)
    {
        _betweenSites += _places.SiteAt(from) == _places.SiteAt(to) ? 0 : 1;
        _rest?.Heard(from, to, frame);
    }

    private void Tell(string what) => _write($"{_time.Now / (double)Second,10:F6} {_time.Events,8} {what}");

    private static string RefusalsOf(VirtualReplica replica) => replica.Pump is not { } pump
        ? "is down"
        : string.Join(' ', Enum.GetValues<Rejection>()
            .Where(reason => pump.Counters.RefusedFor(reason) > 0)
            .Select(reason => $"{reason}={pump.Counters.RefusedFor(reason)}"));
}
