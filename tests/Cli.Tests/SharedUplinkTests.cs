using System.Diagnostics;
using Holdfast.Cli.Demo;

namespace Holdfast.Cli.Tests;

/// <summary>A narrow road carries so much and no more, whoever hands it over.</summary>
public sealed class SharedUplinkTests : IDisposable
{
    private const double Megabits = 8;
    private static readonly long BytesPerSecond = 1_000_000;
    private readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_handed_over_leaves_one_byte_after_the_other()
    {
        var now = Stopwatch.Frequency;
        using var uplink = new SharedUplink(_folder["uplink"], () => now);
        uplink.Widen(Megabits);

        Assert.Equal(now + Ticks(1000), uplink.Departure(1000));
        Assert.Equal(now + Ticks(1500), uplink.Departure(500));
        now += Ticks(10_000);
        Assert.Equal(now + Ticks(1), uplink.Departure(1));
    }

    [Fact]
    public void A_road_is_as_wide_as_anyone_likes_until_it_is_said_to_be_narrow_and_afterwards()
    {
        using var uplink = new SharedUplink(_folder["uplink"], () => 0);

        Assert.Equal(0, uplink.Departure(int.MaxValue));
        uplink.Widen(Megabits);
        Assert.Equal(Ticks(1000), uplink.Departure(1000));
        uplink.Widen(null);
        Assert.Equal(Ticks(1000), uplink.Departure(1000));
    }

    [Fact]
    public void Those_who_share_a_file_share_the_road()
    {
        using var one = new SharedUplink(_folder["uplink"]);
        using var other = new SharedUplink(_folder["uplink"]);
        using var elsewhere = new SharedUplink(_folder["elsewhere"]);
        one.Widen(Megabits);

        var first = one.Departure((int)(60 * BytesPerSecond));
        var second = other.Departure(1000);

        Assert.Equal(first + Ticks(1000), second);
        Assert.True(elsewhere.Departure(1000) < first);
    }

    [Fact]
    public void Those_who_hand_over_at_once_get_no_more_than_the_road_carries()
    {
        const int Hands = 4;
        const int Each = 5000;
        using var uplink = new SharedUplink(_folder["uplink"], () => 0);
        uplink.Widen(Megabits);
        var departures = new long[Hands][];

        Parallel.For(0, Hands, hand =>
        {
            using var own = new SharedUplink(_folder["uplink"], () => 0);
            departures[hand] = [.. Enumerable.Range(0, Each).Select(_ => own.Departure(10))];
        });

        Assert.Equal(Hands * Each, departures.SelectMany(one => one).Distinct().Count());
        Assert.Equal(Ticks(((Hands * Each) + 1) * 10), uplink.Departure(10));
    }

    [Theory]
    [InlineData("--uplink", "0")]
    [InlineData("--uplink", "100001")]
    public async Task A_road_of_no_width_is_refused(string option, string value)
    {
        var told = await Told.ByAsync("bench", option, value);

        Assert.Equal(ExitCode.Usage, told.ExitCode);
        Assert.Contains(option, told.Error);
    }

    [Fact]
    public async Task A_narrow_road_without_a_length_is_refused()
    {
        var told = await Told.ByAsync("bench", "--uplink", "10", "--delay", "0");

        Assert.Equal(ExitCode.Usage, told.ExitCode);
        Assert.Contains("--delay", told.Error);
    }

    private static long Ticks(long bytes) => bytes * Stopwatch.Frequency / BytesPerSecond;
}
