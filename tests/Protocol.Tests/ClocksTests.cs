namespace Holdfast.Protocol.Tests;

public sealed class ClocksTests
{
    /// <summary>Such a time may stand in an entry of a site whose replicas lie: to count with it must not stop those who do not.</summary>
    [Theory]
    [InlineData(long.MaxValue, 0, 1)]
    [InlineData(long.MaxValue, long.MinValue, 1)]
    [InlineData(long.MinValue, long.MaxValue, -1)]
    [InlineData(1L << 62, 1_700_000_000_000_000, 1)]
    public void The_time_between_the_most_distant_times_is_a_long_one(long left, long right, int sign)
    {
        var between = new Timestamp(left) - new Timestamp(right);

        Assert.Equal(sign, Math.Sign(between.Ticks));
        Assert.True(between.Duration() > TimeSpan.FromDays(10_000_000));
    }

    [Fact]
    public void Times_that_lie_together_are_as_far_apart_as_they_are() =>
        Assert.Equal(TimeSpan.FromMicroseconds(-3), new Timestamp(1_700_000_000_000_000) - new Timestamp(1_700_000_000_000_003));
}
