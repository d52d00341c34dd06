using Holdfast.Protocol.Messages;
using static Holdfast.Protocol.Tests.OrderingStage;

namespace Holdfast.Protocol.Tests;

/// <summary>What is committed is a fact for a site, whatever its view; but a log in which such facts stand is not its
/// installed view's log, and nothing may be said or counted as if it were.</summary>
public sealed class FactsOfOtherViewsTests
{
    private readonly Company _company = new(5);

    private FilledEntry Fact => FilledEntry.Of(G(1), _company.Now, [Update(9)]);

    [Fact]
    public void Behind_a_fact_of_another_view_nothing_of_the_own_view_is_accepted()
    {
        var learned = LearnFact(site: 1);
        _company.Hear(1, from: 0, new Proposal(V(0), G(2), _company.Now, [], G(2)));
        Assert.Equal((G(1), G(1), G(0)), (_company[1].LogEnd, _company[1].Committed, _company[1].Status.Accepted));

        // It asks whether its log is the view's all the same.
        Assert.Equal(G(2), Assert.IsType<GlobalFetch>(Assert.Single(learned.Words).Body).From);
    }

    [Fact]
    public void A_log_with_facts_is_the_views_again_only_when_the_chain_digest_at_its_end_is()
    {
        LearnFact(site: 1);
        _company.Hear(1, from: 0, new Proposal(V(0), G(2), _company.Now, [], G(0)));
        var other = FilledEntry.Of(G(1), _company.Now, [Update(8)]);
        _company.Hear(1, from: 0, OfView(chain: other.Entry.ChainAfter(default)));
        Assert.Equal((G(1), G(0)), (_company[1].LogEnd, _company[1].Status.Accepted));

        _company.Hear(1, from: 0, OfView(chain: Fact.Entry.ChainAfter(default)) with { From = G(3) });
        Assert.Equal(G(0), _company[1].Status.Accepted);
        _company.Hear(1, from: 0, OfView(chain: Fact.Entry.ChainAfter(default)) with { IsInstalledLog = false });
        Assert.Equal(G(0), _company[1].Status.Accepted);

        _company.Hear(1, from: 0, OfView(chain: Fact.Entry.ChainAfter(default)));
        Assert.Equal((G(2), G(2)), (_company[1].LogEnd, _company[1].Status.Accepted));
    }

    [Fact]
    public void What_was_accepted_and_is_dropped_for_a_fact_is_not_told_as_accepted_any_more()
    {
        _company.Hear(1, from: 0, new Proposal(V(0), G(1), _company.Now, [], G(0)));
        _company.Hear(1, from: 0, new Proposal(V(0), G(2), _company.Now, [], G(0)));
        Assert.Equal(G(2), _company[1].Status.Accepted);
        LearnFact(site: 1);
        var told = _company[1].Status;
        Assert.Equal((G(1), G(0), G(0)), (_company[1].LogEnd, told.Accepted, told.Committed));
        Assert.Equal([Fact], _company.Executed[1]);
    }

    [Fact]
    public void A_fact_that_the_log_holds_already_only_commits_it()
    {
        _company.Hear(1, from: 0, new Proposal(V(0), G(1), Fact.Entry.Time, [new(Update(9).Digest, Update(9))], G(0)));
        Assert.Equal(G(0), _company[1].Committed);
        LearnFact(site: 1);
        var told = _company[1].Status;
        Assert.Equal((G(1), G(1), G(1)), (_company[1].Committed, told.Accepted, told.Committed));
    }

    [Fact]
    public void A_site_that_answers_tells_whether_its_log_is_the_views()
    {
        LearnFact(site: 1);
        var answer = _company.Hear(1, from: 2, new GlobalFetch(G(1), G(9), []));
        var told = Assert.IsType<GlobalFetched>(Assert.Single(answer.Words, word => word.To == Site(2)).Body);
        Assert.Equal((false, G(1), 1), (told.IsInstalledLog, told.Committed, told.Entries.Count));

        _company.Hear(3, from: 0, new Proposal(V(0), G(1), _company.Now, [], G(0)));
        answer = _company.Hear(3, from: 2, new GlobalFetch(G(1), G(9), []));
        told = Assert.IsType<GlobalFetched>(Assert.Single(answer.Words, word => word.To == Site(2)).Body);
        Assert.Equal((true, G(0), 1), (told.IsInstalledLog, told.Committed, told.Entries.Count));
    }

    [Fact]
    public void Accepts_are_not_counted_for_a_log_that_is_not_the_views()
    {
        LearnFact(site: 1);
        var shown = new OrderingStatus(V(0), V(0), G(5), G(5), V(0));
        for (var from = 0; from < 5; from++)
        {
            if (from != 1)
            {
                _company.Do(1, (o, output) => o.OnStatus(_company.Now, Site(from), shown, 0, output));
            }
        }

        Assert.Equal(G(1), _company[1].Committed);
    }

    [Fact]
    public void A_leading_site_that_learns_facts_of_another_view_proposes_nothing_and_says_no_view_but_lives_on()
    {
        LearnFact(site: 0);
        Assert.Empty(_company.Take(0, Update(1)).Words);
        _company[0].ApplicationDeadline = _company.Now;
        Assert.Empty(_company.Pass(0).Words);
        Assert.True(_company[0].NextDeadline > _company.Now, "A deadline that stays in the past.");
        var change = new GlobalViewChange(V(0), 1, V(0), G(0), default, 0, 1, []);
        Assert.DoesNotContain(_company.Hear(0, from: 3, change).Words, word => word.Body is GlobalNewView);

        // The higher view that it hears of takes it along, and its own update with it.
        var shown = new OrderingStatus(V(1), V(1), G(1), G(1), V(1));
        var moved = _company.Do(0, (o, output) => o.OnStatus(_company.Now, Site(1), shown, 0, output));
        Assert.IsType<GlobalViewChange>(Assert.Single(moved.Words).Body);
        var installed = _company.Hear(
            0, from: 1, new GlobalNewView(V(1), G(1), Fact.Entry.ChainAfter(default), 0, 1, []));
        Assert.IsType<Forward>(Assert.Single(installed.Words).Body);
    }

    [Fact]
    public void A_site_that_is_behind_and_hears_no_answer_asks_on_and_its_deadline_is_never_in_the_past()
    {
        var shown = new OrderingStatus(V(0), V(0), G(5), G(0), V(0));
        _company.Do(1, (o, output) => o.OnStatus(_company.Now, Site(2), shown, 0, output));
        var asked = 0;
        for (var step = 0; step < 40; step++)
        {
            _company.Now += TimeSpan.FromMilliseconds(250);
            asked += _company.Pass(1).Words.Count(word => word.Body is GlobalFetch);
            Assert.True(_company[1].NextDeadline > _company.Now, $"step {step}");
        }

        Assert.InRange(asked, 2, 20);
    }

    /// <summary>A round trip over a cut took as long as the cut. A question that was put then was waited for as
    /// long.</summary>
    [Fact]
    public void A_question_that_was_put_while_the_link_was_slow_is_put_again_when_it_is_well()
    {
        var shown = new OrderingStatus(V(0), V(0), G(5), G(0), V(0));
        _company.Do(1, (o, _) =>
        {
            o.OnLinkMeasured(Site(0), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
            o.OnLinkMeasured(Site(2), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        });
        _company.Do(1, (o, output) => o.OnStatus(_company.Now, Site(2), shown, 0, output));
        _company.Now += TimeSpan.FromMinutes(2);
        Assert.Single(_company.Pass(1).Words);
        _company.Now += TimeSpan.FromSeconds(30);
        Assert.Empty(_company.Pass(1).Words);

        var well = TimeSpan.FromMilliseconds(300);
        _company.Do(1, (o, _) => o.OnLinkMeasured(Site(0), well, well));
        _company.Do(1, (o, _) => o.OnLinkMeasured(Site(2), well, well));
        _company.Now += TimeSpan.FromMilliseconds(600);
        Assert.IsType<GlobalFetch>(Assert.Single(_company.Pass(1).Words).Body);
    }

    /// <summary>The second answer would come beside the first, to a site that has too much to do already.</summary>
    [Fact]
    public void Nobody_else_is_asked_while_an_answer_still_comes()
    {
        var proposal = new Proposal(
            V(0), G(1), _company.Now, [new(Update(1).Digest, null), new(Update(2).Digest, null)], G(0));
        _company.Do(1, (o, _) => o.OnLinkMeasured(Site(0), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1)));
        Assert.IsType<GlobalFetch>(Assert.Single(_company.Hear(1, from: 0, proposal).Words).Body);
        var patience = TimeSpan.FromSeconds(2);
        _company.Now += 0.8 * patience;
        _company.Hear(1, from: 0, OfView(default) with { From = G(1), Bodies = [Update(1)], IsLast = false });

        _company.Now += 0.8 * patience;
        Assert.DoesNotContain(_company.Pass(1).Words, word => word.Body is GlobalFetch);

        _company.Now += 0.3 * patience;
        Assert.Contains(_company.Pass(1).Words, word => word.Body is GlobalFetch);
    }

    /// <summary>Or one whose road carries too little would keep a site behind for ever, though others would help.</summary>
    [Fact]
    public void Who_answers_piece_by_piece_without_an_end_is_not_the_only_one_to_be_asked()
    {
        var all = Enumerable.Range(1, 40).Select(number => Update((ulong)number)).ToArray();
        var proposal = new Proposal(
            V(0), G(1), _company.Now, ValueList.From(all.Select(update => new ProposedUpdate(update.Digest, null))), G(0));
        _company.Hear(1, from: 0, proposal);
        var asked = 0;
        for (var piece = 0; piece < 12; piece++)
        {
            _company.Now += TimeSpan.FromSeconds(1);
            var heard = OfView(default) with { From = G(1), Bodies = [all[piece]], IsLast = false };
            asked += _company.Hear(1, from: 0, heard).Words.Count(word => word.Body is GlobalFetch);
        }

        Assert.InRange(asked, 1, 3);
    }

    [Fact]
    public void Fetched_bodies_are_forgotten_when_their_entry_is_in_the_log()
    {
        var proposal = new Proposal(V(0), G(1), _company.Now, [new(Update(1).Digest, null)], G(0));
        Assert.IsType<GlobalFetch>(Assert.Single(_company.Hear(1, from: 0, proposal).Words).Body);
        var answer = OfView(default) with { From = G(1), Bodies = [Update(1)] };
        _company.Hear(1, from: 0, answer);
        Assert.Equal(G(1), _company[1].LogEnd);
        var map = new AuthenticatedMap();
        _company[1].Save(map);
        Assert.Empty(map.Range(OrderingKeys.Row(OrderingKeys.Bodies, 0), OrderingKeys.AfterPrefix));
    }

    [Fact]
    public void A_site_alone_in_a_higher_view_is_followed_when_it_stays_there()
    {
        var shown = new OrderingStatus(V(7), V(0), G(0), G(0), V(7));
        _company.Do(1, (o, output) => o.OnStatus(_company.Now, Site(2), shown, 0, output));
        for (var left = 0; left < 20; left++)
        {
            Assert.True(left > 5 || _company[1].Status.Wanted == V(0), "Too early.");
            _company.Wait(500, 1);
            _company.HearStatus(1, from: 0);
        }

        Assert.Equal((V(0), V(7)), (_company[1].View, _company[1].Status.Wanted));
    }

    [Fact]
    public void After_a_sleep_every_cause_lasts_anew()
    {
        _company.Take(1, Update(1));
        _company[1].OnUnseen(Site(0), _company.Now);
        _company.Now += TimeSpan.FromHours(1);
        _company.Pass(1);
        Assert.Equal(V(0), _company[1].Status.Wanted);
        _company.Wait((int)_company[1].GlobalTimeout.TotalMilliseconds - 500, 1);
        Assert.Equal(V(0), _company[1].Status.Wanted);
        _company.Wait(1000, 1);
        Assert.Equal(V(1), _company[1].Status.Wanted);
    }

    [Fact]
    public void An_update_that_waits_for_credit_is_no_cause()
    {
        var own = new OwnUpdates();
        Assert.Equal((Rejection.None, Rejection.None), (own.TryTake(Update(1)), own.TryTake(Update(2))));
        Assert.Single(own.Forward(At(5), numberMax: 1, long.MaxValue, _ => false));
        Assert.Equal(At(5), own.OldestForwarded);
        own.Remove(Update(1).Digest);
        Assert.Equal(Timestamp.Never, own.OldestForwarded);
    }

    /// <summary>It has asked in another view, and hears now what is committed.</summary>
    private OrderingOutput LearnFact(int site) => _company.Hear(
        site,
        from: 2,
        new GlobalFetched(V(0), IsInstalledLog: false, G(1), G(1), G(1), default, [Fact], [], IsLast: true));

    private static GlobalFetched OfView(Digest chain) =>
        new(V(0), IsInstalledLog: true, G(0), G(1), G(2), chain, [], [], IsLast: true);
}
