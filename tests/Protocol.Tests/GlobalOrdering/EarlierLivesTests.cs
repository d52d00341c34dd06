using Holdfast.Protocol.Messages;
using static Holdfast.Protocol.Tests.OrderingStage;

namespace Holdfast.Protocol.Tests;

/// <summary>The majority that commits the next life of a site is one without it: what its earlier life says of places
/// from there on does not count, whether the entry that tells of the new life is executed already or not.</summary>
public sealed class EarlierLivesTests
{
    private readonly Company _company = new(5);

    /// <summary>The earlier life is not dead, or not yet: what it accepts the next one will not know.</summary>
    [Fact]
    public void An_earlier_life_accepts_nothing_from_the_entry_on_that_tells_of_the_next()
    {
        Propose(1, Update(1), Rejoin(site: 2), Update(3));
        Accepts(at: 1, site: 2, upTo: 3);
        Assert.Equal(G(1), _company[1].Committed);

        Accepts(at: 1, site: 3, upTo: 3);
        Assert.Equal(G(3), _company[1].Committed);
    }

    [Fact]
    public void A_site_that_hears_of_its_next_life_counts_itself_no_more()
    {
        Propose(2, Update(1), Rejoin(site: 2), Update(3));
        Accepts(at: 2, site: 3, upTo: 3);
        Assert.Equal(G(1), _company[2].Committed);
    }

    [Fact]
    public void What_an_earlier_life_proposed_is_its_accept_no_more()
    {
        Propose(1, Update(1), Rejoin(site: 0), Update(3));
        Accepts(at: 1, site: 2, upTo: 3);
        Assert.Equal(G(1), _company[1].Committed);

        Accepts(at: 1, site: 3, upTo: 2);
        Assert.Equal(G(2), _company[1].Committed);
        _company.Do(1, (ordering, output) =>
        {
            ordering.OnSiteLife(Site(0), 2, output);
            ordering.OnNewLife(_company.Now, Site(0), 2, output);
        });
        _company.Pass(1);

        Assert.Equal(G(2), _company[1].Committed);
    }

    /// <summary>In an earlier life it would count as one of the majority that must be without it.</summary>
    [Fact]
    public void A_leading_site_begins_no_view_whose_log_tells_of_its_own_next_life()
    {
        Propose(1, Rejoin(site: 1));
        MoveTo(V(1), at: 1);
        foreach (var site in new[] { 2, 3, 4 })
        {
            _company.Hear(1, from: site, Change(V(1)));
        }

        Assert.Equal((V(1), V(0)), (_company[1].View, _company[1].InstalledView));
    }

    /// <summary>Else any client could have the words of all sites left out.</summary>
    [Fact]
    public void Who_is_no_operator_tells_of_no_life()
    {
        Propose(1, Update(1), Rejoin(site: 2, by: 8), Rejoin(site: 1, by: 8));
        Accepts(at: 1, site: 2, upTo: 3);
        Assert.Equal(G(3), _company[1].Committed);
    }

    [Fact]
    public void Who_is_no_operator_has_no_view_change_left_out()
    {
        Propose(1, Rejoin(site: 2, by: 8), Rejoin(site: 1, by: 8));
        MoveTo(V(1), at: 1);
        _company.Hear(1, from: 2, Change(V(1)));
        _company.Hear(1, from: 3, Change(V(1)));

        Assert.Equal((V(1), G(2)), (_company[1].InstalledView, _company[1].LogEnd));
    }

    /// <summary>Who becomes one by an entry that is not executed here may have told of a life behind it.</summary>
    [Fact]
    public void Who_becomes_an_operator_in_the_same_log_tells_of_lives()
    {
        var operatorToBe = new Administration.SetClient(Filled(8, Limits.PublicKeyBytes), Roles.Operator);
        Propose(1, Administer(operatorToBe, by: 7), Rejoin(site: 2, by: 8));
        Accepts(at: 1, site: 2, upTo: 2);
        Assert.Equal(G(1), _company[1].Committed);
    }

    /// <summary>With two sites the new life takes part at once and may lead a view that the other had only moved to: what
    /// the earlier life proposed in it is of another log.</summary>
    [Fact]
    public void What_an_earlier_life_proposed_and_was_not_taken_is_forgotten()
    {
        var company = new Company(2);
        var proposal = new Proposal(V(2), G(1), company.Now, [new(Update(1).Digest, Update(1))], G(0));
        company.Hear(1, from: 0, proposal);
        Assert.Equal((V(2), V(0)), (company[1].View, company[1].InstalledView));
        company.Do(1, (ordering, output) => ordering.OnNewLife(company.Now, Site(0), 2, output));

        company.Hear(1, from: 0, new GlobalNewView(V(2), G(0), default, 0, 1, []));

        Assert.Equal((V(2), G(0)), (company[1].InstalledView, company[1].LogEnd));
    }

    [Fact]
    public void Half_of_what_an_earlier_life_said_of_a_view_is_forgotten()
    {
        var company = new Company(2);
        var entry = new Entry(G(1), company.Now, []);
        var other = new Entry(G(2), company.Now, []);
        company.Hear(1, from: 0, new GlobalNewView(V(2), G(0), default, 0, 2, [entry]));
        company.Do(1, (ordering, output) => ordering.OnNewLife(company.Now, Site(0), 2, output));

        company.Hear(1, from: 0, new GlobalNewView(V(2), G(0), default, 1, 2, [other]));

        Assert.Equal((V(2), V(0)), (company[1].View, company[1].InstalledView));
    }

    private static Bytes Filled(byte value, int length) => new([.. Enumerable.Repeat(value, length)]);

    private static GlobalViewChange Change(GlobalView view) => new(view, 1, V(0), G(0), default, 0, 1, []);

    private static ClientRequest Rejoin(int site, byte by = 7) => Administer(new Administration.RejoinSite(Site(site), 2), by);

    private static ClientRequest Administer(Administration what, byte by) => Update(1) with
    {
        Client = Filled(by, Limits.PublicKeyBytes),
        Operations = [new(OperationKind.Administration, what.Encode())],
    };

    private void Propose(int to, params ClientRequest[] updates)
    {
        for (var place = 0; place < updates.Length; place++)
        {
            _company.Hear(to, from: 0, new Proposal(
                V(0), G((ulong)place + 1), _company.Now, [new(updates[place].Digest, updates[place])], G(0)));
        }
    }

    private void Accepts(int at, int site, ulong upTo) => _company.Do(at, (ordering, output) =>
        ordering.OnStatus(_company.Now, Site(site), new(V(0), V(0), G(upTo), G(0), V(0)), 0, output));

    private void MoveTo(GlobalView view, int at)
    {
        foreach (var site in new[] { 2, 3, 4 })
        {
            _company.Do(at, (ordering, output) =>
                ordering.OnStatus(_company.Now, Site(site), new(view, V(0), G(0), G(0), view), 0, output));
        }
    }
}
