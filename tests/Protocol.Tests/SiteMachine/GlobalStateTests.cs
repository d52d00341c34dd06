using Holdfast.Protocol.Messages;
using static Holdfast.Protocol.Tests.GlobalStage;

namespace Holdfast.Protocol.Tests;

/// <summary>The global part is a function of the genesis and the executed entries, and of nothing else.</summary>
public sealed class GlobalStateTests
{
    private readonly GlobalStage _stage = new();

    [Theory]
    [InlineData("K")]
    [InlineData("V")]
    public void An_entry_too_long_for_a_replica_that_comes_back_is_rejected_and_changes_nothing(string what)
    {
        var stage = new GlobalStage();
        var session = stage.Open(Writer);
        stage.Execute(Writer, session, 1, Do("a"));

        var result = stage.Execute(Writer, session, 2, Do(what));

        Assert.Equal((Outcome.Rejected, RefusedBecause.ApplicationFailed), (result.Outcome, result.Because));
        Assert.Equal(Bytes.FromText("a"), stage.Log);
    }

    /// <summary>All replicas of all sites execute it, and no change of view or leading site would help.</summary>
    [Fact]
    public void An_operation_and_all_of_a_client_in_one_entry_look_at_so_much_of_the_state()
    {
        static Operation Reads(byte thousands) => new(OperationKind.Application, new Bytes([(byte)'R', thousands]));
        var session = _stage.Open(Writer);
        var tooMuch = _stage.Execute(Writer, session, 1, Reads(140));
        Assert.Equal((Outcome.Rejected, RefusedBecause.ApplicationFailed), (tooMuch.Outcome, tooMuch.Because));

        var results = _stage.Execute(
            Request(Writer, session, 2, Reads(120), Reads(140), Reads(120), Do("a")),
            Request(Writer, session, 6, Do("b")),
            Request(Reader, default, 1, new Operation(OperationKind.OpenSession, Bytes.Empty)));
        Assert.Equal(
            [Outcome.Committed, Outcome.Rejected, Outcome.Committed, Outcome.NotTaken, Outcome.NotTaken, Outcome.Committed],
            results.Select(result => result.Outcome));
        Assert.Equal(RefusedBecause.Overloaded, results[^2].Because);

        // Under the same number, in another entry.
        Assert.Equal(Outcome.Committed, _stage.Execute(Writer, session, 6, Do("b")).Outcome);
    }

    [Fact]
    public void An_application_that_fails_to_say_when_something_is_due_stops_nobody()
    {
        var session = _stage.Open(Writer);
        _stage.Execute(Writer, session, 1, Do("D"));

        Assert.Null(_stage.State.NextDeadline);
        Assert.Equal(Outcome.Committed, _stage.Execute(Writer, session, 2, Do("a")).Outcome);
    }

    [Fact]
    public void Equal_entries_make_equal_states_wherever_they_were_loaded_anew()
    {
        for (ulong seed = 0; seed < 10; seed++)
        {
            var (dice, one, other) = (new Dice(seed), new GlobalStage(), new GlobalStage());
            for (var entry = 0; entry < 60; entry++)
            {
                var requests = Enumerable.Range(0, dice.Below(4)).Select(_ => AnyRequest(dice)).ToArray();
                one.Second = other.Second += dice.OneIn(20) ? 50_000 : 1;

                Assert.Equal(one.Execute(requests), other.Execute(requests));

                if (dice.OneIn(5))
                {
                    var stored = Maps.Of(other.State.Snapshot().Map.Range(Bytes.Empty, null).Reverse());
                    other.State = new GlobalState(stored.Snapshot(), new TestMachine());
                }
            }

            Assert.Equal(one.State.Snapshot().Digest, other.State.Snapshot().Digest);
            Assert.Equal(one.State.Executed, other.State.Executed);
        }
    }

    [Fact]
    public void An_entry_that_is_not_the_next_breaks_invariant_X1()
    {
        var broken = Assert.Throws<InvariantBrokenException>(
            () => _stage.State.Execute(new GlobalSequence(2), default, []));

        Assert.Equal("X1", broken.Name);
    }

    [Fact]
    public void A_program_of_another_version_refuses_the_state()
    {
        var map = _stage.State.Snapshot().Map;

        Assert.Throws<WrongMachineException>(() => new GlobalState(map, new TestMachine(version: 2)));
        Assert.Throws<WrongMachineException>(() => new GlobalState(map, new KeyValueStore()));
        Assert.Throws<WrongMachineException>(() => new GlobalState(MapSnapshot.Empty, new TestMachine()));
    }

    [Fact]
    public void A_snapshot_answers_as_of_its_time()
    {
        var session = _stage.Open(Writer);
        _stage.Execute(Writer, session, 1, Do("a"));
        var snapshot = _stage.State.Snapshot();
        _stage.Execute(Writer, session, 2, Do("b"));

        var answer = snapshot.Query(Reader, 9, Bytes.FromText("log"));

        var expected = new OperationResult(
            9, Outcome.Answered, RefusedBecause.None, new(new(2), 0), new GlobalSequence(2), Bytes.FromText("a"));
        Assert.Equal(expected, answer);
        Assert.Equal(new GlobalSequence(7), snapshot.Query(Reader, 9, Bytes.FromText("c")).ChangedAt);
    }

    [Fact]
    public void A_query_needs_the_readers_role_and_an_application_that_does_not_throw()
    {
        var snapshot = _stage.State.Snapshot();

        Assert.Equal(RefusedBecause.NotPermitted, snapshot.Query(Operator, 1, Bytes.FromText("log")).Because);
        Assert.Equal(RefusedBecause.NotPermitted, snapshot.Query(Stranger, 1, Bytes.FromText("log")).Because);
        Assert.Equal(RefusedBecause.ApplicationFailed, snapshot.Query(Reader, 1, Bytes.FromText("!")).Because);
    }

    [Fact]
    public void A_deadline_is_met_once_before_the_operations_of_the_first_entry_at_or_after_it()
    {
        var session = _stage.Open(Writer);
        _stage.Second = 110;
        _stage.Execute(Writer, session, 1, new Operation(OperationKind.Application, new Bytes([(byte)'W', 120])));
        Assert.Equal(GlobalStage.At(120), _stage.State.NextDeadline);

        _stage.Second = 119;
        _stage.Execute(Writer, session, 2, Do("a"));
        _stage.Second = 120;
        _stage.Execute(Writer, session, 3, Do("b"));
        _stage.Execute(Writer, session, 4, Do("c"));

        Assert.Null(_stage.State.NextDeadline);
        Assert.Equal(Bytes.FromText("Wxa<over>bc"), _stage.Log);
    }

    private static ClientRequest AnyRequest(Dice dice)
    {
        Bytes[] clients = [Writer, Reader, Operator, Stranger];
        var client = clients[dice.OneIn(2) ? 0 : dice.Below(4)];
        if (dice.OneIn(4))
        {
            var open = new Operation(OperationKind.OpenSession, Bytes.Empty);
            return Request(client, default, (ulong)dice.Below(50) + 1, open);
        }

        Operation[] some =
        [
            Do("a"), Do("b"), Do("!"), Do("B"), new(OperationKind.CloseSession, Bytes.Empty),
            Administer(new Administration.SetClient(Stranger, Roles.Writer)),
            Administer(new Administration.RemoveClient(Stranger)),
        ];
        var session = new GlobalPosition(new((ulong)dice.Below(30) + 1), (uint)dice.Below(2));
        var number = (ulong)dice.Below(12) + 1;
        return Request(client, session, number, some[dice.Below(some.Length)], Do("z")) with
        {
            DoneUpTo = number - 1 - (ulong)dice.Below((int)number),
            NotAfter = dice.OneIn(5) ? GlobalStage.At(150) : Timestamp.Never,
        };
    }
}
