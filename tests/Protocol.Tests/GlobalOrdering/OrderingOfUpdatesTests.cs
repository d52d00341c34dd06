using Holdfast.Protocol.Messages;
using static Holdfast.Protocol.Tests.OrderingStage;

namespace Holdfast.Protocol.Tests;

/// <summary>While a view lasts: forwards, proposals, accepts, commits, and what is fetched.</summary>
public sealed class OrderingOfUpdatesTests
{
    [Fact]
    public void A_site_alone_commits_in_the_same_step()
    {
        var company = new Company(1);
        Assert.Equal(G(1), Assert.Single(company.Take(0, Update(1)).Committed).Sequence);
        Assert.Equal(0, company[0].PendingCount);
    }

    [Fact]
    public void Of_three_sites_a_follower_commits_when_the_proposal_comes()
    {
        var company = new Company(3);
        var proposal = Said<Proposal>(company.Take(0, Update(1)), to: 1);
        Assert.Single(company.Hear(1, from: 0, proposal).Committed);
        Assert.Equal(G(1), company[1].Status.Accepted);
    }

    [Fact]
    public void Of_five_sites_a_follower_waits_for_a_third_accept()
    {
        var company = new Company(5);
        var said = company.Take(0, Update(1));
        Assert.Empty(company.Hear(1, from: 0, Said<Proposal>(said, to: 1)).Committed);
        Assert.Empty(company.Hear(2, from: 0, Said<Proposal>(said, to: 2)).Committed);
        Assert.Single(company.HearStatus(1, from: 2).Committed);
    }

    [Fact]
    public void An_accept_of_another_view_does_not_count()
    {
        var company = new Company(5);
        company.Hear(1, from: 0, Said<Proposal>(company.Take(0, Update(1)), to: 1));
        var older = new OrderingStatus(V(0), V(0), G(1), default, V(0));
        var promise = older with { View = V(7), InstalledView = V(0), Accepted = G(0) };
        Assert.Empty(company.Do(1, (o, output) => o.OnStatus(company.Now, Site(2), promise, 0, output)).Committed);
        Assert.Single(company.Do(1, (o, output) => o.OnStatus(company.Now, Site(2), older, 0, output)).Committed);
    }

    [Fact]
    public void What_a_site_forwarded_comes_back_by_name()
    {
        var company = new Company(3);
        var forward = Said<Forward>(company.Take(1, Update(1)), to: 0);
        var said = company.Hear(0, from: 1, forward);
        Assert.Null(Assert.Single(Said<Proposal>(said, to: 1).Updates).Body);
        Assert.NotNull(Assert.Single(Said<Proposal>(said, to: 2).Updates).Body);
        Assert.Single(company.Hear(1, from: 0, Said<Proposal>(said, to: 1)).Committed);
        Assert.Equal(0, company[1].PendingCount);
    }

    [Fact]
    public void Without_a_body_a_site_does_not_accept_but_fetches_it()
    {
        var company = new Company(3);
        var said = company.Hear(0, from: 1, Said<Forward>(company.Take(1, Update(1)), to: 0));
        company[1].Settle(Update(1).Digest);
        var asked = company.Hear(1, from: 0, Said<Proposal>(said, to: 1));
        Assert.Equal(default, company[1].Status.Accepted);
        var answer = company.Hear(0, from: 1, Said<GlobalFetch>(asked, to: 0));
        Assert.Single(company.Hear(1, from: 0, Said<GlobalFetched>(answer, to: 1)).Committed);
    }

    /// <summary>A round trip for each of them would keep the site behind.</summary>
    [Fact]
    public void The_bodies_that_waiting_proposals_lack_are_asked_for_at_once()
    {
        var company = new Company(3);
        var asked = new List<GlobalFetch>();
        for (var number = 1UL; number <= 10; number++)
        {
            company.Now += Limits.EntryDelay;
            var said = company.Hear(0, from: 1, Said<Forward>(company.Take(1, Update(number)), to: 0));
            company[1].Settle(Update(number).Digest);
            var output = company.Hear(1, from: 0, Said<Proposal>(said, to: 1));
            asked.AddRange(output.Words.Select(word => word.Body).OfType<GlobalFetch>());
        }

        Assert.Equal([1], asked.Select(fetch => fetch.Bodies.Count));
        var answer = company.Hear(0, from: 1, asked[0]);
        var next = Said<GlobalFetch>(company.Hear(1, from: 0, Said<GlobalFetched>(answer, to: 1)), to: 0);
        Assert.Equal(9, next.Bodies.Count);
        company.Hear(1, from: 0, Said<GlobalFetched>(company.Hear(0, from: 1, next), to: 1));
        Assert.Equal(G(10), company[1].Committed);
    }

    [Fact]
    public void A_proposal_ahead_of_the_log_waits_and_the_gap_is_fetched()
    {
        var company = new Company(3);
        company.Take(0, Update(1));
        company.Now += Limits.EntryDelay;
        var second = company.Take(0, Update(2));
        var asked = company.Hear(1, from: 0, Said<Proposal>(second, to: 1));
        Assert.Empty(asked.Committed);
        var answer = company.Hear(0, from: 1, Said<GlobalFetch>(asked, to: 0));
        Assert.Equal(2, company.Hear(1, from: 0, Said<GlobalFetched>(answer, to: 1)).Committed.Count);
    }

    [Fact]
    public void A_fetched_entry_of_another_view_that_is_not_committed_does_not_count()
    {
        var company = new Company(5);
        var entry = FilledEntry.Of(G(1), company.Now, [Update(9)]);
        var fetched = new GlobalFetched(
            V(0), IsInstalledLog: false, G(0), G(1), G(1), default, [entry], [], IsLast: true);
        Assert.Empty(company.Hear(1, from: 2, fetched).Committed);
        Assert.Equal(G(0), company[1].LogEnd);
        Assert.Single(company.Hear(1, from: 2, fetched with { Committed = G(1) }).Committed);

        // Nor is what came as a fact an Accept in the own view.
        Assert.Equal(G(0), company[1].Status.Accepted);
        Assert.Equal(G(0), company[1].Status.Committed);
    }

    [Fact]
    public void Forwards_stop_where_the_credits_end_and_go_on_with_new_ones()
    {
        var company = new Company(3);
        var said = company.Do(1, (ordering, _) =>
        {
            for (var number = 1UL; number <= Limits.ForwardCredits + 5; number++)
            {
                Assert.Equal(Rejection.None, ordering.TryTakeOwn(Update(number)));
            }
        });
        Assert.Equal(Limits.ForwardCredits, said.Words.Sum(word => ((Forward)word.Body).Updates.Count));
        foreach (var word in said.Words)
        {
            company.Hear(0, from: 1, word.Body);
        }

        Assert.Equal(5, Said<Forward>(company.HearStatus(1, from: 0), to: 0).Updates.Count);
    }

    [Fact]
    public void A_site_without_room_for_a_client_refuses_what_is_new_and_nothing_else()
    {
        var ordering = new GlobalOrdering(Genesis(3), Site(1));
        for (var number = 1UL; number <= Limits.PendingUpdates / 2; number++)
        {
            Assert.Equal(Rejection.None, ordering.TryTakeOwn(Update(number)));
        }

        Assert.Equal(Rejection.ShareUsedUp, ordering.TryTakeOwn(Update(1_000_000)));
        Assert.False(ordering.HasRoomFor(Update(1_000_000)));
        Assert.Equal(Rejection.None, ordering.TryTakeOwn(Update(1)));
        Assert.Equal(Rejection.None, ordering.TryTakeOwn(Update(1) with { Client = new(new byte[Limits.PublicKeyBytes]) }));
    }

    [Fact]
    public void An_update_forwarded_twice_stands_once_in_the_log()
    {
        var company = new Company(5);
        var forward = Said<Forward>(company.Take(1, Update(1)), to: 0);
        company.Hear(0, from: 1, forward);
        company.Hear(0, from: 1, forward);
        Assert.Equal(G(1), company[0].LogEnd);
    }

    [Fact]
    public void Entries_fill_while_others_are_in_flight()
    {
        var company = new Company(3);
        company.Take(0, Update(1));
        company.Take(0, Update(2));
        Assert.Equal(G(1), company[0].LogEnd);
        Assert.Equal(company.Now + Limits.EntryDelay, company[0].NextDeadline);
        company.Now += Limits.EntryDelay;
        Assert.Equal(2, Said<Proposal>(company.Take(0, Update(3)), to: 1).Updates.Count);
    }

    [Fact]
    public void An_empty_entry_brings_the_time_that_the_application_waits_for()
    {
        var company = new Company(1);
        company[0].ApplicationDeadline = company.Now + TimeSpan.FromSeconds(1);
        Assert.Empty(company.Pass(0).Committed);
        company.Now += TimeSpan.FromSeconds(1);
        var entry = Assert.Single(company.Pass(0).Committed);
        Assert.Empty(entry.Updates);
        Assert.Equal(company.Now, entry.Entry.Time);
        Assert.Empty(company.Pass(0).Committed);
    }

    [Fact]
    public void What_is_executed_and_saved_is_still_told_whole_to_a_site_that_comes_back()
    {
        var company = new Company(3);
        company.Hear(1, from: 0, Said<Proposal>(company.Take(0, Update(1)), to: 1));
        company.HearStatus(0, from: 1);
        var executed = Assert.Single(company.Executed[0]);
        company[0].Save(new AuthenticatedMap());
        var answer = company.Hear(0, from: 2, new GlobalFetch(G(1), G(1), []));
        var told = Assert.Single(Said<GlobalFetched>(answer, to: 2).Entries);
        Assert.Equal(executed, told);
        // Decoded anew: what was executed is not held any more.
        Assert.NotSame(executed, told);
    }

    [Fact]
    public void What_is_beyond_retention_is_refused_by_name()
    {
        var company = new Company(3);
        company.Hear(1, from: 0, Said<Proposal>(company.Take(0, Update(1)), to: 1));
        company.HearStatus(0, from: 1);
        company.Now += Limits.EntriesRetained + TimeSpan.FromSeconds(1);
        company.Pass(0);
        var answer = company.Hear(0, from: 2, new GlobalFetch(G(1), G(1), []));
        Assert.Equal(Rejection.BeyondRetention, Assert.Single(answer.Refusals).Reason);
        var told = company.Hear(2, from: 0, Said<GlobalFetched>(answer, to: 2));
        Assert.Equal(Rejection.BeyondRetention, Assert.Single(told.Refusals).Reason);
        Assert.Equal(G(2), company[2].BeyondRetention);

        // Another site's state closes the gap, and is no Accept.
        Assert.True(company[2].InstallState(G(1), company[0].ExecutedChain, company[0].EndTime));
        Assert.Equal(G(1), company[2].Executed);
        Assert.Equal(G(0), company[2].Status.Accepted);
        company.Talk(0, 2);
        Assert.Equal(G(1), company[2].Status.Accepted);
    }

    /// <summary>The outbox that it lay in was cut, and nobody asks for it again.</summary>
    [Fact]
    public void A_forward_that_comes_late_has_room_though_the_credits_are_used_up()
    {
        var company = new Company(3);
        ForwardedUpdate[] all = [.. Enumerable.Range(1, Limits.ForwardCredits + 2)
            .Select(number => new ForwardedUpdate((ulong)number, Update((ulong)number)))];
        Rejection Forward(GlobalOrdering ordering, params ForwardedUpdate[] updates)
        {
            var output = new OrderingOutput();
            ordering.OnBody(company.Now, Site(1), new Forward(V(0), ValueList.From(updates)), output);
            return output.Refusals.Select(refusal => refusal.Reason).SingleOrDefault();
        }

        company.Do(0, (ordering, _) =>
        {
            Assert.Equal(Rejection.None, Forward(ordering, all[1..^2]));
            Assert.Equal(Rejection.None, Forward(ordering, all[^2]));
            Assert.Equal(Rejection.NoRoom, Forward(ordering, all[^1]));

            Assert.Equal(Rejection.None, Forward(ordering, all[0]));
            Assert.Equal(0UL, ordering.CreditsFor(Site(1)) - (ulong)(Limits.ForwardCredits + 1));
        });
    }

    [Fact]
    public void What_one_site_forwards_has_a_bound_in_bytes()
    {
        var company = new Company(3);
        var refused = company.Do(0, (ordering, output) =>
        {
            for (var number = 1UL; number <= 100; number++)
            {
                ForwardedUpdate update = new(number, Update(number, length: 190_000));
                ordering.OnBody(company.Now, Site(1), new Forward(V(0), [update]), output);
            }
        }).Refusals;

        Assert.Equal(100 - (int)Math.Ceiling((double)Limits.ForwardedBytesWaiting / FilledEntry.SizeOf(Update(1, length: 190_000))), refused.Count);
        Assert.All(refused, refusal => Assert.Equal(Rejection.NoRoom, refusal.Reason));
    }

    /// <summary>A view change names all that is not committed, in a bounded number of parts.</summary>
    [Fact]
    public void A_leading_site_cannot_make_the_log_of_another_longer_than_a_view_change_can_tell()
    {
        var company = new Company(5);
        Proposal At(int place, ulong committed) => new(V(0), G((ulong)place), company.Now, [], G(committed));
        for (var place = 1; place <= Limits.EntriesAboveCommitted + 10; place++)
        {
            company.Hear(1, from: 0, At(place, committed: 0));
        }

        Assert.Equal(G(Limits.EntriesAboveCommitted), company[1].LogEnd);
        FilledEntry[] entries = [FilledEntry.Of(company[1].LogEnd.Next, company.Now, [])];
        var fetched = new GlobalFetched(
            V(0), IsInstalledLog: true, G(0), G(1), entries[0].Sequence, default, new(entries), [], IsLast: true);
        company.Hear(1, from: 0, fetched);
        Assert.Equal(G(Limits.EntriesAboveCommitted), company[1].LogEnd);

        company.Hear(1, from: 0, fetched with { Committed = G(100) });
        company.Hear(1, from: 0, At(Limits.EntriesAboveCommitted + 11, committed: 100));
        Assert.Equal((G(Limits.EntriesAboveCommitted + 11), G(100)), (company[1].LogEnd, company[1].Committed));
    }

    /// <summary>An answer is many times as long as a question, and one message has room for many of these.</summary>
    [Fact]
    public void Of_the_questions_that_a_site_asks_in_one_batch_one_is_answered()
    {
        var company = new Company(3);
        company.Take(0, Update(1));
        var fetch = new GlobalFetch(G(1), G(1), []);

        var output = company.Do(0, (ordering, output) =>
        {
            ordering.OnBody(company.Now, Site(1), fetch, output);
            ordering.OnBody(company.Now, Site(1), fetch, output);
            ordering.OnBody(company.Now, Site(2), fetch, output);
        });

        Assert.Equal(Rejection.TooSoon, Assert.Single(output.Refusals).Reason);
        Assert.Equal([Site(1), Site(2)], output.Words.Where(word => word.Body is GlobalFetched).Select(word => word.To));
        Assert.Single(company.Hear(0, from: 1, fetch).Words);
    }

    private static T Said<T>(OrderingOutput output, int to)
        where T : StreamBody =>
        Assert.Single(output.Words.Where(word => word.To == Site(to)).Select(word => word.Body).OfType<T>());
}
