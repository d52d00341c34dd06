using Holdfast.Protocol.Messages;
using static Holdfast.Protocol.Tests.OrderingStage;

namespace Holdfast.Protocol.Tests;

/// <summary>In a view only words of that view count, and only where it is installed.</summary>
public sealed class WordsOfOtherViewsTests
{
    private readonly Company _company = new(5);

    [Fact]
    public void What_is_committed_in_another_view_is_not_committed_here()
    {
        _company.Hear(1, from: 2, NewView(2, [Empty(1)]));
        Assert.Equal((V(2), G(1)), (_company[1].InstalledView, _company[1].LogEnd));

        _company.Do(1, (o, output) => o.OnStatus(_company.Now, Site(3), Shows(0, 0, 1, 1), 0, output));
        Assert.Equal(G(0), _company[1].Committed);
        _company.Do(1, (o, output) => o.OnStatus(_company.Now, Site(3), Shows(2, 2, 1, 1), 0, output));
        Assert.Equal(G(1), _company[1].Committed);
    }

    [Fact]
    public void What_a_majority_accepts_in_another_view_is_not_committed_in_this_one()
    {
        _company.Hear(1, from: 2, NewView(2, [Empty(1)]));
        foreach (var (from, view) in new[] { (3, 0UL), (4, 1UL), (0, 0UL), (3, 2UL) })
        {
            _company.Do(1, (o, output) => o.OnStatus(_company.Now, Site(from), Shows(view, view, 1, 0), 0, output));
            Assert.Equal(G(0), _company[1].Committed);
        }

        _company.Do(1, (o, output) => o.OnStatus(_company.Now, Site(4), Shows(2, 2, 1, 0), 0, output));
        Assert.Equal(G(1), _company[1].Committed);
    }

    [Fact]
    public void The_newest_pair_of_a_site_counts_and_never_a_maximum()
    {
        _company.Do(1, (o, output) => o.OnStatus(_company.Now, Site(2), Shows(0, 0, 1, 0), 0, output));
        _company.Do(1, (o, output) => o.OnStatus(_company.Now, Site(2), Shows(0, 0, 0, 0), 0, output));
        _company.Hear(1, from: 0, Proposal(view: 0, sequence: 1));
        Assert.Equal((G(1), G(0)), (_company[1].LogEnd, _company[1].Committed));
    }

    [Fact]
    public void What_a_leading_site_proposes_in_a_view_is_no_accept_of_the_installed_one()
    {
        _company.Hear(1, from: 0, Proposal(view: 0, sequence: 1));
        _company.Hear(1, from: 0, Proposal(view: 5, sequence: 9));
        Assert.Equal((V(5), V(0)), (_company[1].View, _company[1].InstalledView));

        // With the own one, two of five.
        _company.Do(1, (o, output) => o.OnStatus(_company.Now, Site(2), Shows(0, 0, 1, 0), 0, output));
        Assert.Equal(G(0), _company[1].Committed);
    }

    [Fact]
    public void Old_views_are_neither_installed_nor_gathered()
    {
        _company.Do(1, (o, output) => o.OnStatus(_company.Now, Site(2), Shows(7, 7, 0, 0), 0, output));
        var newView = _company.Hear(1, from: 2, NewView(2, [Empty(1)]));
        var change = _company.Hear(1, from: 2, new GlobalViewChange(V(6), 1, V(0), G(0), default, 0, 1, []));

        Assert.Equal(Rejection.OldGlobalView, Assert.Single(newView.Refusals).Reason);
        Assert.Equal(Rejection.OldGlobalView, Assert.Single(change.Refusals).Reason);
        Assert.Equal((V(7), V(0)), (_company[1].View, _company[1].InstalledView));
    }

    [Fact]
    public void Parts_of_two_tellings_of_a_view_are_not_mixed()
    {
        _company.Hear(3, from: 2, new GlobalNewView(V(2), G(0), default, 0, 2, [Empty(1)]));
        _company.Hear(3, from: 2, new GlobalNewView(V(2), G(1), Digest.Of("one"u8), 1, 2, [Empty(2)]));
        Assert.Equal(V(0), _company[3].InstalledView);
    }

    [Fact]
    public void A_view_whose_log_contradicts_what_is_committed_is_not_installed()
    {
        var fact = FilledEntry.Of(G(1), _company.Now, [Update(9)]);
        _company.Hear(1, from: 2, new GlobalFetched(V(0), false, G(1), G(1), G(1), default, [fact], [], IsLast: true));

        _company.Hear(1, from: 2, NewView(2, [Empty(1)]));
        Assert.Equal((V(2), V(0)), (_company[1].View, _company[1].InstalledView));
    }

    [Fact]
    public void What_an_earlier_life_has_said_is_forgotten()
    {
        var company = new Company(3);
        company.Hear(1, from: 2, new GlobalViewChange(V(1), 1, V(0), G(0), default, 0, 1, []));
        company[1].OnSiteLife(Site(2), 2, new());
        company.Do(1, (o, output) => o.OnStatus(company.Now, Site(0), Shows(1, 0, 0, 0), 0, output));
        company.Do(1, (o, output) => o.OnStatus(company.Now, Site(2), Shows(1, 0, 0, 0), 0, output));

        Assert.Equal((V(1), V(0)), (company[1].View, company[1].InstalledView));
        company.Hear(1, from: 2, new GlobalViewChange(V(1), 2, V(0), G(0), default, 0, 1, []));
        Assert.Equal(V(1), company[1].InstalledView);
    }

    [Fact]
    public void After_a_cut_forwards_and_views_are_said_again()
    {
        _company.Take(1, Update(1));
        var forwards = _company.Do(1, (o, output) => o.OnLinkCut(_company.Now, Site(0), output));
        var forward = Assert.IsType<Forward>(Assert.Single(forwards.Words).Body);
        Assert.Equal(Update(1).Digest, Assert.Single(forward.Updates).Update.Digest);

        // A leading site of an installed view says it to whoever shows an older one.
        var company = new Company(3);
        company.Do(1, (o, output) => o.OnStatus(company.Now, Site(2), Shows(1, 0, 0, 0), 0, output));
        company.Do(1, (o, output) => o.OnStatus(company.Now, Site(0), Shows(1, 0, 0, 0), 0, output));
        company.Hear(1, from: 2, new GlobalViewChange(V(1), 1, V(0), G(0), default, 0, 1, []));
        Assert.True(company[1].IsLeading);
        var views = company.Do(1, (o, output) => o.OnLinkCut(company.Now, Site(2), output));
        Assert.IsType<GlobalNewView>(Assert.Single(views.Words).Body);

        company.Now += TimeSpan.FromSeconds(3);
        var again = company.Do(1, (o, output) => o.OnStatus(company.Now, Site(2), Shows(1, 0, 0, 0), 0, output));
        Assert.Single(again.Words, word => word.Body is GlobalNewView);
    }

    private static Entry Empty(ulong sequence) => new(G(sequence), At(1_000_000), []);

    private static GlobalNewView NewView(ulong view, ValueList<Entry> entries) =>
        new(V(view), G(0), default, 0, 1, entries);

    private Proposal Proposal(ulong view, ulong sequence) => new(V(view), G(sequence), _company.Now, [], G(0));

    private static OrderingStatus Shows(ulong view, ulong installed, ulong accepted, ulong committed) =>
        new(V(view), V(installed), G(accepted), G(committed), V(view));
}
