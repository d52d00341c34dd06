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

    /// <summary>Otherwise it would wake without its NewView, and announce the view a second time with other words.</summary>
    [Fact]
    public void A_checkpoint_between_an_announced_new_view_and_its_return_leaves_the_new_view_last_on_disk()
    {
        var primary = new LogStage(self: 1);
        primary.Machine.Time = new(LogStage.Start);
        for (ulong place = 1; place <= 128; place++)
        {
            var offer = PrePrepare.Of(default, new(place), LogStage.Holding(1));
            primary.Hear(0, offer);
            foreach (var replica in new[] { 0, 2, 3 })
            {
                primary.Hear(replica, new Commit(default, new(place), offer.Digest));
            }
        }

        var checkpoint = primary.Execute().OfType<Effect.Broadcast>().Select(said => said.Word).OfType<Checkpoint>().Single();
        primary.Hear(1, checkpoint);
        primary.Hear(2, checkpoint);
        primary.Hear(2, primary.Change(2, 1).Word);
        var own = primary.Hear(3, primary.Change(3, 1).Word).OfType<Effect.Broadcast>().Single().Word;
        Assert.Contains(primary.Hear(1, own), effect => effect is Effect.Broadcast { Word: NewView });

        primary.Hear(3, checkpoint);

        var last = primary.Disk.Last(record => record.Kind == JournalRecordKind.View);
        Assert.IsType<NewView>(SiteRecords.ReadView(last.Body)!.Word);
        Assert.Equal(new SiteSequence(129), last.Place);
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
