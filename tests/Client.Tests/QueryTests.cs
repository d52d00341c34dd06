using Holdfast.Protocol;
using Holdfast.Protocol.Messages;
using static Holdfast.Client.Tests.Stage;

namespace Holdfast.Client.Tests;

/// <summary>Queries, by what they promise: <c>docs/protocol.md</c>, section 'Clients, replies, queries'.</summary>
public sealed class QueryTests
{
    [Fact]
    public void Answers_count_when_result_and_change_are_equal_whatever_the_replicas_have_executed_since()
    {
        var stage = Asked();
        stage.LocalAnswer(0, "x", changedAt: 12, readAt: 15);
        Assert.Empty(stage.Outcomes);

        stage.LocalAnswer(1, "x", changedAt: 12, readAt: 90);

        var outcome = Assert.Single(stage.Outcomes);
        Assert.Equal((Outcome.Answered, QueryLevel.Local), (outcome.Outcome, outcome.Level));
        Assert.Equal(new GlobalSequence(12), outcome.ChangedAt);
    }

    [Fact]
    public void The_floor_rises_to_what_changed_and_a_read_from_the_future_blocks_nobody()
    {
        var stage = Asked();
        stage.LocalAnswer(0, "x", changedAt: 12, readAt: 1_000_000_000);
        stage.LocalAnswer(1, "x", changedAt: 12, readAt: 15);
        Assert.Equal(new GlobalSequence(12), stage.Session.Floor);

        stage.Query("k", QueryLevel.Local);
        stage.AskedLocally();
        stage.LocalAnswer(1, "x", changedAt: 12, readAt: 16).LocalAnswer(2, "x", changedAt: 12, readAt: 16);

        Assert.Equal(Outcome.Answered, Assert.Single(stage.Outcomes).Outcome);
    }

    [Fact]
    public void An_answer_from_before_what_this_client_has_seen_does_not_count()
    {
        var stage = Asked();
        Assert.Equal(new GlobalSequence(11), stage.Session.Floor);

        stage.LocalAnswer(0, "old", changedAt: 5, readAt: 10).LocalAnswer(1, "old", changedAt: 5, readAt: 11);
        Assert.Empty(stage.Outcomes);

        stage.LocalAnswer(2, "old", changedAt: 5, readAt: 12);
        Assert.Single(stage.Outcomes);
    }

    [Fact]
    public void An_own_write_is_below_no_later_local_answer()
    {
        var stage = new Stage().Open().Update("a");
        var request = stage.Requests[0];
        var place = new GlobalPosition(new(40), 0);
        stage.Reply(0, request, Committed(2, place)).Reply(1, request, Committed(2, place));

        stage.Query("k", QueryLevel.Local);

        Assert.Equal(new GlobalSequence(40), stage.AskedLocally().Floor);
    }

    [Fact]
    public void The_age_shown_is_the_oldest_of_those_that_agree()
    {
        var stage = Asked();
        stage.LocalAnswer(0, "x", 12, 15, age: 3000).LocalAnswer(1, "x", 12, 15, age: 7000);

        Assert.Equal(TimeSpan.FromMilliseconds(7), stage.Outcomes[0].Age);
    }

    [Theory]
    [InlineData(QueryLevel.Ordered)]
    [InlineData(QueryLevel.Global)]
    public void An_ordered_answer_has_an_age_which_is_no_part_of_what_is_voted_on(QueryLevel level)
    {
        var stage = new Stage().Open().Query("k", level);
        var request = Assert.Single(stage.Requests);
        var answer = Answered(Stage.FirstQuery, 15, 14, "z");

        stage.AgedReply(0, 3000, request, answer).AgedReply(3, 9000, request, Answered(Stage.FirstQuery, 15, 14, "a lie"));
        Assert.Empty(stage.Outcomes);
        stage.AgedReply(2, 7000, request, answer);

        var outcome = Assert.Single(stage.Outcomes);
        Assert.Equal(new GlobalSequence(15), outcome.Position.Sequence);
        Assert.Equal(TimeSpan.FromMilliseconds(7), outcome.Age);
        Assert.False(outcome.IsFromCutOffSite);
    }

    /// <summary>Replicas give the answer that a query got once more to whoever repeats it, so two programs that share a key and
    /// have seen the same must not be taken for one: the second would get what the first was told before a write.</summary>
    [Theory]
    [InlineData(QueryLevel.Ordered)]
    [InlineData(QueryLevel.Global)]
    public void Two_programs_that_share_a_key_never_ask_the_same(QueryLevel level)
    {
        var asked = new[] { Stage.Seed, Digest.Of([8]).ToBytes() }
            .Select(seed => new Stage(change: settings => settings with { Seed = seed }).Connect())
            .SelectMany(stage => Enumerable.Range(0, 2).Select(_ => Assert.Single(stage.Query("k", level).Requests)))
            .Select(request => request.RequestDigest(default))
            .ToList();

        Assert.Equal(4, asked.Count);
        Assert.Distinct(asked);
    }

    [Fact]
    public void An_answer_from_a_site_that_is_cut_off_is_labelled_as_such()
    {
        var stage = new Stage().Open().Query("k", QueryLevel.Ordered);
        var request = Assert.Single(stage.Requests);
        var answer = Answered(Stage.FirstQuery, 15, 14, "z");

        stage.AgedReply(0, 1000, request, answer).AgedReply(2, 5_000_001, request, answer);

        Assert.True(Assert.Single(stage.Outcomes).IsFromCutOffSite);
    }

    [Fact]
    public void After_two_tries_without_agreement_the_query_is_ordered()
    {
        var stage = Asked();
        stage.LocalAnswer(0, "x", 12, 15).LocalAnswer(1, "y", 13, 15).LocalAnswer(2, "z", 14, 15);
        Assert.Equal(4, stage.Sent.Count);
        stage.AskedLocally();

        stage.LocalAnswer(0, "x", 12, 15).LocalAnswer(1, "y", 13, 15).LocalAnswer(2, "z", 14, 15);
        stage.LocalAnswer(3, "0", 1, 15);

        var request = Assert.Single(stage.Requests);
        Assert.Equal((RequestLevel.Ordered, Stage.FirstQuery), (request.Level, request.FirstNumber));
        stage.Reply(0, request, Answered(Stage.FirstQuery, 15, 14, "z")).Reply(2, request, Answered(Stage.FirstQuery, 15, 14, "z"));
        Assert.Equal(QueryLevel.Ordered, Assert.Single(stage.Outcomes).Level);
    }

    [Fact]
    public void Silence_counts_as_a_try()
    {
        var stage = Asked();

        Assert.Equal(4, stage.Pass(250).Sent.Count);
        Assert.Equal(RequestLevel.Ordered, Assert.Single(stage.Pass(250).Requests).Level);
    }

    [Fact]
    public void A_local_query_needs_no_session()
    {
        var stage = new Stage().Connect().Query("k", QueryLevel.Local);

        Assert.Equal(3, stage.Sent.Select(sent => sent.Frame).OfType<LocalQuery>().Count());
    }

    [Fact]
    public void Query_numbers_count_apart_from_those_of_updates()
    {
        var stage = new Stage().Open();

        Assert.Equal(Stage.FirstQuery, stage.Query("k", QueryLevel.Global).Requests[0].FirstNumber);
        Assert.Equal(Stage.FirstQuery + 1, stage.Query("k", QueryLevel.Ordered).Requests[0].FirstNumber);
        Assert.Equal(2UL, stage.Update("a").Requests[0].FirstNumber);
    }

    [Fact]
    public void Equal_results_of_different_changes_are_not_alike()
    {
        var stage = Asked();
        stage.LocalAnswer(0, "x", changedAt: 12, readAt: 15).LocalAnswer(1, "x", changedAt: 13, readAt: 15);
        Assert.Empty(stage.Outcomes);
        stage.LocalAnswer(1, "x", changedAt: 12, readAt: 15);

        Assert.Single(stage.Outcomes);
    }

    [Fact]
    public void A_liar_that_answers_twice_has_one_voice()
    {
        var stage = Asked();

        Assert.Empty(stage.LocalAnswer(0, "x", 12, 15).LocalAnswer(0, "x", 12, 15).Outcomes);
    }

    [Fact]
    public void A_query_that_is_ordered_names_the_floor()
    {
        var stage = new Stage().Open().Query("k", QueryLevel.Ordered);

        Assert.Equal(new GlobalSequence(11), stage.Requests[0].Floor);
    }

    [Fact]
    public void A_site_that_is_behind_is_left_for_another()
    {
        var stage = new Stage(sites: 2).Open().Query("k", QueryLevel.Ordered);
        var request = stage.Requests[0];
        var behind = Said(Stage.FirstQuery, Outcome.Behind, RefusedBecause.None);

        stage.Reply(0, request, behind).Reply(1, request, behind);
        Assert.Equal(Replica(0, site: 1), Assert.Single(stage.Sent).Replica);

        stage.ReplyFrom(0, 1, request, behind).ReplyFrom(1, 1, request, behind);
        Assert.Equal(Outcome.Behind, Assert.Single(stage.Outcomes).Outcome);
    }

    [Fact]
    public void A_query_that_a_site_did_not_take_is_asked_again_under_another_number()
    {
        var stage = new Stage().Open().Query("k", QueryLevel.Ordered);
        var request = stage.Requests[0];
        var refused = Said(Stage.FirstQuery, Outcome.NotTaken, RefusedBecause.Overloaded);

        stage.Reply(0, request, refused).Reply(1, request, refused);
        Assert.Empty(stage.Requests);
        stage.Pass(100);

        var again = Assert.Single(stage.Requests);
        Assert.Equal((Stage.FirstQuery + 1, request.Operations), (again.FirstNumber, again.Operations));
    }

    [Fact]
    public void Where_a_site_wants_a_session_for_queries_one_is_opened()
    {
        var stage = new Stage().Connect().Query("k", QueryLevel.Ordered);
        var request = stage.Requests[0];
        var refused = Said(Stage.FirstQuery, Outcome.NotTaken, RefusedBecause.NoSession);

        stage.Reply(0, request, refused).Reply(1, request, refused);

        Assert.Equal(OperationKind.OpenSession, Assert.Single(stage.Requests).Operations[0].Kind);
    }

    private static Stage Asked()
    {
        var stage = new Stage().Open().Query("k", QueryLevel.Local);
        stage.AskedLocally();
        return stage;
    }
}
