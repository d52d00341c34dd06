using Holdfast.Simulation.Costs;

namespace Holdfast.Simulation.Throughput;

/// <summary>Measures what good clients get done while others do their worst, in virtual time. An update costs each
/// replica a millisecond, so that a system carries a thousand of them a second; each draw has other dice.</summary>
public sealed class ThroughputWorld
{
    private const int Faults = 1;
    private const int ReplicasPerSite = (3 * Faults) + 1;
    private const int GoodClients = 10;
    private const int BadClients = 100;
    private const int ClientsPerSite = (GoodClients + BadClients + CalmWorld.Sites - 1) / CalmWorld.Sites;
    private const long ClientsBegin = CalmWorld.Second;
    private const long WatchedFrom = 4 * CalmWorld.Second;
    private const long WatchedFor = 12 * CalmWorld.Second;

    private readonly CalmWorld _world;
    private readonly long[] _answeredAt = new long[GoodClients];
    private int _answers;
    private long _longest;

    private ThroughputWorld(ulong draw)
    {
        _world = new CalmWorld(
            Faults,
            ClientsPerSite,
            new Dice(Mix.Of(draw, 0x4b657074)),
            static (_, _) => { },
            around => around with { Costs = new(Update: 1_000, LetIn: 70, TurnedAway: 15) });
    }

    /// <exception cref="Checkers.CheckFailedException">Something false happened.</exception>
    public static KeptThroughput Measure(ThroughputScene scene, ulong draw)
    {
        ArgumentNullException.ThrowIfNull(scene);
        var without = new ThroughputWorld(draw);
        var roles = without.RunUntilWatched(null, []);
        var calm = without.Watch();
        var with = new ThroughputWorld(draw);
        with.RunUntilWatched(scene, roles);
        return new(calm, with.Watch());
    }

    /// <param name="roles">As they will be then: equal draws give equal worlds until one is woken.</param>
    /// <returns>Of every site its primary and its representative to the leading site.</returns>
    private Roles[] RunUntilWatched(ThroughputScene? scene, Roles[] roles)
    {
        _world.Start(
            replica => scene is { Adversary: { } name }
                && IsBad(replica, roles[replica.Site.Index].Seat(scene.IsInPrimary), scene.InEverySite) ? name : null,
            WatchedFrom);
        _world.Time.RunUntil(ClientsBegin);
        for (var number = 0; number < GoodClients; number++)
        {
            var client = number;
            _ = new SteadyClient(_world.Around, PlaceOf(client), _world.Dice.Fork(), _ => Answered(client));
        }

        for (var number = GoodClients; number < GoodClients + BadClients; number++)
        {
            var bad = new TirelessClient(_world.Around, PlaceOf(number), _world.Dice.Fork());
            if (scene is { IsFlooded: true })
            {
                bad.Begin(WatchedFrom);
            }
        }

        _world.Time.RunUntil(WatchedFrom);
        return [.. Enumerable.Range(0, CalmWorld.Sites).Select(RolesOf)];
    }

    private static bool IsBad(ReplicaId replica, int first, int many) =>
        (replica.Index - first + ReplicasPerSite) % ReplicasPerSite < many;

    /// <summary>From the moment on in which it begins, with what it takes to find who is at fault.</summary>
    private GotDone Watch()
    {
        (_answers, _longest) = (0, 0);
        Array.Fill(_answeredAt, WatchedFrom);
        _world.Time.RunUntil(WatchedFrom + WatchedFor);
        _longest = Math.Max(_longest, _answeredAt.Max(at => _world.Time.Now - at));
        return new(_answers, TimeSpan.FromMicroseconds(_longest));
    }

    private Roles RolesOf(int site)
    {
        var status = _world.Of(site)[0].Pump!.Status;
        var leading = status.LeadingSite.Index;
        var peer = site == leading ? (leading + 1) % CalmWorld.Sites : leading;
        return new(status.Primary, status.Links.Single(link => link.Peer.Index == peer).Representative);
    }

    /// <summary>Good ones and bad ones are spread over all sites.</summary>
    private static int PlaceOf(int number) =>
        (number % CalmWorld.Sites * ClientsPerSite) + (number / CalmWorld.Sites);

    private void Answered(int client)
    {
        _answers++;
        _longest = Math.Max(_longest, _world.Time.Now - _answeredAt[client]);
        _answeredAt[client] = _world.Time.Now;
    }

    private readonly record struct Roles(int Primary, int Representative)
    {
        public int Seat(bool isPrimary) => isPrimary ? Primary : Representative;
    }
}
