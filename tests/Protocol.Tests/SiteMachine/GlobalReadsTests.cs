using Holdfast.Protocol.Messages;
using static Holdfast.Protocol.Tests.OrderingStage;

namespace Holdfast.Protocol.Tests;

/// <summary>When a query that is linearizable among all clients may be answered.</summary>
public sealed class GlobalReadsTests
{
    private readonly GlobalReads _reads = new(Genesis(3), Site(2));
    private readonly Timestamp _now = At(1_000_000);
    private ulong _taken;

    [Fact]
    public void It_waits_for_the_echoes_of_a_majority_and_until_the_highest_end_is_executed()
    {
        Begin(Own(end: 5));
        Assert.Equal([0], Answered(executed: 9));
        Echo(from: 0, number: 1, end: 7);
        _reads.FinishBatch(Own(end: 5));
        Assert.Equal([0], Answered(executed: 6));
        Assert.Equal([1], Answered(executed: 7));
    }

    [Fact]
    public void The_target_is_fixed_with_the_majority_and_does_not_rise_with_the_logs()
    {
        Begin(Own(end: 5));
        Echo(from: 0, number: 1, end: 7);
        _reads.FinishBatch(Own(end: 5));
        Echo(from: 1, number: 1, end: 90);
        _reads.FinishBatch(Own(end: 80));
        Assert.Equal([1], Answered(executed: 7));
    }

    [Fact]
    public void What_the_own_log_holds_counts_too()
    {
        Begin(Own(end: 8));
        Echo(from: 0, number: 1, end: 7);
        _reads.FinishBatch(Own(end: 8));
        Assert.Equal([0], Answered(executed: 7));
        Assert.Equal([1], Answered(executed: 8));
    }

    [Fact]
    public void An_echo_of_an_earlier_number_says_nothing()
    {
        Begin(Own(end: 5));
        Echo(from: 0, number: 1, end: 5);
        _reads.FinishBatch(Own(end: 5));
        Assert.Equal([1], Answered(executed: 5));
        Begin(Own(end: 5));
        Assert.Equal([0], Answered(executed: 5));
        Echo(from: 0, number: 1, end: 5);
        Assert.Equal([0], Answered(executed: 5));
        Echo(from: 0, number: 2, end: 6);
        _reads.FinishBatch(Own(end: 5));
        Assert.Equal([1], Answered(executed: 6));
    }

    [Fact]
    public void The_end_counts_that_stood_when_the_number_was_first_echoed()
    {
        Begin(Own(end: 5));
        Echo(from: 0, number: 1, end: 5);
        Echo(from: 0, number: 1, end: 50);
        _reads.FinishBatch(Own(end: 5));
        Assert.Equal([1], Answered(executed: 5));
    }

    [Fact]
    public void Reads_that_came_in_one_batch_share_a_number_and_a_later_one_has_the_next()
    {
        Assert.True(Take() && Take());
        _reads.FinishBatch(Own(end: 5));
        Assert.Equal(1UL, _reads.Number);
        Begin(Own(end: 5));
        Assert.Equal(2UL, _reads.Number);
        _reads.FinishBatch(Own(end: 5));
        Assert.Equal(2UL, _reads.Number);
    }

    [Fact]
    public void Once_a_higher_view_is_installed_it_begins_again_under_a_new_number_in_the_same_batch()
    {
        Begin(Own(end: 5));
        Echo(from: 0, number: 1, end: 7);
        _reads.FinishBatch(Own(end: 5));

        // The new view dropped 6 and 7: waiting for them would be in vain.
        _reads.FinishBatch(Own(end: 5, view: 1));
        Assert.Equal(2UL, _reads.Number);
        Assert.Equal([0], Answered(executed: 7));
        Echo(from: 1, number: 2, end: 5, view: 1);
        _reads.FinishBatch(Own(end: 5, view: 1));
        Assert.Equal([1], Answered(executed: 5));
    }

    [Fact]
    public void It_begins_again_too_when_only_some_of_those_who_echoed_had_the_higher_view()
    {
        Begin(Own(end: 9));
        Echo(from: 0, number: 1, end: 5, view: 1);
        _reads.FinishBatch(Own(end: 9));
        _reads.FinishBatch(Own(end: 5, view: 1));
        Assert.Equal(2UL, _reads.Number);
    }

    [Fact]
    public void An_end_of_an_older_view_than_the_installed_one_makes_it_begin_again()
    {
        Begin(Own(end: 5, view: 1));
        Echo(from: 0, number: 1, end: 9);
        _reads.FinishBatch(Own(end: 5, view: 1));
        _reads.FinishBatch(Own(end: 5, view: 1));
        Assert.Equal(2UL, _reads.Number);
    }

    /// <summary>A site that installs no view for minutes answers first, again and again; the other one is slower than it and
    /// answers numbers of some batches ago.</summary>
    [Fact]
    public void A_site_that_stays_in_an_old_view_does_not_outrun_the_others()
    {
        Begin(Own(end: 5, view: 1));
        for (var turn = 0; turn < 4; turn++)
        {
            Echo(from: 0, _reads.Number, end: 3);
            _reads.FinishBatch(Own(end: 5, view: 1));
        }

        Assert.Equal(5UL, _reads.Number);
        Echo(from: 1, number: 1, end: 6, view: 1);
        _reads.FinishBatch(Own(end: 5, view: 1));
        Assert.Equal([0], Answered(executed: 5));
        Assert.Equal([1], Answered(executed: 6));
    }

    [Fact]
    public void Who_is_asked_again_is_asked_once_until_it_answers()
    {
        Begin(Own(end: 5, view: 1));
        Echo(from: 0, number: 1, end: 9);
        for (var batch = 0; batch < 3; batch++)
        {
            _reads.FinishBatch(Own(end: 5, view: 1));
        }

        Assert.Equal(2UL, _reads.Number);
        Echo(from: 0, number: 2, end: 5, view: 1);
        _reads.FinishBatch(Own(end: 5, view: 1));
        Assert.Equal([1], Answered(executed: 5));
    }

    [Fact]
    public void What_a_site_echoed_in_an_earlier_life_does_not_count()
    {
        Begin(Own(end: 5));
        Echo(from: 0, number: 1, end: 7);
        _reads.FinishBatch(Own(end: 5));

        _reads.OnNewLife(Site(0));
        _reads.FinishBatch(Own(end: 7));
        Assert.Equal([0], Answered(executed: 9));
        Echo(from: 0, number: 1, end: 8);
        _reads.FinishBatch(Own(end: 7));
        Assert.Equal([0], Answered(executed: 7));
        Assert.Equal([1], Answered(executed: 8));
    }

    [Fact]
    public void The_newest_number_of_another_site_is_echoed_to_that_site()
    {
        _reads.OnStatus(Site(0), Front(read: 4, echoed: 0, end: 1, view: 0));
        _reads.OnStatus(Site(0), Front(read: 3, echoed: 0, end: 1, view: 0));
        Assert.Equal((4UL, 0UL), (_reads.EchoFor(Site(0)), _reads.EchoFor(Site(1))));
    }

    private static OrderingStatus Own(ulong end, ulong view = 0) => new(V(view), V(view), G(end), G(0), V(view));

    private static StatusFront Front(ulong read, ulong echoed, ulong end, ulong view) =>
        new(Own(end, view), 0, read, echoed, default, default);

    private bool Take() => _reads.TryTake(Update(++_taken), _now) == Rejection.None;

    private void Begin(OrderingStatus own)
    {
        Assert.True(Take());
        _reads.FinishBatch(own);
    }

    private void Echo(int from, ulong number, ulong end, ulong view = 0) =>
        _reads.OnStatus(Site(from), Front(read: 0, number, end, view));

    /// <summary>How many are answered now.</summary>
    private int[] Answered(ulong executed) => [_reads.Take(G(executed), _now).Count(taken => taken.IsReached)];
}
