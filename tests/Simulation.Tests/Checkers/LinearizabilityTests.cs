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
    public void Many_concurrent_calls_are_explained_in_bounded_time()
    {
        for (var call = 1; call <= 12; call++)
        {
            Write(call, 0, 100);
        }

        Read(7, 200, 300);
        Read(7, 310, 400);

        _checker.Conclude();
        Assert.Equal(0, _checker.GivenUp);
    }

    private void Write(long value, long from, long to) =>
        _checker.Begin(register: 0, isWrite: true, value, from).Return(to, value);

    private void Read(long value, long from, long to) =>
        _checker.Begin(register: 0, isWrite: false, value: 0, from).Return(to, value);

    private void AssertUnexplained() =>
        Assert.Equal(nameof(Linearizability), Assert.Throws<CheckFailedException>(_checker.Conclude).Invariant);
}
