namespace Holdfast.Protocol.Tests;

/// <summary>How long a site waits for a signature before it tries others.</summary>
public sealed class SigningPaceTests
{
    [Fact]
    public void A_member_that_is_always_just_in_time_does_not_make_the_site_patient()
    {
        var pace = new SigningPace();
        for (var batch = 0; batch < 1000; batch++)
        {
            pace.OnSigned(taken: pace.RetryAfter, first: TimeSpan.FromMilliseconds(5));
        }

        Assert.InRange(pace.RetryAfter, TimeSpan.Zero, TimeSpan.FromMilliseconds(400));
    }

    [Fact]
    public void Where_all_are_fast_a_missing_share_costs_a_tenth_of_a_second()
    {
        var pace = new SigningPace();
        for (var batch = 0; batch < 1000; batch++)
        {
            pace.OnSigned(taken: TimeSpan.FromMilliseconds(5), first: TimeSpan.FromMilliseconds(2));
        }

        Assert.Equal(TimeSpan.FromMilliseconds(100), pace.RetryAfter);
        Assert.Equal(TimeSpan.FromMilliseconds(50), pace.Usual);
    }

    [Fact]
    public void Where_all_are_slow_a_site_is_patient()
    {
        var pace = new SigningPace();
        for (var batch = 0; batch < 1000; batch++)
        {
            pace.OnSigned(taken: TimeSpan.FromMilliseconds(800), first: TimeSpan.FromMilliseconds(500));
        }

        Assert.InRange(pace.RetryAfter, TimeSpan.FromMilliseconds(2300), TimeSpan.FromMilliseconds(2500));
    }
}
