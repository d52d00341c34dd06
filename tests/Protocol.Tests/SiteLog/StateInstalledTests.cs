using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

public sealed class StateInstalledTests
{
    [Fact]
    public void A_log_goes_on_behind_a_state_that_came_from_peers()
    {
        var stage = BeyondRetention(stable: 600);
        var wanted = stage.Log.WantedState!;
        var machine = new BoxMachine { Time = new(LogStage.Start) };

        var effects = stage.StartAt(new(wanted, LogStage.NoSnapshot), machine);

        Assert.Equal(new SiteSequence(600), stage.Log.Executed);
        Assert.Null(stage.Log.WantedState);
        Assert.Equal(new SiteSequence(600), Assert.Single(effects.OfType<Effect.SaveState>()).Sequence);
        stage.Hear(0, PrePrepare.Of(default, new(601), LogStage.Apple));
        var said = stage.Hear(2, new Prepare(default, new(601), LogStage.Apple.Digest))
            .Concat(stage.Hear(3, new Prepare(default, new(601), LogStage.Apple.Digest)));
        Assert.Contains(said, effect => effect is Effect.Broadcast { Word: Commit });
    }

    /// <summary>What a replica has fetched of other sites lies in the journal, which is cut behind what is
    /// stored.</summary>
    [Fact]
    public void While_the_journal_is_needed_no_state_is_offered_to_be_stored()
    {
        var stage = BeyondRetention(stable: 600);
        stage.Log.KeepsJournal = true;
        var machine = new BoxMachine { Time = new(LogStage.Start) };

        var effects = stage.StartAt(new(stage.Log.WantedState!, LogStage.NoSnapshot), machine);

        Assert.Equal(new SiteSequence(600), stage.Log.StableState?.Sequence);
        Assert.Empty(effects.OfType<Effect.SaveState>());
    }

    [Fact]
    public void Nothing_is_wanted_while_the_peers_logs_still_reach()
    {
        var stage = BeyondRetention(stable: 600, oldest: 1);

        Assert.Null(stage.Log.WantedState);
    }

    [Fact]
    public void A_liar_alone_sends_nobody_fetching()
    {
        var stage = new LogStage(self: 1);
        Checkpoint(stage, 600);
        stage.Hear(2, At(700));
        stage.Hear(3, At(700));

        stage.Hear(2, new CommittedDigests(new(650), new(1), []));

        Assert.Null(stage.Log.WantedState);
    }

    [Fact]
    public void A_replica_far_behind_keeps_no_places_between_its_windows()
    {
        var stage = new LogStage(self: 1);
        for (ulong place = 1; place <= 4 * Limits.SiteWindow; place++)
        {
            stage.Hear(2, new Commit(default, new(place + 1), LogStage.Apple.Digest));
            if (place % Limits.CheckpointEveryAtMost == 0)
            {
                Checkpoint(stage, place);
            }
        }

        Assert.InRange(stage.Log.PlacesHeld, 1, 2 * Limits.SiteWindow);
    }

    private static LogStage BeyondRetention(ulong stable, ulong oldest = 500)
    {
        var stage = new LogStage(self: 1);
        Checkpoint(stage, stable);
        foreach (var replica in new[] { 2, 3 })
        {
            stage.Hear(replica, At(stable));
            stage.Hear(replica, new CommittedDigests(new(oldest), new(1), []));
        }

        return stage;
    }

    private static Status At(ulong executed) =>
        new(1, 1, default, true, 0, new(executed), new(executed), new(LogStage.Start), []);

    private static void Checkpoint(LogStage stage, ulong place)
    {
        foreach (var replica in new[] { 0, 2, 3 })
        {
            stage.Hear(replica, new Checkpoint(new(place), LogStage.NoSnapshot.Digest));
        }
    }
}
