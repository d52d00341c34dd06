using Holdfast.Server.Hosting;

namespace Holdfast.Server.Tests.Hosting;

/// <summary>How sources share room and turns.</summary>
public sealed class FairQueueTests
{
    private readonly FairQueue<string, string> _queue = new(itemsMax: 100_000, bytesMax: 100_000_000);

    [Fact]
    public void Each_source_keeps_its_order()
    {
        foreach (var item in new[] { "a1", "b1", "a2", "b2", "b3", "a3" })
        {
            _queue.Offer(item[..1], item, 1000);
        }

        var taken = TakeAll();

        Assert.Equal(["a1", "a2", "a3"], taken.Where(static item => item[0] == 'a'));
        Assert.Equal(["b1", "b2", "b3"], taken.Where(static item => item[0] == 'b'));
    }

    [Fact]
    public void Who_sends_long_frames_has_fewer_looked_at()
    {
        Fill("long", count: 10, bytes: 100 * 1024);
        Fill("short", count: 1000, bytes: 1024);

        var taken = TakeAll();

        Assert.InRange(taken.Take(550).Count(static item => item == "long"), 5, 6);
    }

    /// <summary>Each long frame is alone in the queue when it is taken, and still it costs its sender its time.</summary>
    [Fact]
    public void One_long_frame_after_the_other_is_no_better_than_many_at_once()
    {
        var shortOnes = 0;
        for (var round = 0; round < 20; round++)
        {
            Fill("long", count: 1, bytes: 100 * 1024);
            Fill("short", count: 100, bytes: 1024);
            while (_queue.TryTake(out var item) && item == "short")
            {
                shortOnes++;
            }
        }

        Assert.InRange(shortOnes, 19 * 95, 20 * 105);
    }

    [Fact]
    public void After_an_idle_moment_nobody_owes_time()
    {
        Fill("long", count: 1, bytes: 100 * 1024);
        Assert.Single(TakeAll());

        Fill("long", count: 1, bytes: 1024);
        Fill("short", count: 1, bytes: 1024);

        Assert.Equal(["long", "short"], TakeAll());
    }

    [Fact]
    public void Who_comes_late_has_no_time_saved_up()
    {
        Fill("early", count: 100, bytes: 1024);
        for (var count = 0; count < 50; count++)
        {
            _queue.TryTake(out _);
        }

        Fill("late", count: 50, bytes: 1024);

        Assert.InRange(TakeAll().Take(20).Count(static item => item == "late"), 9, 11);
    }

    [Fact]
    public void Sources_that_are_gone_are_forgotten_and_may_come_again()
    {
        for (var source = 0; source < 10_000; source++)
        {
            Fill("steady", count: 1, bytes: 1024);
            Fill($"{source}", count: 1, bytes: 1024);
            _queue.TryTake(out _);
            _queue.TryTake(out _);
            Assert.InRange(_queue.Sources, 0, 1100);
        }

        Fill("0", count: 1, bytes: 1024);
        Assert.Equal(["0"], TakeAll());
        Assert.Equal(0, _queue.Sources);
    }

    private void Fill(string source, int count, int bytes)
    {
        for (; count > 0; count--)
        {
            _queue.Offer(source, source, bytes);
        }
    }

    private List<string> TakeAll()
    {
        var taken = new List<string>();
        while (_queue.TryTake(out var item))
        {
            taken.Add(item);
        }

        return taken;
    }
}
