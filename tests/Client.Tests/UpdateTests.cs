using Holdfast.Protocol;
using Holdfast.Protocol.Messages;
using static Holdfast.Client.Tests.Stage;

namespace Holdfast.Client.Tests;

/// <summary>What a client may believe of its updates, and how each is executed once: <c>docs/protocol.md</c>, section
/// 'Clients, replies, queries'.</summary>
public sealed class UpdateTests
{
    private static readonly GlobalPosition Place = new(new(20), 3);

    [Fact]
    public void The_request_that_opens_a_session_must_not_run_after_a_time()
    {
        var stage = new Stage().Connect().Update("a");

        var opening = Assert.Single(stage.Requests);

        Assert.Equal(OperationKind.OpenSession, opening.Operations[0].Kind);
        Assert.Equal(new Timestamp(1_700_000_000_000_000 + 1_000_000) + TimeSpan.FromMinutes(15), opening.NotAfter);
    }

    [Fact]
    public void A_client_whose_clock_is_behind_opens_its_session_with_more_time()
    {
        var stage = new Stage().Connect().Update("a");
        var first = Assert.Single(stage.Requests);
        var late = Said(1, Outcome.Rejected, RefusedBecause.TooLate);

        stage.Reply(0, first, late).Reply(1, first, late);

        Assert.Empty(stage.Outcomes);
        var second = Assert.Single(stage.Requests);
        Assert.Equal(first.NotAfter + TimeSpan.FromMinutes(15), second.NotAfter);
        stage.Reply(0, second, Committed(1, SessionAt)).Reply(1, second, Committed(1, SessionAt));
        Assert.Equal(SessionAt, stage.Session.Session);
    }

    [Fact]
    public void Nothing_is_sent_but_the_opening_before_a_session_is_open()
    {
        var stage = new Stage().Connect().Update("a");

        var request = Assert.Single(stage.Requests);
        Assert.Equal(OperationKind.OpenSession, request.Operations[0].Kind);
        Assert.Equal(default, request.Session);
    }

    [Fact]
    public void A_session_is_named_by_the_position_at_which_it_was_opened()
    {
        var stage = new Stage().Open().Update("a");

        Assert.Equal(SessionAt, stage.Session.Session);
        Assert.Equal(SessionAt, stage.Requests[0].Session);
    }

    [Fact]
    public void Two_clients_lives_never_open_a_session_with_the_same_bytes()
    {
        var one = new Stage().Connect().Update("a").Requests[0];
        var other = new Stage(change: settings => settings with { Seed = Digest.Of([8]).ToBytes() })
            .Connect().Update("a").Requests[0];

        Assert.NotEqual(one.Operations[0], other.Operations[0]);
    }

    [Fact]
    public void A_request_goes_to_the_primary_alone()
    {
        var stage = new Stage().Open().Update("a");

        Assert.Equal([Replica(0)], stage.Sent.Select(sent => sent.Replica));
    }

    [Fact]
    public void While_the_primary_says_that_it_is_too_much_half_as_many_are_out()
    {
        var stage = new Stage(change: settings => settings with { RequestsInFlight = 4 }).Open();
        var sent = "abcd".Select(body => Assert.Single(stage.Update($"{body}").Requests)).ToList();

        stage.Reply(0, sent[0], Said(sent[0].FirstNumber, Outcome.NotTaken, RefusedBecause.Overloaded));

        Assert.Empty(stage.Update("e").Requests);
        Assert.Empty(stage.Pass(250).Requests);
        Assert.Empty(Answer(sent[1]).Requests);

        // There is a place in the window, and what was refused has it before what comes later.
        Assert.All(Answer(sent[2]).Requests, request => Assert.Equal(sent[0], request));
        Assert.Equal(4, stage.Sent.Select(to => to.Replica).Distinct().Count());
        Assert.Single(Answer(sent[3]).Requests);

        Stage Answer(ClientRequest request)
        {
            var committed = Committed(request.FirstNumber, Place);
            return stage.Reply(1, request, committed).Reply(2, request, committed);
        }
    }

    [Fact]
    public void The_primary_is_that_of_the_highest_view_that_one_correct_replica_vouches_for()
    {
        var stage = new Stage().Open();
        stage.Receive(3, new HelloAnswer(stage.Genesis.Cluster, new(1001)));
        stage.Receive(1, new HelloAnswer(stage.Genesis.Cluster, new(2)));

        Assert.Equal(Replica(2), stage.Update("a").Sent[0].Replica);
    }

    [Fact]
    public void A_reply_of_f_replicas_is_not_believed()
    {
        var stage = new Stage().Open().Update("a");
        var request = stage.Requests[0];

        stage.Reply(3, request, Committed(2, Place, "lie"));
        Assert.Empty(stage.Outcomes);
        stage.Reply(3, request, Committed(2, Place, "lie"));
        Assert.Empty(stage.Outcomes);
        stage.Reply(0, request, Committed(2, Place, "truth"));
        Assert.Empty(stage.Outcomes);
        stage.Reply(1, request, Committed(2, Place, "truth"));

        Assert.Equal("truth", System.Text.Encoding.UTF8.GetString(Assert.Single(stage.Outcomes).Result.Span));
    }

    [Fact]
    public void Replicas_of_two_sites_do_not_add_up()
    {
        var stage = new Stage(sites: 2).Open().Update("a");
        var request = stage.Requests[0];

        stage.ReplyFrom(0, 0, request, Committed(2, Place)).ReplyFrom(0, 1, request, Committed(2, Place));
        Assert.Empty(stage.Outcomes);
        stage.ReplyFrom(3, 1, request, Committed(2, Place));

        Assert.Equal(Outcome.Committed, Assert.Single(stage.Outcomes).Outcome);
    }

    [Fact]
    public void A_reply_to_another_question_does_not_count()
    {
        var stage = new Stage().Open().Update("a");
        var request = stage.Requests[0];
        var other = request with { FirstNumber = 3 };

        foreach (var replica in new[] { 0, 1, 2 })
        {
            stage.Reply(replica, other, Committed(2, Place));
            Assert.Equal([Rejection.AlreadyAnswered], stage.Rejections);
            stage.Reply(replica, request, Committed(3, Place));
            Assert.Equal([Rejection.AlreadyAnswered], stage.Rejections);
            stage.Reply(replica, request, Answered(2, 20, 20, "x"));
            Assert.Equal([Rejection.AlreadyAnswered], stage.Rejections);
        }
    }

    [Fact]
    public void What_was_not_executed_counts_wherever_replicas_place_it()
    {
        var stage = new Stage().Open().Update("a");
        var request = stage.Requests[0];
        var unknown = Said(2, Outcome.Unknown, RefusedBecause.BelowFloor);

        stage.Reply(0, request, unknown with { Position = new(new(20), 0) });
        stage.Reply(1, request, unknown with { Position = new(new(21), 0) });

        Assert.Equal(RefusedBecause.BelowFloor, Assert.Single(stage.Outcomes).Because);
    }

    [Fact]
    public void At_half_the_bound_all_replicas_get_the_same_bytes()
    {
        var stage = new Stage().Open().Update("a");
        var first = stage.Requests[0];

        stage.Pass(500);

        Assert.Equal(4, stage.Requests.Count);
        Assert.All(stage.Requests, request => Assert.Equal(first.Encoded, request.Encoded));
    }

    [Fact]
    public void When_the_primary_is_gone_the_others_get_the_request_at_once()
    {
        var stage = new Stage().Open().Update("a");
        var first = stage.Requests[0];

        stage.Step(new ClientInput.Disconnected(Replica(3)));
        Assert.Empty(stage.Requests);
        stage.Step(new ClientInput.Disconnected(Replica(0)));

        Assert.Equal([Replica(1), Replica(2)], stage.Sent.Where(sent => sent.Frame is Request).Select(sent => sent.Replica));
        Assert.All(stage.Requests, request => Assert.Equal(first.Encoded, request.Encoded));
    }

    [Fact]
    public void Another_try_does_not_forget_that_somebody_has_replied()
    {
        var stage = new Stage(change: settings => settings with { BoundMin = TimeSpan.FromSeconds(1) }).Open().Update("a");
        var request = stage.Requests[0];
        stage.Pass(500).Pass(495);
        stage.Reply(0, request, Committed(2, Place));
        stage.Pass(5);
        Assert.NotEmpty(stage.Requests);

        stage.Pass(15);

        Assert.Equal(4, stage.Sent.Count(sent => sent.Frame is ResendReply));
    }

    [Fact]
    public void At_the_bound_the_same_bytes_go_to_the_next_site()
    {
        var stage = new Stage(sites: 2).Open().Update("a");
        var first = stage.Requests[0];

        stage.Pass(500).Pass(500);

        Assert.Equal([Replica(0, site: 1)], stage.Sent.Select(sent => sent.Replica));
        Assert.Equal(first.Encoded, stage.Requests[0].Encoded);
    }

    [Fact]
    public void A_site_that_is_cut_off_is_left_at_once()
    {
        var stage = new Stage(sites: 2).Open().Update("a");
        stage.Step(new ClientInput.Disconnected(Replica(1)));
        stage.Step(new ClientInput.Disconnected(Replica(2)));
        Assert.Empty(stage.Requests);

        stage.Step(new ClientInput.Disconnected(Replica(3)));

        Assert.Equal([Replica(0, site: 1)], stage.Sent.Select(sent => sent.Replica));
    }

    [Fact]
    public void What_a_site_does_not_take_is_tried_again_under_the_same_number()
    {
        var stage = new Stage(sites: 2).Open().Update("a");
        var request = stage.Requests[0];
        var refused = Said(2, Outcome.NotTaken, RefusedBecause.CutOff);

        stage.Reply(0, request, refused).Reply(1, request, refused);
        Assert.Empty(stage.Outcomes);
        stage.Pass(100);

        Assert.Equal(Replica(0, site: 1), stage.Sent[0].Replica);
        Assert.Equal(request.Encoded, stage.Requests[0].Encoded);
    }

    [Fact]
    public void Where_the_window_is_full_of_what_is_done_the_same_number_tells_the_new_floor()
    {
        var stage = new Stage(change: settings => settings with { RequestsInFlight = 1 }).Open();
        stage.Update("a");
        var a = stage.Requests[0];
        stage.Update("b").Update("c");
        stage.Reply(0, a, Committed(2, Place)).Reply(1, a, Committed(2, Place));
        var grouped = Assert.Single(stage.Requests);
        OperationResult[] half = [Committed(3, Place), Said(4, Outcome.NotTaken, RefusedBecause.AboveWindow)];

        stage.Reply(0, grouped, half).Reply(1, grouped, half);

        var again = Assert.Single(stage.Requests);
        Assert.Equal((4UL, 3UL, 2UL), (again.FirstNumber, again.DoneUpTo, grouped.DoneUpTo));
        Assert.Equal([App("c")], again.Operations);
    }

    [Fact]
    public void Operations_gather_under_one_signature_while_requests_are_out()
    {
        var stage = new Stage(change: settings => settings with { RequestsInFlight = 1 }).Open();
        stage.Update("a");
        var request = stage.Requests[0];
        stage.Update("b").Update("c").Update("d");
        Assert.Empty(stage.Requests);

        stage.Reply(0, request, Committed(2, Place)).Reply(1, request, Committed(2, Place));

        var next = Assert.Single(stage.Requests);
        Assert.Equal([App("b"), App("c"), App("d")], next.Operations);
        Assert.Equal((3UL, 2UL), (next.FirstNumber, next.DoneUpTo));
    }

    [Fact]
    public void The_floor_stops_below_the_first_number_without_an_outcome()
    {
        var stage = new Stage().Open();
        var first = stage.Update("a").Requests[0];
        var second = stage.Update("b").Requests[0];
        stage.Reply(0, second, Committed(3, Place)).Reply(1, second, Committed(3, Place));

        Assert.Equal(1UL, stage.Update("c").Requests[0].DoneUpTo);
        stage.Reply(0, first, Committed(2, Place)).Reply(1, first, Committed(2, Place));
        Assert.Equal(3UL, stage.Update("d").Requests[0].DoneUpTo);
    }

    [Fact]
    public void Those_who_answer_only_when_asked_are_asked_soon_after_the_first_reply()
    {
        var stage = new Stage().Open().Update("a");
        var request = stage.Requests[0];
        stage.Reply(0, request, Committed(2, Place));
        Assert.Empty(stage.Sent);

        stage.Pass(15);

        Assert.Equal([Replica(1), Replica(2), Replica(3)], stage.Sent.Select(sent => sent.Replica));
        var asked = new ResendReply(request.RequestDigest(stage.Genesis.Cluster));
        Assert.All(stage.Sent, sent => Assert.Equal(asked, sent.Frame));
    }

    [Fact]
    public void After_the_first_reply_others_are_asked_soon_however_often_they_were_asked_in_vain()
    {
        var stage = new Stage().Open().Update("a");
        var request = stage.Requests[0];
        stage.Step(new ClientInput.Disconnected(Replica(0)));
        for (var asked = 0; asked < 4; asked++)
        {
            stage.Pass(15 << asked);
            Assert.NotEmpty(stage.Sent);
        }

        stage.Reply(1, request, Committed(2, Place));
        stage.Pass(15);

        Assert.Equal([Replica(2), Replica(3)], stage.Sent.Select(sent => sent.Replica));
    }

    [Fact]
    public void Replies_that_never_agree_do_not_bring_questions_without_end()
    {
        var stage = new Stage(change: settings => settings with { BoundMin = TimeSpan.FromSeconds(1) }).Open().Update("a");
        var request = stage.Requests[0];
        stage.Pass(500).Pass(500);
        var asked = 0;
        for (var reply = 0; reply < 100; reply++)
        {
            stage.Reply(reply % 2, request, Committed(2, new(new((ulong)(20 + reply)), 0)));
            asked += stage.Sent.Count;
        }

        Assert.InRange(asked, 1, 8);
    }

    [Fact]
    public void A_session_that_has_ended_leaves_its_updates_unknown_and_a_new_one_is_opened_for_the_rest()
    {
        var stage = new Stage(change: settings => settings with { RequestsInFlight = 1 }).Open().Update("a");
        var request = stage.Requests[0];
        stage.Update("b");
        var over = Said(2, Outcome.Unknown, RefusedBecause.NoSession);

        stage.Reply(0, request, over).Reply(1, request, over);

        Assert.Equal(
            (Outcome.Unknown, RefusedBecause.NoSession),
            (Assert.Single(stage.Outcomes).Outcome, stage.Outcomes[0].Because));
        Assert.Equal(OperationKind.OpenSession, Assert.Single(stage.Requests).Operations[0].Kind);
    }

    [Fact]
    public void A_client_that_no_site_knows_is_told_so()
    {
        var stage = new Stage().Connect().Update("a");
        var opening = stage.Requests[0];
        var refused = Said(1, Outcome.NotTaken, RefusedBecause.UnknownClient);

        stage.Reply(0, opening, refused).Reply(1, opening, refused);

        Assert.Equal(
            ClientOutcome.Of(Outcome.Rejected, ClientReason.None, RefusedBecause.UnknownClient),
            Assert.Single(stage.Outcomes));
    }

    [Fact]
    public void A_cancelled_update_that_was_sent_is_unknown()
    {
        var stage = new Stage().Open().Update("a").Cancel();

        Assert.Equal((Outcome.Unknown, ClientReason.Cancelled), (stage.Outcomes[0].Outcome, stage.Outcomes[0].Reason));
    }

    [Fact]
    public void A_cancelled_update_that_never_left_is_rejected_and_never_leaves()
    {
        var stage = new Stage().Update("a").Cancel();
        Assert.Equal((Outcome.Rejected, ClientReason.Cancelled), (stage.Outcomes[0].Outcome, stage.Outcomes[0].Reason));

        Assert.Empty(stage.Connect().Requests);
    }

    [Fact]
    public void After_the_deadline_what_was_sent_is_unknown_and_late_replies_change_nothing()
    {
        var stage = new Stage().Open().Update("a", deadlineMilliseconds: 100);
        var request = stage.Requests[0];
        Assert.Equal(stage.Now + TimeSpan.FromMilliseconds(100), stage.Session.NextWake);

        stage.Pass(100);
        Assert.Equal(
            ClientOutcome.Of(Outcome.Unknown, ClientReason.DeadlinePassed, RefusedBecause.None), stage.Outcomes[0]);

        stage.Reply(0, request, Committed(2, Place)).Reply(1, request, Committed(2, Place));
        Assert.Empty(stage.Outcomes);
    }

    [Fact]
    public void Beyond_its_bounds_a_client_refuses_clearly()
    {
        var stage = new Stage(change: settings => settings with { OperationsMax = 1, BytesMax = 300 * 1024 });
        Assert.Empty(stage.Update("a").Outcomes);

        Assert.Equal(ClientReason.QueueFull, Assert.Single(stage.Update("b").Outcomes).Reason);
        stage.Update(new string('x', Limits.OperationBytes + 1));
        Assert.Equal(ClientReason.TooLarge, Assert.Single(stage.Outcomes).Reason);
    }

    [Fact]
    public void A_replica_that_comes_back_gets_what_may_have_been_lost()
    {
        var stage = new Stage().Open().Update("a");
        var request = stage.Requests[0];
        stage.Step(new ClientInput.Disconnected(Replica(0)));

        stage.Step(new ClientInput.Connected(Replica(0), default));

        Assert.Equal(request.Encoded, Assert.Single(stage.Requests).Encoded);
    }

    [Fact]
    public void Another_site_is_connected_to_only_when_it_is_needed()
    {
        var stage = new Stage(sites: 2).Connect(0).Update("a");
        Assert.Empty(stage.Effects.OfType<ClientEffect.Reach>());

        stage.Pass(500).Pass(500);

        Assert.Equal([new ClientEffect.Reach(new(1))], stage.Effects.OfType<ClientEffect.Reach>());
    }

    [Fact]
    public void While_the_own_site_is_away_others_are_connected_to_one_after_the_other()
    {
        var stage = new Stage(sites: 3).Query("k", QueryLevel.Local);

        Assert.Equal([new ClientEffect.Reach(new(1))], stage.Pass(1000).Effects);
        Assert.Empty(stage.Pass(999).Effects);
        Assert.Equal([new ClientEffect.Reach(new(2))], stage.Pass(1).Effects);
        Assert.Empty(stage.Pass(5000).Effects);
    }

    [Fact]
    public void Closing_ends_all_that_waits()
    {
        var stage = new Stage().Open().Update("a").Step(new ClientInput.Close());

        Assert.Equal((Outcome.Unknown, ClientReason.Closed), (stage.Outcomes[0].Outcome, stage.Outcomes[0].Reason));
        Assert.Equal(ClientReason.Closed, stage.Update("b").Outcomes[0].Reason);
    }
}
