using Holdfast.Protocol.Messages;
using static Holdfast.Protocol.Tests.OrderingStage;

namespace Holdfast.Protocol.Tests;

/// <summary>Suspicion, moving, choosing the log, installing.</summary>
public sealed class ChangeOfLeadingSiteTests
{
    private static readonly Entry Third = new(G(3), At(3), []);
    private static readonly Entry OtherThird = new(G(3), At(4), []);
    private static readonly Entry Fourth = new(G(4), At(5), []);
    private static readonly Digest AtTwo = Digest.Of("two"u8);

    [Fact]
    public void The_base_is_the_highest_committed_and_above_it_stands_the_log_of_the_highest_installed_view()
    {
        var longer = new HeldLog(V(1), G(2), AtTwo, [OtherThird, Fourth], Site(0));
        var newer = new HeldLog(V(2), G(2), AtTwo, [Third], Site(1));
        var chosen = ViewChanges.Choose(V(3), [longer, newer]);
        Assert.Equal([Third], chosen!.Above);
        Assert.Equal((G(2), AtTwo), (chosen.Base, chosen.Chain));
        Assert.Equal([Third], ViewChanges.Choose(V(3), [newer, longer])!.Above);
    }

    [Fact]
    public void Among_logs_of_one_view_the_one_that_ends_highest_is_taken()
    {
        var committed = new HeldLog(V(1), G(3), Third.ChainAfter(AtTwo), [], Site(0));
        var longer = new HeldLog(V(1), G(2), AtTwo, [Third, Fourth], Site(1));
        var chosen = ViewChanges.Choose(V(3), [committed, longer]);
        Assert.Equal([Fourth], chosen!.Above);
        Assert.Equal(G(3), chosen.Base);
        Assert.Equal(chosen, ViewChanges.Choose(V(3), [longer, committed]));
    }

    [Fact]
    public void Logs_that_contradict_what_is_committed_are_not_chosen_from()
    {
        var committed = new HeldLog(V(1), G(3), Third.ChainAfter(AtTwo), [], Site(0));
        var other = new HeldLog(V(2), G(2), AtTwo, [OtherThird, Fourth], Site(1));
        Assert.Null(ViewChanges.Choose(V(3), [committed, other]));
    }

    [Fact]
    public void A_silent_leading_site_is_replaced_and_nothing_committed_or_pending_is_lost()
    {
        var company = new Company(3);
        company.Hear(1, from: 0, Proposal(company.Take(0, Update(1)), to: 1));
        company.Take(1, Update(2));
        company.Take(2, Update(3));
        company.Wait(6000, 1, 2);
        company.Talk(1, 2);
        company.Now += Limits.EntryDelay;
        company.Talk(1, 2);
        Assert.Equal(V(1), company[2].InstalledView);
        Assert.Equal(3, company.Executed[2].Sum(entry => entry.Updates.Count));

        // The old leading site comes back and follows.
        company.Talk(0, 1, 2);
        Assert.Equal(company.Executed[2], company.Executed[0]);
        Assert.False(company[0].IsLeading);
    }

    [Fact]
    public void A_lone_suspicion_moves_nobody_and_is_withdrawn_when_its_cause_is_gone()
    {
        var company = new Company(3);
        company.Wait(6000, 1);
        Assert.Equal(V(1), company[1].Status.Wanted);
        company.HearStatus(2, from: 1);
        company.HearStatus(2, from: 0);
        Assert.Equal(V(0), company[2].View);
        company.HearStatus(1, from: 0);
        Assert.Equal(V(0), company[1].Status.Wanted);
    }

    [Fact]
    public void An_update_forwarded_under_a_credit_and_not_executed_is_a_cause()
    {
        var company = new Company(3);
        company.Take(1, Update(1));
        for (var left = 0; left < 12; left++)
        {
            company.Wait(500, 1);
            company.HearStatus(1, from: 0);
        }

        Assert.Equal(V(1), company[1].Status.Wanted);
    }

    [Fact]
    public void A_site_that_slept_restarts_its_timers()
    {
        var company = new Company(3);
        company.Now += TimeSpan.FromHours(1);
        company.Pass(1);
        Assert.Equal(V(0), company[1].Status.Wanted);
    }

    [Fact]
    public void Every_move_without_an_install_doubles_the_time_out_and_calm_halves_it()
    {
        var company = new Company(3);
        var atFirst = company[1].GlobalTimeout;
        company.Do(1, (o, output) => o.OnStatus(company.Now, Site(2), Shows(view: 5, installed: 5), 0, output));
        Assert.Equal(atFirst, company[1].GlobalTimeout);
        company.Do(1, (o, output) => o.OnStatus(company.Now, Site(2), Shows(view: 8, installed: 8), 0, output));
        Assert.Equal(atFirst * 2, company[1].GlobalTimeout);
    }

    [Fact]
    public void A_site_that_moves_says_what_it_holds_in_that_same_step_and_again_after_a_cut()
    {
        var company = new Company(3);
        company.Hear(2, from: 0, Proposal(company.Take(0, Update(1)), to: 2));
        var shown = Shows(view: 1, installed: 1);
        var said = company.Do(2, (o, output) => o.OnStatus(company.Now, Site(0), shown, 0, output));
        var change = Assert.IsType<GlobalViewChange>(Assert.Single(said.Words, word => word.To == Site(1)).Body);
        Assert.Equal((V(1), V(0), G(1)), (change.View, change.InstalledView, change.Committed));
        var again = company.Do(2, (ordering, output) => ordering.OnLinkCut(company.Now, Site(1), output));
        Assert.Equal(change.Encode(), again.Words[0].Body.Encode());
    }

    [Fact]
    public void After_the_promise_proposals_of_lower_views_are_refused()
    {
        var company = new Company(3);
        var proposal = Proposal(company.Take(0, Update(1)), to: 2);
        company.Do(2, (o, output) => o.OnStatus(company.Now, Site(1), Shows(view: 1, installed: 1), 0, output));
        var refused = company.Hear(2, from: 0, proposal);
        Assert.Equal(Rejection.OldGlobalView, Assert.Single(refused.Refusals).Reason);
        Assert.Equal(G(0), company[2].Status.Accepted);
    }

    [Fact]
    public void A_new_view_in_parts_counts_when_all_parts_are_there_and_proposals_wait_for_it()
    {
        var company = new Company(5);
        var first = new Entry(G(1), company.Now, []);
        var second = new Entry(G(2), company.Now, []);
        company.Hear(2, from: 1, new Proposal(V(1), G(3), company.Now, [], G(0)));
        company.Hear(2, from: 1, new GlobalNewView(V(1), G(0), default, 0, 2, [first]));
        Assert.Equal((V(1), V(0), G(0)), (company[2].View, company[2].InstalledView, company[2].Status.Accepted));
        company.Hear(2, from: 1, new GlobalNewView(V(1), G(0), default, 1, 2, [second]));
        Assert.Equal((V(1), G(3)), (company[2].InstalledView, company[2].Status.Accepted));
    }

    [Fact]
    public void A_proposal_of_a_view_that_is_not_installed_is_not_accepted_even_if_it_is_next()
    {
        var company = new Company(5);
        company.Hear(2, from: 1, new Proposal(V(1), G(1), company.Now, [], G(0)));
        Assert.Equal((V(1), G(0), G(0)), (company[2].View, company[2].LogEnd, company[2].Status.Accepted));
    }

    [Fact]
    public void How_far_a_leading_site_accepted_says_nothing_of_the_next_one()
    {
        var company = new Company(3);
        for (var sequence = 1UL; sequence <= 3; sequence++)
        {
            company.Hear(2, from: 0, new Proposal(V(0), G(sequence + 5), company.Now, [], G(2)));
        }

        var entry = new Entry(G(1), company.Now, []);
        var next = new Entry(G(2), company.Now, []);
        company.Hear(2, from: 1, new GlobalNewView(V(4), G(0), default, 0, 1, [entry, next]));
        Assert.Equal(V(4), company[2].InstalledView);
        Assert.Equal(G(0), company[2].Committed);
    }

    [Fact]
    public void A_view_change_of_an_earlier_life_does_not_count()
    {
        var company = new Company(3);
        company[1].OnSiteLife(Site(2), 2, new());
        var change = new GlobalViewChange(V(1), 1, V(0), G(0), default, 0, 1, []);
        Assert.Equal(Rejection.OldLife, Assert.Single(company.Hear(1, from: 2, change).Refusals).Reason);
    }

    /// <summary>The entry that tells of the new life is not executed here, and may be: then a later one may be that a
    /// majority without the earlier life's word would show.</summary>
    [Fact]
    public void A_view_change_of_a_life_older_than_the_chosen_log_tells_is_left_out()
    {
        var company = new Company(5);
        var rejoin = Update(1) with
        {
            Operations = [new(OperationKind.Administration, new Administration.RejoinSite(Site(2), 2).Encode())],
        };
        company.Hear(1, from: 0, new Proposal(V(0), G(1), company.Now, [new(rejoin.Digest, rejoin)], G(0)));
        for (var site = 2; site <= 4; site++)
        {
            company.Do(1, (o, output) => o.OnStatus(company.Now, Site(site), Shows(view: 1, installed: 0), 0, output));
        }

        Assert.Equal((V(1), G(1)), (company[1].View, company[1].LogEnd));
        var change = new GlobalViewChange(V(1), 1, V(0), G(0), default, 0, 1, []);
        company.Hear(1, from: 2, change);
        company.Hear(1, from: 3, change);
        Assert.Equal(V(0), company[1].InstalledView);

        company.Hear(1, from: 4, change);

        Assert.Equal((V(1), G(1)), (company[1].InstalledView, company[1].LogEnd));
    }

    [Fact]
    public void The_oracle_notices_a_fork_a_gap_and_an_invention()
    {
        var oracle = new OrderOracle(2);
        oracle.OnSubmitted(Update(1).Digest);
        oracle.OnSubmitted(Update(2).Digest);
        Assert.Null(oracle.OnCommitted(0, FilledEntry.Of(G(1), At(1), [Update(1)])));
        Assert.Contains("another entry", oracle.OnCommitted(1, FilledEntry.Of(G(1), At(1), [Update(2)])));
        Assert.Contains("after g1", oracle.OnCommitted(0, FilledEntry.Of(G(3), At(1), [])));
        Assert.Contains("invented", oracle.OnCommitted(0, FilledEntry.Of(G(2), At(1), [Update(3)])));
    }

    private static OrderingStatus Shows(ulong view, ulong installed) => new(V(view), V(installed), G(0), G(0), V(view));

    private static Proposal Proposal(OrderingOutput output, int to) =>
        (Proposal)Assert.Single(output.Words, word => word.To == Site(to)).Body;
}
