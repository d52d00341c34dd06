using Holdfast.Simulation.Throughput;

namespace Holdfast.Simulation.Tests;

/// <summary>What good clients keep of their throughput in virtual time. './holdfast bench attacked' plays all scenes,
/// and more draws.</summary>
public sealed class ThroughputTests
{
    [Theory]
    [InlineData("slow primary")]
    [InlineData("primary that says it is full")]
    [InlineData("primary that hears no client")]
    [InlineData("flood")]
    public void Good_clients_keep_what_is_promised(string name)
    {
        var scene = ThroughputScene.All.Single(scene => scene.Name == name);

        var kept = ThroughputWorld.Measure(scene, draw: 0);

        Assert.InRange(kept.Without.Updates, 1_000, int.MaxValue);
        Assert.InRange(kept.Share, scene.Keeps, double.MaxValue);

        // Worlds in which nothing is done to anybody are equal to the microsecond.
        Assert.NotEqual(kept.Without, kept.With);
    }

    [Fact]
    public void More_than_f_silent_ones_are_seen_to_break_the_promise()
    {
        var scene = ThroughputScene.All.Single(scene => scene.Name == "f silent in every site");

        var kept = ThroughputWorld.Measure(scene with { InEverySite = 2 }, draw: 0);

        Assert.InRange(kept.Share, 0, 0.1);
    }
}
