using Holdfast.Simulation.Throughput;

namespace Holdfast.Simulation.Tests;

/// <summary>What good clients keep of their throughput in virtual time. './holdfast bench attacked' plays all scenes,
/// and more draws.</summary>
public sealed class ThroughputTests
{
    [Theory]
    [InlineData("slow primary")]
    [InlineData("flood")]
    public void Good_clients_keep_what_is_promised(string name)
    {
        var scene = ThroughputScene.All.Single(scene => scene.Name == name);

        var kept = ThroughputWorld.Measure(scene, draw: 0);

        Assert.InRange(kept.Without, 1_000, int.MaxValue);
        Assert.InRange(kept.Share, scene.Keeps, double.MaxValue);
        Assert.NotEqual(kept.Without, kept.With);
    }
}
