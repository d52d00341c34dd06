using Holdfast.Simulation.Pauses;

namespace Holdfast.Simulation.Tests;

/// <summary>How long clients wait in virtual time, where nothing but the protocol takes time. './holdfast bench pauses'
/// plays many more draws.</summary>
public sealed class PauseTests
{
    [Theory]
    [InlineData("killed primary")]
    [InlineData("silent primary")]
    [InlineData("killed representative")]
    [InlineData("silent representative")]
    [InlineData("two killed primaries in a row")]
    [InlineData("killed leading site")]
    [InlineData("leading site cut off")]
    public void No_client_waits_longer_than_is_promised(string name)
    {
        var scene = PauseScene.All.Single(scene => scene.Name == name);

        var pause = PauseWorld.Measure(scene, draw: 0);

        Assert.InRange(pause.Longest, TimeSpan.FromMilliseconds(50), scene.Bar);
        Assert.InRange(pause.ViewChanges, 0UL, (ulong)scene.Faults + 1);
    }

    /// <summary>The measure of it: where nobody tells that a process is gone, time-outs have to find out.</summary>
    [Fact]
    public void Who_hangs_up_is_missed_sooner_than_who_falls_silent() =>
        Assert.True(2 * Longest("killed primary") < Longest("silent primary"));

    private static TimeSpan Longest(string name) =>
        PauseWorld.Measure(PauseScene.All.Single(scene => scene.Name == name), draw: 6).Longest;
}
