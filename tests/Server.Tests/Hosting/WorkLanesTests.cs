using Holdfast.Protocol;
using Holdfast.Server.Hosting;

namespace Holdfast.Server.Tests.Hosting;

/// <summary>Whose frames are checked when, and whose are refused.</summary>
public sealed class WorkLanesTests : IAsyncDisposable
{
    private readonly WorkLanes<string> _lanes = new(1, new(FramesMax: 9, BytesMax: 1000), static _ => { });
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _done = [];
    private Task _holding = Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _held.TrySetResult();
        await _lanes.DisposeAsync();
    }

    [Fact]
    public async Task Who_floods_shuts_nobody_out_and_is_not_looked_at_more_often_than_others()
    {
        await HoldAsync();
        var sent = 0;
        while (Add("flood", 1) == Rejection.None)
        {
            sent++;
        }

        Assert.Equal(5, sent);
        Assert.Equal(Rejection.ShareUsedUp, Add("flood", 1));
        Assert.Equal(Rejection.None, Add("honest", 1));
        Assert.Equal(Rejection.None, Add("honest", 1));
        await DoAllAsync();

        Assert.Equal(["flood", "honest", "flood", "honest", "flood", "flood", "flood"], _done);
    }

    [Fact]
    public async Task Bytes_are_shared_like_frames()
    {
        await HoldAsync();

        Assert.Equal(Rejection.None, Add("flood", 600));
        Assert.Equal(Rejection.ShareUsedUp, Add("flood", 1));
        Assert.Equal(Rejection.Overloaded, Add("honest", 401));
        Assert.Equal(Rejection.None, Add("honest", 400));
    }

    [Fact]
    public async Task A_closed_lane_does_what_it_took_and_takes_nothing_more()
    {
        await HoldAsync();
        Add("one", 1);
        Add("one", 1);
        await DoAllAsync();

        Assert.Equal(["one", "one"], _done);
        Assert.Equal(Rejection.Overloaded, Add("one", 1));
    }

    [Fact]
    public void An_idle_lane_does_the_work_at_once()
    {
        Assert.Equal(Rejection.None, Add("one", 1));

        Assert.Equal(["one"], _done);
    }

    [Fact]
    public async Task Who_brought_one_piece_is_not_kept_by_the_pieces_of_others()
    {
        await HoldAsync();
        var caller = _holding;
        var isDone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _lanes.Add("other", 1, () =>
        {
            caller.Wait(TestContext.Current.CancellationToken);
            isDone.SetResult();
        });
        _held.SetResult();

        await isDone.Task;
    }

    /// <summary>Keeps the lane busy, so that what comes next waits.</summary>
    private async Task HoldAsync()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _holding = Task.Run(() => _lanes.Add("first", 0, () =>
        {
            begun.SetResult();
            _held.Task.Wait(TestContext.Current.CancellationToken);
        }));
        await begun.Task;
    }

    private Rejection Add(string source, int bytes) => _lanes.Add(source, bytes, () => _done.Add(source));

    private async Task DoAllAsync()
    {
        _held.SetResult();
        await _lanes.DisposeAsync();
    }
}
