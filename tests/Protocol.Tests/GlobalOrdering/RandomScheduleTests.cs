namespace Holdfast.Protocol.Tests;

/// <summary>The whole of section 8 under random schedules: short runs, many seeds.</summary>
public sealed class RandomScheduleTests
{
    [Theory]
    [InlineData(1, 50, 200)]
    [InlineData(2, 200, 300)]
    [InlineData(3, 1000, 400)]
    [InlineData(4, 200, 400)]
    [InlineData(5, 500, 500)]
    [InlineData(7, 100, 600)]
    public void Sites_never_disagree_lose_or_invent_and_all_is_executed_once_the_network_heals(
        int sites, int runs, int steps)
    {
        var (views, entries) = (0UL, 0);
        for (var seed = 1; seed <= runs; seed++)
        {
            var world = new WideArea(sites, (ulong)((sites * 1_000_000) + seed));
            for (var step = 0; step < steps && world.Fault is null; step++)
            {
                world.Step();
            }

            Assert.True(world.Heals(), $"seed {seed}: {world.Describe()}");
            views += world.HighestView;
            entries += world.Oracle.Length;
        }

        // A schedule that changes nothing would try nothing.
        Assert.True(sites <= 2 || views > (ulong)runs / 4, $"{views} views in {runs} runs");
        Assert.True(entries > runs, $"{entries} entries in {runs} runs");
    }

    [Fact]
    public void What_is_saved_is_all_that_a_site_is()
    {
        for (var seed = 1UL; seed <= 60; seed++)
        {
            var world = new WideArea(sites: 3 + (2 * (int)(seed % 2)), seed, withTwins: true);
            for (var step = 0; step < 400 && world.Fault is null; step++)
            {
                world.Step();
            }

            Assert.True(world.Heals(), $"seed {seed}: {world.Describe()}");
        }
    }
}
