namespace Holdfast.Protocol.Tests;

/// <summary>How often sites are heard that have nothing to say.</summary>
public sealed class HeartbeatTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void The_leading_site_is_heard_four_times_within_the_time_out_of_each_that_watches_it(int sites)
    {
        var world = new MachineWorld(sites);
        world.Talk();
        var before = world[0].Links[new(1)].VersionSeenByPeer;
        var seconds = 20 * world[1].Ordering.GlobalTimeout.TotalSeconds;
        world.Talk(rounds: (int)(seconds / 0.01), milliseconds: 10);

        // One that would be due soon is brought forward, where an acknowledgement goes out anyway.
        Assert.InRange(world[0].Links[new(1)].VersionSeenByPeer - before, 79UL, 160UL);
        Assert.InRange(world[1].Links[new(0)].VersionSeenByPeer, (ulong)seconds, 2 * (ulong)(seconds + 2));
    }
}
