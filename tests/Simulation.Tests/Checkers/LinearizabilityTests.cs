using Holdfast.Simulation.Checkers;

namespace Holdfast.Simulation.Tests.Checkers;

/// <summary>Histories of one register, with and without a sequential explanation.</summary>
public sealed class LinearizabilityTests
{
    private readonly Linearizability _checker = new();

    [Fact]
    public void A_read_sees_the_last_write_before_it()
    {
        Write(1, 0, 10);
        Write(2, 20, 30);
        Read(2, 40, 50);

        _checker.Conclude();
    }

    [Fact]
    public void A_stale_read_has_no_explanation()
    {
        Write(1, 0, 10);
        Write(2, 20, 30);
        Read(1, 40, 50);

        AssertUnexplained();
    }

    [Fact]
    public void A_read_beside_a_write_may_see_old_or_new()
    {
        Write(1, 0, 10);
        Write(2, 20, 60);
        Read(1, 30, 40);
        Read(2, 41, 50);

        _checker.Conclude();
    }

    [Fact]
    public void What_one_read_has_seen_the_next_one_cannot_miss()
    {
        Write(1, 0, 10);
        Write(2, 20, 60);
        Read(2, 30, 40);
        Read(1, 41, 50);

        AssertUnexplained();
    }

    [Fact]
    public void A_write_whose_outcome_is_unknown_may_happen_late_or_never()
    {
        Write(1, 0, 10);
        _checker.Begin(register: 0, isWrite: true, value: 2, now: 15);
        Read(1, 20, 30);
        Read(2, 40, 50);
        Read(2, 60, 70);

        _checker.Conclude();
    }

    [Fact]
    public void An_unknown_write_does_not_happen_twice()
    {
        _checker.Begin(register: 0, isWrite: true, value: 2, now: 0);
        Read(2, 20, 30);
        Write(1, 31, 35);
        Read(1, 40, 50);
        Read(2, 60, 70);

        AssertUnexplained();
    }

    [Fact]
    public void A_value_that_nobody_wrote_has_no_explanation()
    {
        Write(1, 0, 10);
        Read(3, 5, 15);

        AssertUnexplained();
    }

    [Fact]
    public void Registers_are_judged_apart()
    {
        Write(1, 0, 10);
        _checker.Begin(register: 1, isWrite: false, value: 0, now: 20).Return(30, Linearizability.NeverWritten);

        _checker.Conclude();
    }

    [Fact]
    public void Many_concurrent_calls_are_explained_at_once()
    {
        for (var call = 1; call <= 500; call++)
        {
            Write(call, 0, 100);
        }

        Read(7, 200, 300);
        Read(7, 310, 400);

        _checker.Conclude();
    }

    /// <summary>The theorem that the checker rests on, tried on histories that are short enough to try every
    /// order.</summary>
    [Fact]
    public void The_verdict_is_that_of_trying_every_order()
    {
        var (dice, explained, rounds) = (new Dice(1), 0, 20_000);
        for (var round = 0; round < rounds; round++)
        {
            var calls = Enumerable.Range(1, 2 + dice.Below(5)).Select(number => RandomCall(number, dice)).ToArray();
            var expected = EveryOrder.Explains(calls);
            explained += expected ? 1 : 0;
            var said = $"{(expected ? "good" : "bad")}: {string.Join("; ", calls.AsEnumerable())}";
            Assert.True(expected == Verdict(calls), said);
        }

        Assert.InRange(explained, rounds / 10, rounds * 9 / 10);
    }

    private static EveryOrder.Call RandomCall(int number, Dice dice)
    {
        var calledAt = dice.Between(0, 10);
        var returnedAt = dice.OneIn(6) ? long.MaxValue : calledAt + dice.Between(0, 6);
        return dice.OneIn(2)
            ? new(IsWrite: true, number, calledAt, returnedAt)
            : new(IsWrite: false, dice.Below(5), calledAt, returnedAt);
    }

    private static bool Verdict(EveryOrder.Call[] calls)
    {
        var checker = new Linearizability();
        foreach (var call in calls)
        {
            var begun = checker.Begin(register: 0, call.IsWrite, call.Value, call.CalledAt);
            if (call.IsOver)
            {
                begun.Return(call.ReturnedAt, call.Value);
            }
        }

        try
        {
            checker.Conclude();
            return true;
        }
        catch (CheckFailedException)
        {
            return false;
        }
    }

    private void Write(long value, long from, long to) =>
        _checker.Begin(register: 0, isWrite: true, value, from).Return(to, value);

    private void Read(long value, long from, long to) =>
        _checker.Begin(register: 0, isWrite: false, value: 0, from).Return(to, value);

    private void AssertUnexplained() =>
        Assert.Equal(nameof(Linearizability), Assert.Throws<CheckFailedException>(_checker.Conclude).Invariant);
}
