using Holdfast.Simulation.Adversaries;

namespace Holdfast.Simulation;

/// <summary>A world in which nothing goes wrong by itself, for measuring: three sites 25 ms apart, replicas of
/// production in virtual time. Equal code and draws give equal worlds on any machine.</summary>
internal sealed class CalmWorld
{
    public const int Sites = 3;
    public const long Second = 1_000_000;
    private const long WideDelay = 25_000;
    private const long LocalDelay = 100;

    /// <param name="trace">Told what happens, with the time in seconds.</param>
    public CalmWorld(
        int faults,
        int clientsPerSite,
        Dice dice,
        Action<long, string> trace,
        Func<Surroundings, Surroundings> fit)
    {
        Dice = dice;
        var options = new WorldOptions { Sites = Sites, Faults = faults, ClientsPerSite = clientsPerSite };
        var keys = WorldKeys.Create(options, dice.Fork());
        Places = new PlaceTable(keys.Genesis, clientsPerSite);
        Network = new VirtualNetwork(Time, dice.Fork(), Places.Count, DelayOf);
        Around = fit(new Surroundings(
            Time,
            Network,
            keys,
            new Judge(keys.Genesis, keys.Verifier),
            Places,
            TimeSpan.Zero,
            RetainedBytes: 4 << 20,
            what => trace(Time.Now, what)));
    }

    public Dice Dice { get; }

    public VirtualTime Time { get; } = new();

    public PlaceTable Places { get; }

    public VirtualNetwork Network { get; }

    public Surroundings Around { get; }

    public IReadOnlyList<VirtualReplica> Replicas { get; private set; } = [];

    public void Start() => Start(_ => null, wakesAt: 0);

    /// <param name="adversary">Names what is inside a replica; null for a correct one.</param>
    /// <param name="wakesAt">Until then all are correct.</param>
    public void Start(Func<ReplicaId, string?> adversary, long wakesAt)
    {
        var stories = Enumerable.Range(0, Sites).Select(_ => new OtherStory()).ToArray();
        Replicas = [.. Enumerable.Range(0, Places.Replicas)
            .Select(place => Places.ReplicaAt(place)!.Value)
            .Select(id => Make(id, adversary(id), stories[id.Site.Index], wakesAt))];
        foreach (var replica in Replicas)
        {
            replica.StartUnlessRunning();
        }
    }

    public VirtualReplica[] Of(int site) => [.. Replicas.Where(replica => replica.Id.Site.Index == site)];

    private VirtualReplica Make(ReplicaId id, string? adversary, OtherStory story, long wakesAt)
    {
        var dice = Dice.Fork();
        return new(Around, id, dice, new VirtualStateStore(), adversary is null ? null : Corrupt);

        Sleeper Corrupt(VirtualReplica replica)
        {
            var seat = new Seat(
                replica, Around.Keys.SignerOf(id), replica.Genesis, id, dice.Fork(), story, replica.Later);
            return new(seat, Adversary.Create(adversary, seat), () => Time.Now >= wakesAt);
        }
    }

    private long DelayOf(int from, int to) => Places.SiteAt(from) == Places.SiteAt(to) ? LocalDelay : WideDelay;
}
