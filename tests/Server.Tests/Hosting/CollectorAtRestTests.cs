using Holdfast.Server.Hosting;

namespace Holdfast.Server.Tests.Hosting;

public sealed class CollectorAtRestTests
{
    private const long Enough = 8L * 1024 * 1024;

    [Fact]
    public void It_rests_once_at_a_time_and_ends_though_a_collection_came_between()
    {
        using (var rest = CollectorAtRest.WhileReading(Enough))
        {
            Assert.True(rest.HasBegun);
            GC.Collect();
        }

        using var next = CollectorAtRest.WhileReading(Enough);
        Assert.True(next.HasBegun);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Enough / 4)]
    [InlineData(long.MaxValue / 16)]
    public void It_does_not_for_little_nor_for_more_than_the_machine_has(long storedBytes)
    {
        using var rest = CollectorAtRest.WhileReading(storedBytes);
        Assert.False(rest.HasBegun);
    }
}
