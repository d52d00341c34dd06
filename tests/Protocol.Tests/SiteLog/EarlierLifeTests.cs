using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>What a replica said before it lost its disk, and where it counts.</summary>
public sealed class EarlierLifeTests
{
    private const ulong Return = 100;
    private const ulong VotesBehind = Return + (2 * Limits.SiteWindow);
    private static readonly Digest Apple = LogStage.Apple.Digest;

    [Theory]
    [InlineData(Return, true)]
    [InlineData(Return + 1, false)]
    [InlineData(Return + 300, false)]
    public void An_earlier_life_counts_up_to_the_place_of_its_return_and_not_above(ulong place, bool counts)
    {
        var stage = Returned();
        SiteWord[] words =
            [new Prepare(default, new(place), Apple), new Commit(default, new(place), Apple), new Checkpoint(new(place), Apple)];

        foreach (var word in words)
        {
            var refusal = new Effect.Reject("replica 2", Rejection.OldLife);
            Assert.Equal(!counts, stage.Hear(2, word).Contains(refusal));
            Assert.DoesNotContain(refusal, stage.Hear(3, word));
        }
    }

    [Fact]
    public void A_later_life_counts_two_windows_behind_its_return()
    {
        var stage = Returned(stable: VotesBehind);

        Assert.Empty(stage.Hear(2, new Prepare(default, new(VotesBehind + 1), Apple)));
    }

    [Theory]
    [InlineData(Return - 1, false)]
    [InlineData(VotesBehind - 1, false)]
    [InlineData(VotesBehind, true)]
    public void A_view_change_counts_for_the_life_whose_checkpoint_it_shows(ulong stable, bool counts)
    {
        var stage = Returned();

        var told = stage.Hear(2, stage.ChangeBehind(2, 7, stable).Word);
        stage.Hear(3, stage.ChangeBehind(3, 7, VotesBehind).Word);

        Assert.Equal(!counts, told.Contains(new Effect.Reject("replica 2", Rejection.OldLife)));
        Assert.Equal(counts ? new SiteView(7) : default, stage.Log.View);
    }

    [Fact]
    public void A_view_change_that_was_heard_before_the_return_does_not_count_after_it()
    {
        var stage = new LogStage(self: 1);
        stage.Hear(2, stage.ChangeBehind(2, 7, 0).Word);

        stage.Machine.Lives[2] = new(1, new(Return), Apple);
        stage.Hear(3, stage.ChangeBehind(3, 7, VotesBehind).Word);

        Assert.Equal(default, stage.Log.View);
    }

    [Theory]
    [InlineData(600UL + Limits.SiteWindow, true)]
    [InlineData(601UL + Limits.SiteWindow, false)]
    public void A_new_view_whose_view_changes_are_more_than_a_window_apart_is_void(ulong newest, bool isSound)
    {
        var stage = new LogStage(self: 2);
        var word = new NewView(
            new(1),
            [stage.ChangeBehind(0, 1, newest), stage.ChangeBehind(1, 1, 700), stage.ChangeBehind(3, 1, 600)]);

        Assert.Equal(isSound, word.IsProven(stage.Genesis, Sample.Home, new IdealSigning()));
        stage.Hear(1, word);
        Assert.Equal(isSound ? new SiteView(1) : default, stage.Log.View);
    }

    [Fact]
    public void A_view_whose_primary_has_lost_its_disk_is_left_at_once_and_patience_is_not_doubled()
    {
        var stage = new LogStage(self: 1);
        stage.Machine.Lives[0] = new(1, new(Return), Apple);
        var bound = stage.Log.Bound;

        Assert.Contains(stage.Tick(1_000), effect => effect is Effect.Broadcast { Word: Complain { Stands: true } });
        foreach (var replica in new[] { 1, 2, 3 })
        {
            stage.Hear(replica, new Complain(default, new(LogStage.Start + 2_000), Stands: true));
        }

        Assert.Equal(new SiteView(1), stage.Log.View);
        Assert.Equal(bound, stage.Log.Bound);
    }

    /// <summary>The view was followed while the disk still said that the life before is lost, and what stands before that is
    /// forgotten: woken in view 0, the replica would vote in the view once more.</summary>
    [Fact]
    public void A_replica_that_has_returned_wakes_in_the_view_in_which_it_began_to_vote()
    {
        var stage = new LogStage(self: 1);
        var own = new OwnDisk(0, Digest.Of([1]), Start: 1, Cleared: 0, [Digest.Of([1])], IsLost: true);
        stage.Hear(2, new NewView(new(2), [stage.Change(0, 2), stage.Change(2, 2), stage.Change(3, 2)]));
        Assert.Equal(new SiteView(2), stage.Log.View);
        stage.Disk.Add(LifeRecords.Own(new(1), own));
        stage.Disk.Add(LifeRecords.Own(new(1), own with { Life = 1, IsLost = false }));
        stage.Machine.Lives[1] = new(1, new(Return), Apple);
        var effects = new Effects();
        stage.Log.BeginVoting(new(stage.Now), effects);
        stage.Disk.AddRange(effects.OfType<Effect.Persist>().Select(persist => persist.Record));

        stage.Restart();

        Assert.Equal(new SiteView(2), stage.Log.View);
    }

    [Fact]
    public void A_primary_leaves_out_a_view_change_that_would_make_its_new_view_void()
    {
        var stage = new LogStage(self: 1);
        stage.Hear(0, stage.ChangeBehind(0, 1, 0).Word);
        stage.Hear(1, stage.ChangeBehind(1, 1, 600).Word);
        stage.Hear(2, stage.ChangeBehind(2, 1, 700).Word);
        Assert.False(stage.Log.IsInstalled);

        var told = stage.Hear(3, stage.ChangeBehind(3, 1, 700).Word);

        var word = Assert.Single(told.OfType<Effect.Broadcast>().Select(effect => effect.Word).OfType<NewView>());
        Assert.Equal([1, 2, 3], word.Changes.Select(change => change.Replica));
    }

    private static LogStage Returned(ulong stable = 0)
    {
        var stage = new LogStage(self: 1);
        if (stable > 0)
        {
            for (var replica = 0; replica < 3; replica++)
            {
                stage.Hear(replica, new Checkpoint(new(stable), Apple));
            }
        }

        stage.Machine.Lives[2] = new(1, new(Return), Apple);
        return stage;
    }
}
