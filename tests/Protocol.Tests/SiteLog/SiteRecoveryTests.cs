using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>What a replica that stopped at any moment knows, says and can do when it starts again.</summary>
public sealed class SiteRecoveryTests
{
    /// <summary>States are stored every ten seconds: thousands of batches may lie behind the last one, and in a site of
    /// one nobody else has them.</summary>
    [Fact]
    public void A_site_of_one_comes_back_from_more_batches_than_a_window()
    {
        var alone = Alone(out var executed);

        alone.Restart();
        alone.Execute();

        Assert.True(executed > new SiteSequence(Limits.SiteWindow));
        Assert.Equal(executed, alone.Log.Executed);
        alone.RunAlone(alone.Offer(SiteBox.Request(new(99_999))));
        Assert.Equal(executed.Next, alone.Log.Executed);
    }

    [Fact]
    public void A_primary_whose_journal_holds_nothing_above_its_stored_state_offers_the_next_place()
    {
        var alone = Alone(out _);
        for (var more = 0; more < 256 && alone.Log.Stable != alone.Log.Executed; more++)
        {
            alone.RunAlone(alone.Offer(SiteBox.Request(new(10_000 + alone.Log.Executed.Number))));
        }

        alone.Restart(alone.Log.Stable, alone.Log.StableProof.Encode(), alone.Machine.Copy());

        var offers = alone.Offer(SiteBox.Request(new(99_999))).OfType<Effect.Broadcast>().Select(said => said.Word);
        Assert.Equal(alone.Log.Stable.Next, Assert.IsType<PrePrepare>(Assert.Single(offers)).Sequence);
    }

    [Fact]
    public void A_replica_that_starts_from_a_stored_state_still_tells_the_digests_of_what_its_journal_holds_behind_it()
    {
        var peer = new LogStage(self: 1);
        peer.Disk.Add(SiteRecords.Committed(new(1), LogStage.Apple.Digest, Bytes.Empty));
        peer.Restart();
        var late = new Status(1, 1, default, true, 0, default, default, default, []);

        var told = peer.Hear(2, late).OfType<Effect.Send>().Select(send => send.Word).OfType<CommittedDigests>();

        Assert.Equal([LogStage.Apple.Digest], Assert.Single(told).Digests);
    }

    /// <summary>Otherwise it would wake without its NewView, and announce the view a second time with other
    /// words.</summary>
    [Fact]
    public void A_checkpoint_between_an_announced_new_view_and_its_return_leaves_the_new_view_last_on_disk()
    {
        var primary = new LogStage(self: 1);
        var checkpoint = Checkpointed(primary);
        primary.Hear(1, checkpoint);
        primary.Hear(2, checkpoint);
        primary.Hear(2, primary.Change(2, 1).Word);
        var own = primary.Hear(3, primary.Change(3, 1).Word).OfType<Effect.Broadcast>().Single().Word;
        var announced = primary.Hear(1, own);
        Assert.Equal(JournalRecordKind.View, Assert.IsType<Effect.Persist>(announced[0]).Record.Kind);
        Assert.IsType<NewView>(Assert.IsType<Effect.Broadcast>(announced[1]).Word);

        primary.Hear(3, checkpoint);

        var last = primary.Disk.Last(record => record.Kind == JournalRecordKind.View);
        Assert.IsType<NewView>(SiteRecords.ReadView(last.Body)!.Word);
        Assert.Equal(new SiteSequence(129), last.Place);
    }

    [Fact]
    public void A_replica_whose_state_is_not_the_one_that_a_quorum_has_goes_no_further()
    {
        var backup = new LogStage(self: 1);
        var other = Checkpointed(backup) with { State = LogStage.Pear.Digest };
        backup.Hear(0, other);
        backup.Hear(2, other);

        Assert.Equal("S2", Assert.Throws<InvariantBrokenException>(() => backup.Hear(3, other)).Name);
    }

    /// <summary>A null batch has no time of its own, and a chain of view changes may put an old one anywhere.</summary>
    [Fact]
    public void A_batch_with_an_older_time_is_executed_at_the_time_before_it()
    {
        var backup = new LogStage(self: 1);
        backup.Hear(2, new CommittedDigests(new(1), new(1), [Batch.Null.Digest]));
        backup.Hear(3, new CommittedDigests(new(1), new(1), [Batch.Null.Digest]));

        Assert.True(backup.Log.TryTakeOrdered(out _, out var batch));
        Assert.Equal(backup.Machine.Time, batch.Time);
    }

    [Fact]
    public void A_new_view_with_two_view_changes_of_one_replica_is_no_quorum()
    {
        var backup = new LogStage(self: 2);
        var twice = new[] { 0, 1, 1 }.Select(replica => backup.Change(replica, 1));

        Assert.Equal(
            [new Effect.Reject("replica 1", Rejection.BadNewView)],
            backup.Hear(1, new NewView(new(1), ValueList.From(twice))));
    }

    [Fact]
    public void Prepares_of_a_lower_view_count_no_more_in_the_next()
    {
        var backup = new LogStage(self: 1);
        backup.Hear(2, new Prepare(default, new(1), LogStage.Apple.Digest));
        backup.Hear(3, new Prepare(default, new(1), LogStage.Apple.Digest));
        var changes = new[] { 0, 2, 3 }.Select(replica => backup.Change(replica, 4));
        backup.Hear(0, new NewView(new(4), ValueList.From(changes)));

        Assert.DoesNotContain(
            backup.Hear(0, PrePrepare.Of(new(4), new(1), LogStage.Apple)),
            effect => effect is Effect.Broadcast { Word: Commit });
    }

    /// <summary>Place 4 was decided behind 5, and its record waited for a flush when power failed.</summary>
    [Fact]
    public void A_place_that_is_decided_again_after_a_crash_leaves_no_gap_in_what_peers_are_told()
    {
        var peer = new LogStage(self: 1);
        foreach (var place in new ulong[] { 1, 2, 3, 5, 4 })
        {
            Decide(peer, place);
        }

        peer.Execute();
        Assert.Equal(new SiteSequence(5), peer.Log.Executed);
        peer.Disk.RemoveAt(peer.Disk.Count - 1);

        peer.Restart();
        peer.Execute();
        Assert.Equal(new SiteSequence(3), peer.Log.Executed);
        Decide(peer, 4);
        peer.Execute();

        Assert.Equal(new SiteSequence(5), peer.Log.Executed);
        var behind = new Status(1, 1, default, true, 0, default, default, default, []);
        var told = peer.Hear(2, behind).OfType<Effect.Send>().Select(send => send.Word).OfType<CommittedDigests>();
        Assert.Equal(5, Assert.Single(told).Digests.Count);
    }

    /// <summary>The state came from peers, and power failed before anything behind it was decided: what the journal holds of
    /// long before leads nobody to where this replica stands.</summary>
    [Fact]
    public void What_lies_before_the_stored_state_with_a_gap_between_is_not_told()
    {
        var peer = new LogStage(self: 1);
        peer.Disk.Add(SiteRecords.Committed(new(1), LogStage.Apple.Digest, Bytes.Empty));
        peer.Disk.Add(SiteRecords.Committed(new(2), LogStage.Apple.Digest, Bytes.Empty));
        var stored = peer.Stable(128);

        peer.Restart(stored.Sequence, stored.Encode(), new() { Time = new(LogStage.Start) });

        var late = new Status(1, 1, default, true, 0, default, default, default, []);
        var told = peer.Hear(2, late).OfType<Effect.Send>().Select(send => send.Word).OfType<CommittedDigests>();
        Assert.Equal((new SiteSequence(129), 0), (Assert.Single(told).Oldest, Assert.Single(told).Digests.Count));
    }

    private static void Decide(LogStage peer, ulong place)
    {
        var digests = new CommittedDigests(new(1), new(place), [Batch.Null.Digest]);
        peer.Hear(2, digests);
        peer.Hear(3, digests);
    }

    /// <summary>Executes 128 batches.</summary>
    /// <returns>What it says then.</returns>
    internal static Checkpoint Checkpointed(LogStage backup)
    {
        backup.Machine.Time = new(LogStage.Start);
        for (ulong place = 1; place <= 128; place++)
        {
            var offer = PrePrepare.Of(default, new(place), LogStage.Holding(1));
            backup.Hear(0, offer);
            foreach (var replica in new[] { 0, 2, 3 })
            {
                backup.Hear(replica, new Commit(default, new(place), offer.Digest));
            }
        }

        return backup.Execute().OfType<Effect.Broadcast>().Select(said => said.Word).OfType<Checkpoint>().Single();
    }

    private static LogStage Alone(out SiteSequence executed)
    {
        var alone = new LogStage(self: 0, faults: 0);
        for (ulong request = 1; request <= 600; request++)
        {
            alone.RunAlone(alone.Offer(SiteBox.Request(new(request))));
        }

        executed = alone.Log.Executed;
        return alone;
    }
}
