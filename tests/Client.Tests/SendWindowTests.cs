using Holdfast.Protocol;

namespace Holdfast.Client.Tests;

/// <summary>How many requests a client has out at a time.</summary>
public sealed class SendWindowTests
{
    private readonly SendWindow _window = new(requestsMax: 16);
    private Instant _now = new(5_000_000);

    [Fact]
    public void It_is_as_wide_as_the_settings_allow_and_never_wider()
    {
        _window.Grow();

        Assert.Equal(16, _window.Requests);
    }

    [Fact]
    public void A_refusal_halves_it_and_those_of_the_same_moment_do_not_again()
    {
        _window.Shrink(_now);
        _now += TimeSpan.FromMilliseconds(50);
        _window.Shrink(_now);

        Assert.Equal(8, _window.Requests);
    }

    [Fact]
    public void Who_is_refused_again_and_again_still_sends_one_at_a_time()
    {
        for (var refusal = 0; refusal < 20; refusal++)
        {
            _window.Shrink(_now);
            _now += TimeSpan.FromSeconds(1);
        }

        Assert.Equal(1, _window.Requests);
    }

    [Fact]
    public void A_turn_of_answers_widens_it_by_one()
    {
        _window.Shrink(_now);
        for (var answer = 0; answer < 9; answer++)
        {
            _window.Grow();
        }

        Assert.Equal(9, _window.Requests);
    }
}
