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

    /// <summary>Of the two peers that can be reached one keeps what is lacked, and one does not: neither is f + 1.</summary>
    [Fact]
    public void Who_gets_no_further_takes_the_state_though_only_one_peer_has_let_go_of_what_it_lacks()
    {
        var stage = Behind(stable: 600);
        stage.Hear(2, new CommittedDigests(new(300), new(1), []));
        stage.Hear(3, new CommittedDigests(new(1), new(1), [LogStage.Apple.Digest]));
        stage.Tick(4_000_000);
        Assert.Null(stage.Log.WantedState);

        for (var seconds = 0; seconds < 5; seconds++)
        {
            stage.Tick(1_000_000);
        }

        Assert.Equal(new SiteSequence(600), stage.Log.WantedState?.Sequence);
    }

    [Fact]
    public void Who_gets_no_further_and_may_still_be_told_waits()
    {
        var stage = Behind(stable: 600);
        stage.Hear(2, new CommittedDigests(new(1), new(1), [LogStage.Apple.Digest]));

        for (var seconds = 0; seconds < 20; seconds++)
        {
            stage.Tick(1_000_000);
        }

        Assert.Null(stage.Log.WantedState);
    }

    [Fact]
    public void Who_gets_further_by_itself_after_all_wants_no_state()
    {
        var stage = Behind(stable: 600);
        stage.Hear(2, new CommittedDigests(new(300), new(1), []));
        for (var seconds = 0; seconds < 8; seconds++)
        {
            stage.Tick(1_000_000);
        }

        Assert.NotNull(stage.Log.WantedState);
        foreach (var peer in new[] { 0, 3 })
        {
            stage.Hear(peer, new CommittedDigests(new(1), new(1), [Batch.Null.Digest]));
        }

        stage.Execute();
        stage.Tick(1_000_000);

        Assert.Equal(new SiteSequence(1), stage.Log.Executed);
        Assert.Null(stage.Log.WantedState);
    }

    /// <summary>What the batch behind a checkpoint took over lies in the journal. When that checkpoint becomes stable only then, its
    /// state would cut it off.</summary>
    [Theory]
    [InlineData(129, 0)]
    [InlineData(128, 1)]
    public void No_state_from_before_a_take_over_is_offered_to_be_stored(ulong takenOver, int saves)
    {
        var stage = new LogStage(self: 1);
        var checkpoint = SiteRecoveryTests.Checkpointed(stage);
        stage.Log.OnTakenOver(new(takenOver));

        var effects = stage.Hear(1, checkpoint).Concat(stage.Hear(2, checkpoint)).Concat(stage.Hear(3, checkpoint));

        Assert.Equal(saves, effects.OfType<Effect.SaveState>().Count());
        Assert.Equal(new SiteSequence(128), stage.Log.Stable);
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
        var stage = Behind(stable);
        foreach (var replica in new[] { 2, 3 })
        {
            stage.Hear(replica, new CommittedDigests(new(oldest), new(1), []));
        }

        return stage;
    }

    /// <summary>Two peers are ahead, and so is a checkpoint.</summary>
    private static LogStage Behind(ulong stable)
    {
        var stage = new LogStage(self: 1);
        Checkpoint(stage, stable);
        stage.Hear(2, At(stable));
        stage.Hear(3, At(stable));
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
