namespace Holdfast.Protocol.Tests;

/// <summary>How the clocks of a site come together, and who cannot keep them apart.</summary>
public sealed class ReferenceClockTests
{
    private const long Second = 1_000_000;
    private const long Far = 1L << 60;
    private static readonly SiteSize Four = new(1);

    [Fact]
    public void A_clock_that_the_site_goes_by_is_drawn_by_a_twentieth_of_the_time_and_never_runs_back()
    {
        var clock = new ReferenceClock(Four, self: 0, new(0), new(1_000_000));
        clock.OnGoneBy(new(0));
        clock.OnTold(1, new(0), new(1_045_000));
        Assert.Equal(new(1_100_000), clock.At(new(100_000)));

        clock.OnTold(2, new(100_000), new(1_145_000));
        Assert.Equal(new(1_100_000 + 100_000 + 5_000), clock.At(new(200_000)));

        clock.OnTold(1, new(200_000), new(0));
        clock.OnTold(2, new(200_000), new(-1));
        Assert.Equal(new(1_205_000 + 100_000 - 5_000), clock.At(new(300_000)));
    }

    [Fact]
    public void While_the_site_does_not_go_by_it_a_clock_takes_over_what_a_quorum_shows_at_once()
    {
        var clock = new ReferenceClock(Four, self: 0, new(0), new(0));
        clock.OnTold(1, new(0), new(9 * Second));
        Assert.Equal(new(0), clock.At(new(0)));

        clock.OnTold(2, new(0), new(5 * Second));
        Assert.Equal(new(5 * Second), clock.At(new(0)));

        clock.OnTold(1, new(0), new(-2 * Second));
        clock.OnTold(2, new(0), new(-2 * Second));
        Assert.Equal(new(-2 * Second), clock.At(new(0)));

        clock.OnGoneBy(new(0));
        clock.OnTold(1, new(1), new(-9 * Second));
        clock.OnTold(2, new(1), new(-9 * Second));
        Assert.Equal(new((-2 * Second) + 1), clock.At(new(1)));

        clock.OnTold(2, new(2 * Second), new(-9 * Second));
        Assert.InRange(clock.At(new(2 * Second)).Microseconds, -9 * Second, -7 * Second);
    }

    /// <summary>It stood still, and others may need its vote: a twentieth of the time is hours after an hour.</summary>
    [Fact]
    public void A_clock_far_behind_the_middle_goes_there_at_once_and_not_to_a_liar_and_one_ahead_does_not()
    {
        var clock = new ReferenceClock(Four, self: 0, new(0), new(0));
        clock.OnGoneBy(new(0));
        clock.OnTold(1, new(0), new(Far));
        clock.OnTold(2, new(0), new(50_000));
        Assert.Equal(new(0), clock.At(new(0)));

        clock.OnTold(2, new(0), new(50_001));
        Assert.Equal(new(50_001), clock.At(new(0)));

        clock.OnTold(1, new(0), new(-Far));
        clock.OnTold(2, new(0), new(0));
        Assert.Equal(new(50_001), clock.At(new(0)));
    }

    /// <summary>Words take their time, and clocks that took that over again and again would all stand still.</summary>
    [Fact]
    public void What_the_way_of_the_words_explains_is_not_taken_over_at_once()
    {
        var clock = new ReferenceClock(Four, self: 0, new(0), new(0));
        clock.OnTold(1, new(0), new(-25_000));
        clock.OnTold(2, new(0), new(-25_000));

        Assert.Equal(new(0), clock.At(new(0)));
    }

    [Fact]
    public void A_clock_is_never_before_what_agreed_time_proves()
    {
        var clock = new ReferenceClock(Four, self: 0, new(0), new(0));
        clock.OnGoneBy(new(0));
        clock.NotBefore(new(100), new(5 * Second));
        Assert.Equal(new(5 * Second), clock.At(new(100)));

        clock.NotBefore(new(100), new(2 * Second));
        Assert.Equal(new(5 * Second), clock.At(new(100)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void One_liar_neither_leads_clocks_away_nor_holds_them_apart(bool isGoneBy)
    {
        ReferenceClock[] clocks = [.. new[] { 0, 1, 4 }.Select((seconds, self) =>
            new ReferenceClock(Four, self, new(0), new(seconds * Second)))];
        for (var now = 0L; now <= 200 * Second; now += Second / 10)
        {
            foreach (var clock in clocks.Where(_ => isGoneBy))
            {
                clock.OnGoneBy(new(now));
            }

            var shown = clocks.Select(clock => clock.At(new(now)).Microseconds - now).ToArray();
            Assert.All(shown, offset => Assert.InRange(offset, 0, 4 * Second));
            TellAll(clocks, shown, now);
        }

        var last = clocks.Select(clock => clock.At(new(200 * Second)).Microseconds).ToArray();
        Assert.InRange(last.Max() - last.Min(), 0, 50_000);
    }

    /// <summary>The liar confirms each in its own time: whoever is behind in being behind, whoever is ahead in being
    /// ahead.</summary>
    private static void TellAll(ReferenceClock[] clocks, long[] shown, long now)
    {
        var middle = (shown.Min() + shown.Max()) / 2;
        for (var hearer = 0; hearer < clocks.Length; hearer++)
        {
            for (var speaker = 0; speaker < clocks.Length; speaker++)
            {
                clocks[hearer].OnTold(speaker, new(now), new(shown[speaker] + now));
            }

            clocks[hearer].OnTold(3, new(now), new(shown[hearer] <= middle ? -Far : Far));
        }
    }
}
