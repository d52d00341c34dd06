using Holdfast.Protocol.Messages;
using static Holdfast.Protocol.Tests.OrderingStage;

namespace Holdfast.Protocol.Tests;

/// <summary>Each cause alone makes a site want another view, after its time-out and not before.</summary>
public sealed class CausesOfSuspicionTests
{
    private readonly Company _company = new(3);

    [Fact]
    public void A_leading_site_that_does_not_see_the_own_registers_is_suspected()
    {
        _company[1].OnUnseen(Site(0), _company.Now);
        Assert.Equal(V(1), WantedAfterTheTimeout(() => _company.HearStatus(1, from: 0)));
    }

    [Fact]
    public void A_leading_site_that_is_heard_and_sees_everything_is_not()
    {
        Assert.Equal(V(0), WantedAfterTheTimeout(() => _company.HearStatus(1, from: 0)));
    }

    [Fact]
    public void A_silent_leading_site_is_suspected() => Assert.Equal(V(1), WantedAfterTheTimeout(() => { }));

    [Fact]
    public void A_view_that_is_not_installed_in_time_is_left()
    {
        var shown = new OrderingStatus(V(2), V(2), G(0), G(0), V(2));
        _company.Do(1, (o, output) => o.OnStatus(_company.Now, Site(2), shown, 0, output));
        Assert.Equal((V(2), V(2)), (_company[1].View, _company[1].Status.Wanted));
        Assert.Equal(V(3), WantedAfterTheTimeout(() => _company.HearStatus(1, from: 0)));
    }

    /// <summary>Fetching a state may take minutes, and one more wish would end the view each time.</summary>
    [Fact]
    public void A_site_that_has_yet_to_fetch_what_a_view_rests_on_wants_no_other_while_it_hears_who_leads()
    {
        var shown = new OrderingStatus(V(2), V(2), G(50), G(50), V(2));
        _company.Hear(1, from: 2, new GlobalNewView(V(2), G(50), Digest.Of("the log"u8), 0, 1, []));
        Assert.Equal((V(2), V(0)), (_company[1].View, _company[1].InstalledView));

        void Hear() => _company.Do(1, (o, output) => o.OnStatus(_company.Now, Site(2), shown, 0, output));
        Hear();
        _company.Do(1, (o, output) => o.OnStatus(_company.Now, Site(0), shown with { View = V(0), InstalledView = V(0) }, 0, output));
        Assert.Equal(V(2), WantedAfterTheTimeout(Hear));
        Assert.Equal(V(2), WantedAfterTheTimeout(Hear));
        Assert.Equal(V(3), WantedAfterTheTimeout(() => { }));
    }

    /// <summary>Its word alone that there is such a log would keep all others waiting for ever.</summary>
    [Fact]
    public void A_leading_site_whose_log_no_other_has_come_near_is_left()
    {
        var shown = new OrderingStatus(V(2), V(2), G(50), G(50), V(2));
        _company.Hear(1, from: 2, new GlobalNewView(V(2), G(50), Digest.Of("the log"u8), 0, 1, []));

        Assert.Equal(V(3), WantedAfterTheTimeout(
            () => _company.Do(1, (o, output) => o.OnStatus(_company.Now, Site(2), shown, 0, output))));
    }

    [Fact]
    public void Calm_halves_the_doubled_time_out()
    {
        var atFirst = _company[1].GlobalTimeout;
        for (var view = 2UL; view <= 5; view += 3)
        {
            var shown = new OrderingStatus(V(view), V(view), G(0), G(0), V(view));
            _company.Do(1, (o, output) => o.OnStatus(_company.Now, Site(2), shown, 0, output));
        }

        Assert.Equal(atFirst * 2, _company[1].GlobalTimeout);
        _company.Hear(1, from: 2, new GlobalNewView(V(5), G(0), default, 0, 1, []));
        Assert.Equal(V(5), _company[1].InstalledView);
        var leading = new OrderingStatus(V(5), V(5), G(0), G(0), V(5));
        for (var left = Limits.Calm.TotalSeconds; left > 0; left--)
        {
            Assert.Equal(atFirst * 2, _company[1].GlobalTimeout);
            _company.Now += TimeSpan.FromSeconds(1);
            _company.Do(1, (o, output) => o.OnStatus(_company.Now, Site(2), leading, 0, output));
        }

        Assert.Equal(atFirst, _company[1].GlobalTimeout);
    }

    [Fact]
    public void The_time_out_grants_the_leading_site_as_many_pairs_as_may_be_bad_and_two_local_view_changes()
    {
        var genesis = Sample.Genesis(2, 1, 1);
        var ordering = new GlobalOrdering(genesis, Site(1));
        ordering.OnLinkMeasured(Site(0), TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(250));

        // Two bad ones of the leading site and an own one, one more since the sizes differ, and a good pair.
        var least = (5 * TimeSpan.FromMilliseconds(250)) + (2 * Limits.LocalViewChange);
        Assert.Equal(least, ordering.GlobalTimeout);

        // Under load one pair can be silent for longer; after it several speak at once.
        ordering.OnLinkMeasured(Site(0), TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(2000));
        Assert.Equal(least + TimeSpan.FromMilliseconds(1750), ordering.GlobalTimeout);
    }

    private GlobalView WantedAfterTheTimeout(Action meanwhile)
    {
        var (before, end) = (_company[1].Status.Wanted, _company.Now + _company[1].GlobalTimeout);
        while (_company.Now < end)
        {
            Assert.Equal(before, _company[1].Status.Wanted);
            _company.Now += TimeSpan.FromMilliseconds(200);
            meanwhile();
            _company.Pass(1);
        }

        return _company[1].Status.Wanted;
    }
}
