using Holdfast.Simulation.Costs;

namespace Holdfast.Simulation.Tests;

/// <summary>Good clients that have far more under way than the system carries at a time.</summary>
public sealed class BusyClientTests
{
    private const long Second = CalmWorld.Second;
    private const int ClientsPerSite = 4;
    private const int UnderWay = 25;

    /// <summary>All primaries die meanwhile, so that hundreds of requests come to replicas that know none of them.</summary>
    [Fact]
    public void No_update_of_a_busy_client_is_left_behind_by_its_later_ones()
    {
        var longest = 0L;
        var world = new CalmWorld(
            faults: 1,
            ClientsPerSite,
            new Dice(7),
            static (_, _) => { },
            around => around with { Costs = new(Update: 1_000, LetIn: 70, TurnedAway: 15) });
        world.Start();
        world.Time.RunUntil(Second);
        var clients = Enumerable.Range(0, CalmWorld.Sites * ClientsPerSite)
            .Select(client => new SteadyClient(
                world.Around, client, world.Dice.Fork(), took => longest = Math.Max(longest, took), UnderWay))
            .ToList();

        world.Time.RunUntil(6 * Second);
        foreach (var site in Enumerable.Range(0, CalmWorld.Sites).Select(world.Of))
        {
            site[site[0].Pump!.Status.Primary].StayAway();
        }

        world.Time.RunUntil(26 * Second);

        longest = Math.Max(longest, world.Time.Now - clients.Min(client => client.OldestAskedAt));
        Assert.All(clients, client => Assert.InRange(client.Done, 200, int.MaxValue));
        Assert.InRange(longest, 1, 10 * Second);
    }
}
