using Holdfast.Protocol.Messages;
using static Holdfast.Protocol.Tests.GlobalStage;

namespace Holdfast.Protocol.Tests;

/// <summary>The rule of at most once, clause by clause and in its order.</summary>
public sealed class AtMostOnceTests
{
    private static readonly GlobalPosition NoSession = new(new(77), 0);

    private readonly GlobalStage _stage = new();

    [Fact]
    public void An_operation_runs_once_and_is_told_at_its_position()
    {
        var session = _stage.Open(Writer);

        var results = _stage.Execute(
            Request(Writer, session, 1, Do("a"), Do("b")), Request(Writer, session, 3, Do("c")));

        Assert.Equal([1UL, 2UL, 3UL], results.Select(result => result.Number));
        Assert.All(results, result => Assert.Equal((Outcome.Committed, RefusedBecause.None), Said(result)));
        Assert.Equal([At(2, 0), At(2, 1), At(2, 2)], results.Select(result => result.Position));
        Assert.Equal(Bytes.FromText("did b"), results[1].Result);
        Assert.Equal(Bytes.FromText("abc"), _stage.Log);
    }

    [Fact]
    public void Without_a_session_an_operation_is_unknown_and_not_run()
    {
        Assert.Equal((Outcome.Unknown, RefusedBecause.NoSession), Said(_stage.Execute(Writer, NoSession, 1, Do("a"))));
        Assert.Equal((Outcome.Unknown, RefusedBecause.NoSession), Said(_stage.Execute(Writer, default, 1, Do("a"))));
        Assert.True(_stage.Log.IsEmpty);
    }

    [Fact]
    public void A_session_is_of_no_use_to_another_client()
    {
        var session = _stage.Open(Writer);

        Assert.Equal((Outcome.Unknown, RefusedBecause.NoSession), Said(_stage.Execute(Reader, session, 1, Do("a"))));
    }

    [Fact]
    public void A_repeated_operation_is_answered_from_memory_with_its_first_position()
    {
        var session = _stage.Open(Writer);
        var first = _stage.Execute(Writer, session, 5, Do("a"));

        var again = _stage.Execute(Request(Writer, session, 5, Do("a"), Do("b")));

        Assert.Equal(first, again[0]);
        Assert.Equal(Outcome.Committed, again[1].Outcome);
        Assert.Equal(Bytes.FromText("ab"), _stage.Log);
    }

    [Fact]
    public void Another_operation_under_a_recorded_number_is_rejected_and_the_record_stays()
    {
        var session = _stage.Open(Writer);
        var first = _stage.Execute(Writer, session, 5, Do("a"));

        var other = _stage.Execute(Writer, session, 5, Do("b"));

        Assert.Equal((Outcome.Rejected, RefusedBecause.NumberReused), Said(other));
        Assert.Equal(first, _stage.Execute(Writer, session, 5, Do("a")));
        Assert.Equal(Bytes.FromText("a"), _stage.Log);
    }

    [Fact]
    public void A_number_at_or_below_the_floor_is_unknown()
    {
        var session = _stage.Open(Writer);
        _stage.Execute(Request(Writer, session, 1, Do("a"), Do("b"), Do("c")));

        var results = _stage.Execute(Request(Writer, session, 4, Do("d")) with { DoneUpTo = 2 });

        Assert.Equal(Outcome.Committed, results[0].Outcome);
        Assert.Equal((Outcome.Unknown, RefusedBecause.BelowFloor), Said(_stage.Execute(Writer, session, 1, Do("a"))));
        Assert.Equal((Outcome.Unknown, RefusedBecause.BelowFloor), Said(_stage.Execute(Writer, session, 2, Do("b"))));
        Assert.Equal(Outcome.Committed, _stage.Execute(Writer, session, 3, Do("c")).Outcome);
        Assert.Equal(Bytes.FromText("abcd"), _stage.Log);
    }

    [Fact]
    public void The_floor_never_goes_back()
    {
        var session = _stage.Open(Writer);
        _stage.Execute(Request(Writer, session, 9, Do("a")) with { DoneUpTo = 8 });

        _stage.Execute(Request(Writer, session, 10, Do("b")) with { DoneUpTo = 3 });

        Assert.Equal((Outcome.Unknown, RefusedBecause.BelowFloor), Said(_stage.Execute(Writer, session, 8, Do("c"))));
    }

    [Fact]
    public void A_number_above_the_window_is_not_taken_and_may_come_again()
    {
        var session = _stage.Open(Writer);
        const ulong Last = SessionLimits.Window;

        Assert.Equal(Outcome.Committed, _stage.Execute(Writer, session, Last, Do("a")).Outcome);
        var above = _stage.Execute(Writer, session, Last + 1, Do("b"));
        Assert.Equal((Outcome.NotTaken, RefusedBecause.AboveWindow), Said(above));
        var later = _stage.Execute(Request(Writer, session, Last + 1, Do("b")) with { DoneUpTo = 1 });

        Assert.Equal(Outcome.Committed, Assert.Single(later).Outcome);
        Assert.Equal(Bytes.FromText("ab"), _stage.Log);
    }

    [Fact]
    public void A_session_full_of_results_takes_only_the_next_number_until_the_client_says_what_is_done()
    {
        var session = _stage.Open(Writer);
        for (ulong number = 2; number <= 8; number++)
        {
            Assert.Equal(Outcome.Committed, _stage.Execute(Writer, session, number, Do("B")).Outcome);
        }

        Assert.Equal(Outcome.NotTaken, _stage.Execute(Writer, session, 9, Do("B")).Outcome);
        Assert.Equal(Outcome.Committed, _stage.Execute(Writer, session, 1, Do("B")).Outcome);
        var done = _stage.Execute(Request(Writer, session, 9, Do("B")) with { DoneUpTo = 8 });
        Assert.Equal(Outcome.Committed, Assert.Single(done).Outcome);
    }

    /// <summary>The bound of what is recorded, reached as closely as can be, and then a longest result on either side.</summary>
    [Fact]
    public void All_that_a_session_may_have_recorded_fits_into_one_reply()
    {
        var session = _stage.Open(Writer);
        Operation[] recorded = [Do("M"), Do("M"), Do("B"), Do("B"), Do("B"), Do("x" + new string('x', 123 * 1024)), Do("M")];
        for (var number = 2; number <= recorded.Length; number++)
        {
            var result = _stage.Execute(Writer, session, (ulong)number, recorded[number - 1]);
            Assert.Equal(Outcome.Committed, result.Outcome);
        }

        var others = Enumerable.Repeat(Do("a"), Limits.OperationsPerRequest - recorded.Length);
        var results = _stage.Execute(Request(Writer, session, 1, [.. recorded, .. others]));
        var reply = new ClientReply(Writer, session, default, RequestLevel.Update, ValueList.From(results));

        Assert.Equal(recorded.Length, results.Count(result => result.Outcome == Outcome.Committed));
        Assert.Equal(reply, Assert.IsType<Reply>(ClientFrames.Decode(new Reply(default, 0, reply).Encode().Span)).Body);
    }

    [Fact]
    public void An_operation_that_comes_too_late_is_rejected_for_ever()
    {
        var session = _stage.Open(Writer);
        var late = Request(Writer, session, 1, Do("a")) with { NotAfter = GlobalStage.At(99) };

        var first = Assert.Single(_stage.Execute(late));
        var again = _stage.Execute(Writer, session, 1, Do("a"));

        Assert.Equal((Outcome.Rejected, RefusedBecause.TooLate), Said(first));
        Assert.Equal(first, again);
        Assert.True(_stage.Log.IsEmpty);
    }

    [Fact]
    public void An_operation_runs_at_the_very_last_moment()
    {
        var session = _stage.Open(Writer);
        var request = Request(Writer, session, 1, Do("a")) with { NotAfter = GlobalStage.At(_stage.Second) };

        Assert.Equal(Outcome.Committed, Assert.Single(_stage.Execute(request)).Outcome);
    }

    [Fact]
    public void A_time_that_goes_back_makes_nothing_early_again()
    {
        var session = _stage.Open(Writer);
        _stage.Second = 50;

        var late = Request(Writer, session, 1, Do("a")) with { NotAfter = GlobalStage.At(99) };

        Assert.Equal(RefusedBecause.TooLate, Assert.Single(_stage.Execute(late)).Because);
        Assert.Equal(GlobalStage.At(100), _stage.State.GlobalTime);
    }

    [Fact]
    public void A_client_without_the_role_is_rejected_and_the_rejection_is_remembered()
    {
        var session = _stage.Open(Reader);
        var refused = _stage.Execute(Reader, session, 1, Do("a"));
        var makeWriter = new Administration.SetClient(Reader, Roles.Reader | Roles.Writer);
        _stage.Execute(Operator, _stage.Open(Operator), 1, Administer(makeWriter));

        Assert.Equal((Outcome.Rejected, RefusedBecause.NotPermitted), Said(refused));
        Assert.Equal(refused, _stage.Execute(Reader, session, 1, Do("a")));
        Assert.Equal(Outcome.Committed, _stage.Execute(Reader, session, 2, Do("b")).Outcome);
        Assert.Equal(Bytes.FromText("b"), _stage.Log);
    }

    [Fact]
    public void An_application_that_throws_is_a_rejection_and_leaves_its_state_untouched()
    {
        var session = _stage.Open(Writer);
        var before = Application();

        var thrown = _stage.Execute(Writer, session, 1, Do("!"));

        Assert.Equal((Outcome.Rejected, RefusedBecause.ApplicationFailed), Said(thrown));
        Assert.Equal(before, Application());
        Assert.Equal(thrown, _stage.Execute(Writer, session, 1, Do("!")));
    }

    [Fact]
    public void A_result_over_the_limit_is_a_rejection_and_leaves_the_state_untouched()
    {
        var session = _stage.Open(Writer);

        var tooLarge = _stage.Execute(Writer, session, 1, Do("L"));

        Assert.Equal((Outcome.Rejected, RefusedBecause.ResultTooLarge), Said(tooLarge));
        Assert.Empty(Application());
    }

    [Fact]
    public void The_order_of_the_rules_is_session_floor_record_window_time_role()
    {
        var session = _stage.Open(Reader);
        var past = GlobalStage.At(1);

        // Too late and without the role: the time is told. Recorded, reused and too late: the reuse is told.
        var late = Assert.Single(_stage.Execute(Request(Reader, session, 1, Do("a")) with { NotAfter = past }));
        var reused = Assert.Single(_stage.Execute(Request(Reader, session, 1, Do("b")) with { NotAfter = past }));

        // Above the window and too late: it is not taken, so nothing final is said.
        var above = Request(Reader, session, SessionLimits.Window + 1, Do("a")) with { NotAfter = past };
        var notTaken = Assert.Single(_stage.Execute(above));

        // At the floor and recorded: the floor is told.
        _stage.Execute(Request(Reader, session, 3, Do("a")) with { DoneUpTo = 1 });
        var below = _stage.Execute(Reader, session, 1, Do("a"));

        Assert.Equal(
            [
                RefusedBecause.TooLate, RefusedBecause.NumberReused, RefusedBecause.AboveWindow,
                RefusedBecause.BelowFloor,
            ],
            new[] { late, reused, notTaken, below }.Select(result => result.Because));
    }

    [Fact]
    public void A_query_among_the_updates_is_not_executed()
    {
        var session = _stage.Open(Writer);

        var request = Request(Writer, session, 1, Do("a")) with { Level = RequestLevel.Global };
        var query = Assert.Single(_stage.Execute(request));

        Assert.Equal(Outcome.NotTaken, query.Outcome);
        Assert.Equal(Outcome.Committed, _stage.Execute(Writer, session, 1, Do("b")).Outcome);
    }

    [Fact]
    public void What_is_settled_is_told_without_ordering_it_again()
    {
        var session = _stage.Open(Writer);
        var request = Request(Writer, session, 1, Do("a"), Do("!"));
        Assert.Null(_stage.State.Settled(request));
        var results = _stage.Execute(request);

        Assert.Equal(results, _stage.State.Settled(request)!);
        Assert.Null(_stage.State.Settled(Request(Writer, session, 2, Do("!"), Do("c"))));
        Assert.Null(_stage.State.Settled(Request(Writer, NoSession, 1, Do("a"))));
        var ended = _stage.State.Settled(Request(Writer, new(new(1), 9), 1, Do("a")));
        Assert.Equal((Outcome.Unknown, RefusedBecause.NoSession), Said(Assert.Single(ended!)));
    }

    [Fact]
    public void What_is_known_without_executing_is_said_alike_however_far_a_replica_is()
    {
        var session = _stage.Open(Writer);
        _stage.Execute(Request(Writer, session, 2, Do("a")) with { DoneUpTo = 1 });
        ClientRequest[] requests =
        [
            Request(Writer, new(new(1), 9), 1, Do("a")), Request(Writer, session, 1, Do("a")),
            Request(Writer, session, 2, Do("b")),
        ];
        var before = requests.Select(request => Assert.Single(_stage.State.Settled(request)!)).ToArray();

        Assert.Equal(before, _stage.Execute(requests));
        Assert.Equal(before, requests.Select(request => Assert.Single(_stage.State.Settled(request)!)));
    }

    private static (Outcome, RefusedBecause) Said(OperationResult result) => (result.Outcome, result.Because);

    private static GlobalPosition At(ulong sequence, uint place) => new(new(sequence), place);

    private KeyValuePair<Bytes, Bytes>[] Application() =>
        [.. _stage.State.Snapshot().Map.Under(GlobalLayout.Application).Range(Bytes.Empty, null)];
}
