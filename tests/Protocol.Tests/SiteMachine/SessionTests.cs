using Holdfast.Protocol.Messages;
using static Holdfast.Protocol.Tests.GlobalStage;

namespace Holdfast.Protocol.Tests;

/// <summary>How sessions begin and end, and who may do what.</summary>
public sealed class SessionTests
{
    private static readonly Operation OpenIt = new(OperationKind.OpenSession, Bytes.Empty);
    private static readonly Operation CloseIt = new(OperationKind.CloseSession, Bytes.Empty);

    private readonly GlobalStage _stage = new();

    [Fact]
    public void A_sessions_id_is_the_position_at_which_it_was_opened()
    {
        var results = _stage.Execute(Request(Writer, default, 1, OpenIt), Request(Reader, default, 1, OpenIt));

        Assert.Equal([new(new(1), 0), new GlobalPosition(new(1), 1)], results.Select(result => result.Position));
    }

    [Fact]
    public void The_same_request_to_open_opens_no_second_session()
    {
        var session = _stage.Open(Writer, number: 42);

        Assert.Equal(session, _stage.Open(Writer, number: 42));
        Assert.NotEqual(session, _stage.Open(Writer, number: 43));
    }

    [Fact]
    public void A_stranger_and_one_who_is_late_open_nothing()
    {
        var late = Request(Writer, default, 1, OpenIt) with { NotAfter = GlobalStage.At(1) };

        Assert.Equal(RefusedBecause.NotPermitted, _stage.Execute(Stranger, default, 1, OpenIt).Because);
        Assert.Equal(RefusedBecause.TooLate, Assert.Single(_stage.Execute(late)).Because);
    }

    /// <summary>Whoever has kept a client's openings could else end its live session by as many as it may have.</summary>
    [Fact]
    public void An_opening_whose_session_has_ended_opens_no_other_until_its_time_is_over()
    {
        for (var number = 1UL; number <= SessionLimits.SessionsPerClient + 1; number++)
        {
            _stage.Execute(Writer, _stage.Open(Writer, number), 1, CloseIt);
        }

        var live = _stage.Open(Writer, number: 99);
        for (var number = 1UL; number <= SessionLimits.SessionsPerClient + 1; number++)
        {
            var replayed = _stage.Execute(Writer, default, number, OpenIt);
            Assert.Equal((Outcome.Unknown, RefusedBecause.NoSession), (replayed.Outcome, replayed.Because));
            Assert.NotNull(_stage.State.Settled(Request(Writer, default, number, OpenIt)));
        }

        Assert.Equal(Outcome.Committed, _stage.Execute(Writer, live, 1, Do("a")).Outcome);
    }

    [Fact]
    public void Openings_are_remembered_in_bounds_and_no_longer_than_they_may_run()
    {
        var end = GlobalStage.At(_stage.Second + 5000);
        for (var number = 1UL; number <= SessionLimits.OpeningsPerClient + 1; number++)
        {
            _stage.Execute(Request(Writer, default, number, OpenIt) with { NotAfter = end });
        }

        int Remembered()
        {
            Assert.True(_stage.State.Snapshot().Map.Under(GlobalLayout.Openings).TryGet(Writer, out var bytes));
            return new WireReader(bytes.Span).Count(int.MaxValue);
        }

        Assert.Equal(SessionLimits.OpeningsPerClient, Remembered());

        _stage.Second += 5001;
        _stage.Open(Writer, number: 5000);
        Assert.Equal(1, Remembered());
    }

    [Fact]
    public void A_session_is_not_opened_inside_another()
    {
        var session = _stage.Open(Writer);

        var nested = _stage.Execute(Writer, session, 1, OpenIt);

        Assert.Equal((Outcome.Rejected, RefusedBecause.MalformedOperation), (nested.Outcome, nested.Because));
    }

    [Fact]
    public void A_closed_session_knows_nothing_any_more_and_leaves_nothing_behind()
    {
        _stage.Open(Writer, number: 1);
        var before = _stage.State.Snapshot().Map.Count;
        var session = _stage.Open(Writer, number: 2);
        _stage.Second += 3600;

        var results = _stage.Execute(Request(Writer, session, 1, Do("a"), CloseIt, Do("b")));

        Assert.Equal([Outcome.Committed, Outcome.Committed, Outcome.Unknown], results.Select(result => result.Outcome));
        Assert.Equal(Outcome.Unknown, _stage.Execute(Writer, session, 1, Do("a")).Outcome);
        Assert.Equal(before + 1, _stage.State.Snapshot().Map.Count);   // The log of the application is new.
        _stage.Second += 2 * (long)SessionLimits.Idle.TotalSeconds;
        _stage.Execute();
        Assert.Equal(0, _stage.State.Snapshot().Map.Under(GlobalLayout.IdleSessions).CountBetween(Bytes.Empty, null));
    }

    [Fact]
    public void One_session_too_many_ends_the_one_that_was_used_least_recently()
    {
        var sessions = Enumerable.Range(1, SessionLimits.SessionsPerClient)
            .Select(number => _stage.Open(Writer, (ulong)number)).ToArray();
        _stage.Execute(Writer, sessions[0], 1, Do("a"));

        _stage.Open(Writer, number: 100);

        Assert.Equal(Outcome.Committed, _stage.Execute(Writer, sessions[0], 2, Do("b")).Outcome);
        Assert.Equal(Outcome.Unknown, _stage.Execute(Writer, sessions[1], 1, Do("c")).Outcome);
        Assert.Equal(Outcome.Committed, _stage.Execute(Writer, sessions[2], 1, Do("d")).Outcome);
    }

    [Fact]
    public void A_session_ends_when_nobody_used_it_for_a_day()
    {
        var (busy, idle) = (_stage.Open(Writer, number: 1), _stage.Open(Writer, number: 2));
        _stage.Second += 3600;
        _stage.Execute(Writer, busy, 1, Do("a"));
        _stage.Second += (long)SessionLimits.Idle.TotalSeconds - 1800;

        Assert.Equal(Outcome.Committed, _stage.Execute(Writer, busy, 2, Do("b")).Outcome);
        Assert.Equal(Outcome.Unknown, _stage.Execute(Writer, idle, 1, Do("c")).Outcome);
    }

    [Fact]
    public void A_session_lives_to_the_last_moment_of_its_idle_time()
    {
        var session = _stage.Open(Writer);
        _stage.Second += (long)SessionLimits.Idle.TotalSeconds;

        Assert.Equal(Outcome.Committed, _stage.Execute(Writer, session, 1, Do("a")).Outcome);
        _stage.Second += (long)SessionLimits.Idle.TotalSeconds + 1;
        Assert.Equal(Outcome.Unknown, _stage.Execute(Writer, session, 2, Do("b")).Outcome);
    }

    [Fact]
    public void Many_idle_sessions_end_over_several_entries()
    {
        var clients = Enumerable.Range(10, 3).Select(one => new Bytes([.. Enumerable.Repeat((byte)one, 32)])).ToArray();
        var session = _stage.Open(Operator);
        ulong number = 1;
        foreach (var client in clients)
        {
            _stage.Execute(Operator, session, number++, Administer(new Administration.SetClient(client, Roles.Writer)));
            for (ulong one = 1; one <= 12; one++)
            {
                _stage.Open(client, one);
            }
        }

        _stage.Second += (long)SessionLimits.Idle.TotalSeconds + 120;
        var counts = new List<int>();
        for (var entry = 0; entry < 4; entry++)
        {
            _stage.Execute();
            counts.Add(_stage.State.Snapshot().Map.Under(GlobalLayout.Sessions).CountBetween(Bytes.Empty, null));
        }

        Assert.Equal([37 - 16, 37 - 32, 0, 0], counts);
    }

    [Fact]
    public void Only_an_operator_changes_who_may_do_what()
    {
        var add = Administer(new Administration.SetClient(Stranger, Roles.Writer));
        var session = _stage.Open(Writer);

        Assert.Equal(RefusedBecause.NotPermitted, _stage.Execute(Writer, session, 1, add).Because);
        Assert.Equal(Roles.None, _stage.State.Snapshot().RolesOf(Stranger));
        Assert.Equal(Outcome.Committed, _stage.Execute(Operator, _stage.Open(Operator), 1, add).Outcome);
        Assert.Equal(Roles.Writer, _stage.State.Snapshot().RolesOf(Stranger));
        Assert.Equal(Outcome.Committed, _stage.Execute(Stranger, _stage.Open(Stranger), 1, Do("a")).Outcome);
    }

    [Fact]
    public void A_removed_client_may_do_nothing_but_its_results_stay()
    {
        var session = _stage.Open(Writer);
        var first = _stage.Execute(Writer, session, 1, Do("a"));

        StatePart Openings() => new AuthenticatedMap(_stage.State.Snapshot().Map).Under(GlobalLayout.Openings);
        Assert.True(Openings().TryGet(Writer, out _));

        _stage.Execute(Operator, _stage.Open(Operator), 1, Administer(new Administration.RemoveClient(Writer)));

        Assert.False(Openings().TryGet(Writer, out _), "What it opened is remembered though it may open nothing.");

        Assert.Equal(RefusedBecause.NotPermitted, _stage.Execute(Writer, session, 2, Do("b")).Because);
        Assert.Equal(first, _stage.Execute(Writer, session, 1, Do("a")));
        var query = _stage.State.Snapshot().Query(Writer, 1, Bytes.FromText("log"));
        Assert.Equal(RefusedBecause.NotPermitted, query.Because);
    }

    [Fact]
    public void The_last_operator_cannot_be_removed()
    {
        var session = _stage.Open(Operator);

        var removed = _stage.Execute(Operator, session, 1, Administer(new Administration.RemoveClient(Operator)));
        var demoted = new Administration.SetClient(Operator, Roles.Reader);

        Assert.Equal(RefusedBecause.NotPermitted, removed.Because);
        Assert.Equal(RefusedBecause.NotPermitted, _stage.Execute(Operator, session, 2, Administer(demoted)).Because);
        var second = Administer(new Administration.SetClient(Stranger, Roles.Operator));
        Assert.Equal(Outcome.Committed, _stage.Execute(Operator, session, 3, second).Outcome);
        Assert.Equal(Outcome.Committed, _stage.Execute(Operator, session, 4, Administer(demoted)).Outcome);
    }

    [Theory]
    [InlineData("")]
    [InlineData("09")]
    [InlineData("01")]
    [InlineData("010000000000000000000000000000000000000000000000000000000000000000" + "00")]
    [InlineData("010000000000000000000000000000000000000000000000000000000000000000" + "08")]
    [InlineData("020000000000000000000000000000000000000000000000000000000000000000" + "00")]
    public void Administration_that_says_nothing_known_is_rejected(string body)
    {
        var operation = new Operation(OperationKind.Administration, Bytes.FromHex(body));

        var result = _stage.Execute(Operator, _stage.Open(Operator), 1, operation);

        Assert.Equal((Outcome.Rejected, RefusedBecause.MalformedOperation), (result.Outcome, result.Because));
    }
}
