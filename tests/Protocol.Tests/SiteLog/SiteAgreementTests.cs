using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>PBFT's normal case (OSDI '99, section 4.2) and what has to be on disk before it is said, sentence by
/// sentence.</summary>
public sealed class SiteAgreementTests
{
    private static readonly Digest Apple = LogStage.Apple.Digest;
    private static readonly PrePrepare OfferApple = PrePrepare.Of(default, new(1), LogStage.Apple);
    private static readonly PrePrepare OfferPear = PrePrepare.Of(default, new(1), LogStage.Pear);
    private static readonly Prepare PrepareApple = new(default, new(1), Apple);
    private static readonly Commit CommitApple = new(default, new(1), Apple);

    [Fact]
    public void A_backup_that_accepts_an_offer_has_it_on_disk_before_it_says_prepare()
    {
        var effects = new LogStage(self: 1).Hear(0, OfferApple);

        Assert.Equal(2, effects.Count);
        Assert.Equal(JournalRecordKind.Accepted, Assert.IsType<Effect.Persist>(effects[0]).Record.Kind);
        Assert.Equal(new Effect.Broadcast(PrepareApple), effects[1]);
    }

    [Fact]
    public void A_backup_refuses_a_second_proposal()
    {
        var backup = new LogStage(self: 1);
        backup.Hear(0, OfferApple);

        Assert.Equal([new Effect.Reject("replica 0", Rejection.SecondProposal)], backup.Hear(0, OfferPear));
    }

    [Fact]
    public void A_backup_that_restarts_still_refuses_a_second_proposal_and_says_the_same_again()
    {
        var backup = new LogStage(self: 1);
        backup.Hear(0, OfferApple);

        Assert.Equal([new Effect.Broadcast(PrepareApple)], backup.Restart());
        Assert.Equal([new Effect.Reject("replica 0", Rejection.SecondProposal)], backup.Hear(0, OfferPear));
    }

    [Fact]
    public void A_second_prepare_for_another_digest_is_refused()
    {
        var backup = new LogStage(self: 1);
        backup.Hear(2, PrepareApple);

        Assert.Equal(
            [new Effect.Reject("replica 2", Rejection.SecondVote)],
            backup.Hear(2, new Prepare(default, new(1), LogStage.Pear.Digest)));
    }

    [Fact]
    public void Only_the_primary_offers_and_it_sends_no_prepare()
    {
        var backup = new LogStage(self: 1);

        Assert.Equal([new Effect.Reject("replica 2", Rejection.NotThePrimary)], backup.Hear(2, OfferApple));
        Assert.Equal([new Effect.Reject("replica 0", Rejection.NotABackup)], backup.Hear(0, PrepareApple));
    }

    [Fact]
    public void Words_of_another_view_or_outside_the_window_are_refused()
    {
        var backup = new LogStage(self: 1);
        var beyond = new SiteSequence(Limits.SiteWindow + 1);

        Assert.Equal(
            [new Effect.Reject("replica 2", Rejection.WrongView)], backup.Hear(2, PrepareApple with { View = new(1) }));
        Assert.Equal(
            [new Effect.Reject("replica 2", Rejection.OutsideWindow)],
            backup.Hear(2, PrepareApple with { Sequence = beyond }));
        Assert.Equal(
            [new Effect.Reject("replica 2", Rejection.OutsideWindow)],
            backup.Hear(2, CommitApple with { Sequence = beyond }));
    }

    /// <summary>Prepared is the primary's pre-prepare and 2f prepares of others; the own one counts when it comes
    /// back.</summary>
    [Fact]
    public void The_certificate_is_on_disk_before_commit_is_said()
    {
        var backup = new LogStage(self: 1);
        backup.Hear(0, OfferApple);
        Assert.Empty(backup.Hear(2, PrepareApple));

        var effects = backup.Hear(1, PrepareApple);

        Assert.Equal(JournalRecordKind.Prepared, Assert.IsType<Effect.Persist>(effects[0]).Record.Kind);
        Assert.Equal(new Effect.Broadcast(CommitApple), effects[1]);
        Assert.Equal(2, effects.Count);
    }

    [Fact]
    public void A_quorum_of_commits_decides_and_fewer_do_not()
    {
        var backup = new LogStage(self: 1);
        backup.Hear(0, OfferApple);
        backup.Hear(0, CommitApple);
        backup.Hear(0, CommitApple);
        backup.Hear(2, CommitApple);
        Assert.False(backup.Log.TryTakeOrdered(out _, out _));

        backup.Hear(3, CommitApple);

        Assert.True(backup.Log.TryTakeOrdered(out var sequence, out var batch));
        Assert.Equal((new SiteSequence(1), LogStage.Apple), (sequence, batch));
    }

    [Fact]
    public void A_site_of_one_decides_only_when_its_words_come_back_from_its_disk()
    {
        var alone = new LogStage(self: 0, faults: 0);
        var offered = alone.Offer(SiteBox.Request(new(1)));
        var offer = (PrePrepare)Assert.IsType<Effect.Broadcast>(offered[1]).Word;
        Assert.Equal(JournalRecordKind.Accepted, Assert.IsType<Effect.Persist>(offered[0]).Record.Kind);
        Assert.False(alone.Log.TryTakeOrdered(out _, out _));

        var committing = alone.Hear(0, offer);
        Assert.Equal(JournalRecordKind.Prepared, Assert.IsType<Effect.Persist>(committing[0]).Record.Kind);
        Assert.False(alone.Log.TryTakeOrdered(out _, out _));

        alone.Hear(0, Assert.IsType<Effect.Broadcast>(committing[1]).Word);
        Assert.True(alone.Log.TryTakeOrdered(out _, out var batch));
        Assert.Equal(offer.Digest, batch.Digest);
    }

    [Fact]
    public void A_primary_that_restarts_offers_the_same_batch_again()
    {
        var primary = new LogStage(self: 0);
        var offer = Assert.IsType<Effect.Broadcast>(primary.Offer(SiteBox.Request(new(1)))[1]);
        primary.Now += 5_000;

        Assert.Equal([offer], primary.Restart());
    }

    [Fact]
    public void An_offer_a_little_ahead_of_the_clock_is_accepted_when_the_clock_gets_there()
    {
        var backup = new LogStage(self: 1);
        Assert.Empty(backup.Hear(0, PrePrepare.Of(default, new(1), LogStage.Holding(1, after: 80_000))));
        Assert.Empty(backup.Tick(20_000));

        Assert.Contains(backup.Tick(20_000), effect => effect is Effect.Broadcast { Word: Prepare });
    }

    [Fact]
    public void An_offer_long_before_the_clock_is_refused_for_its_time()
    {
        var backup = new LogStage(self: 1);

        Assert.Equal(
            [new Effect.Reject("replica 0", Rejection.TimeOutOfBounds)],
            backup.Hear(0, PrePrepare.Of(default, new(1), LogStage.Holding(1, after: -200_000))));
    }

    /// <summary>The offer may have lain unread here for so long, and a refusal costs the site a change of view.</summary>
    [Fact]
    public void A_backup_that_was_late_itself_takes_an_offer_that_is_late_by_as_much()
    {
        Assert.Contains(HeardBy(lateFor: 150_000), effect => effect is Effect.Broadcast { Word: Prepare });
        Assert.Contains(HeardBy(lateFor: 0), effect => effect is Effect.Reject { Reason: Rejection.TimeOutOfBounds });

        static IReadOnlyList<Effect> HeardBy(long lateFor)
        {
            var backup = new LogStage(self: 1);
            backup.Offer(SiteBox.Request(new(1)));
            backup.Tick(lateFor);
            return backup.Hear(0, PrePrepare.Of(default, new(1), LogStage.Holding(1, after: lateFor - 190_000)));
        }
    }

    /// <summary>Time is judged by each backup; what 2f others took is prepared all the same.</summary>
    [Fact]
    public void What_a_quorum_holds_is_prepared_although_this_backup_refused_its_time()
    {
        var backup = new LogStage(self: 1);
        var offer = PrePrepare.Of(default, new(1), LogStage.Holding(1, after: -200_000));
        backup.Hear(0, offer);
        backup.Hear(2, new Prepare(default, new(1), offer.Digest));

        var effects = backup.Hear(3, new Prepare(default, new(1), offer.Digest));

        Assert.Equal(
            [JournalRecordKind.Accepted, JournalRecordKind.Prepared],
            effects.OfType<Effect.Persist>().Select(persist => persist.Record.Kind));
        Assert.Equal(new Effect.Broadcast(new Commit(default, new(1), offer.Digest)), effects[^1]);
    }

    [Fact]
    public void A_committed_batch_that_contradicts_an_own_committed_one_stops_the_replica()
    {
        var backup = new LogStage(self: 1);
        backup.Hear(0, OfferApple);
        foreach (var replica in new[] { 0, 2, 3 })
        {
            backup.Hear(replica, CommitApple);
        }

        var changes = Enumerable.Range(0, 3)
            .Select(replica => backup.Change(replica, 4, backup.Certificate(3, 1, LogStage.Pear.Digest)));
        var broken = Assert.Throws<InvariantBrokenException>(
            () => backup.Hear(0, new NewView(new(4), ValueList.From(changes))));
        Assert.Equal("S1", broken.Name);
    }

    /// <summary>A primary that lies builds two sound new views, and says each to some. Those who hear first what the others decided in the
    /// view, and then the other new view, are at no fault.</summary>
    [Fact]
    public void Another_new_view_than_the_one_in_which_a_batch_was_decided_stops_nobody()
    {
        var backup = new LogStage(self: 2);
        foreach (var replica in new[] { 0, 1, 3 })
        {
            backup.Hear(replica, new Commit(new(1), new(1), Apple));
        }

        var changes = new[] { 0, 1, 3 }
            .Select(replica => backup.Change(replica, 1, backup.Certificate(0, 1, LogStage.Pear.Digest)));
        var effects = backup.Hear(1, new NewView(new(1), ValueList.From(changes)));

        Assert.Contains(new Effect.Reject("replica 1", Rejection.BadNewView), effects);
        Assert.Equal(new SiteView(1), backup.Log.View);
        backup.Hear(3, new CommittedBatch(new(1), LogStage.Apple));
        backup.Execute();
        Assert.Equal(new SiteSequence(1), backup.Log.Executed);
    }

    [Fact]
    public void F_plus_one_equal_answers_and_one_copy_of_the_batch_are_enough_to_catch_up()
    {
        var backup = new LogStage(self: 1);
        backup.Hear(2, new CommittedDigests(new(1), new(1), [Apple]));
        Assert.Equal(
            [new Effect.Reject("replica 2", Rejection.NotForUs)],
            backup.Hear(2, new CommittedBatch(new(1), LogStage.Apple)));
        backup.Hear(3, new CommittedDigests(new(1), new(1), [Apple]));
        Assert.False(backup.Log.TryTakeOrdered(out _, out _));

        backup.Hear(2, new CommittedBatch(new(1), LogStage.Apple));

        Assert.True(backup.Log.TryTakeOrdered(out _, out var batch));
        Assert.Equal(LogStage.Apple, batch);
    }

    [Fact]
    public void A_riding_input_opens_a_batch_only_after_20_ms()
    {
        var primary = new LogStage(self: 0, machine: new() { IsRiding = true });
        Assert.Empty(primary.Offer(SiteBox.Request(new(1))));
        Assert.Empty(primary.Tick(19_000));

        Assert.Contains(primary.Tick(1_000), effect => effect is Effect.Broadcast { Word: PrePrepare });
    }

    [Fact]
    public void What_is_committed_is_executed_before_a_primary_offers_what_it_may_make_less_urgent()
    {
        var primary = new LogStage(self: 0, machine: new() { RidesOnceExecuted = true });
        var offer = (PrePrepare)primary.Offer(SiteBox.Request(new(1))).OfType<Effect.Broadcast>().Single().Word;
        primary.Hear(0, offer);
        Assert.Empty(primary.Offer(SiteBox.Request(new(2))));
        IReadOnlyList<Effect> said =
        [
            .. primary.Hear(1, new Prepare(default, new(1), offer.Digest)),
            .. primary.Hear(2, new Prepare(default, new(1), offer.Digest)),
            .. Enumerable.Range(0, 3).SelectMany(replica => primary.Hear(replica, new Commit(default, new(1), offer.Digest))),
        ];
        Assert.DoesNotContain(said, effect => effect is Effect.Broadcast { Word: PrePrepare });

        Assert.DoesNotContain(primary.Execute(), effect => effect is Effect.Broadcast { Word: PrePrepare });
        Assert.Contains(primary.Tick(20_000), effect => effect is Effect.Broadcast { Word: PrePrepare });
    }

    [Fact]
    public void When_the_machines_deadline_passes_the_primary_orders_an_empty_batch()
    {
        var primary = new LogStage(self: 0);
        var left = primary.Machine.NextDeadline.Microseconds - LogStage.Start;
        Assert.Empty(primary.Tick(left - 1));

        var offer = (PrePrepare)primary.Tick(1).OfType<Effect.Broadcast>().Single().Word;

        Assert.Empty(offer.Batch!.Inputs);
        Assert.Equal(primary.Machine.NextDeadline, offer.Batch.Time);
    }

    [Fact]
    public void A_backup_complains_when_the_machines_deadline_passes_without_a_batch()
    {
        var backup = new LogStage(self: 1);
        var left = backup.Machine.NextDeadline.Microseconds - LogStage.Start;
        Assert.Empty(backup.Tick(left));

        Assert.Contains(
            backup.Tick(backup.Log.Bound.Ticks / 10),
            effect => effect is Effect.Broadcast { Word: Complain { Stands: true } });
    }


    /// <summary>A window of the longest batches would be a gibibyte. The words count all the same, and what they name comes from a
    /// peer when its turn does.</summary>
    [Fact]
    public void A_primary_cannot_fill_the_memory_of_a_backup_with_bodies_of_offers_far_ahead()
    {
        var backup = new LogStage(self: 1);
        SiteInput[] inputs = [.. Enumerable.Range(0, 10).Select(n => SiteBox.Request(new((ulong)n), length: 190_000))];
        PrePrepare[] offers =
        [
            .. Enumerable.Range(1, 48).Select(place => PrePrepare.Of(
                default, new((ulong)place), new(new(LogStage.Start + place), new(inputs)))),
        ];
        var length = offers[0].Batch!.Encoded.Length;
        foreach (var offer in offers.Skip(1))
        {
            backup.Hear(0, offer);
        }

        var most = (Limits.OfferedBodiesAhead * length) + Limits.OfferedBytesAhead;
        Assert.InRange(backup.Log.BodyBytesHeld, most - (2 * length), most);
        Assert.Equal(
            [new Effect.Reject("replica 2", Rejection.TooFarAhead)],
            backup.Hear(2, new CommittedBatch(offers[47].Sequence, offers[47].Batch!)));

        backup.Hear(0, offers[0]);
        foreach (var offer in offers.Take(40))
        {
            backup.Hear(2, new CommittedBatch(offer.Sequence, offer.Batch!));
            foreach (var replica in new[] { 0, 2, 3 })
            {
                backup.Hear(replica, new Commit(default, offer.Sequence, offer.Digest));
            }

            backup.Execute();
        }

        var last = offers.Skip(40).SelectMany(offer => backup.Hear(2, new CommittedBatch(offer.Sequence, offer.Batch!)));
        Assert.Contains(new Effect.Broadcast(new Prepare(default, new(48), offers[47].Digest)), last);
    }

    /// <summary>It may have been prepared by somebody who alone has it else, and be offered again many views later.</summary>
    [Fact]
    public void What_was_accepted_is_kept_through_the_offers_of_many_views()
    {
        var slot = new SiteSlot(new(1), new SiteSize(1));
        slot.AddBody(LogStage.Apple);
        slot.BodyForDisk(Apple);
        for (byte view = 2; view < 30; view++)
        {
            slot.AddBody(LogStage.Holding(view));
        }

        Assert.Equal(LogStage.Apple, slot.Body(Apple));
        Assert.Null(slot.Body(LogStage.Holding(2).Digest));
        Assert.Equal(LogStage.Holding(29), slot.Body(LogStage.Holding(29).Digest));
        Assert.Equal((Limits.BodiesOfOnePlace + 1) * LogStage.Apple.Encoded.Length, slot.BodyBytes);

        for (byte view = 30; view < 250; view++)
        {
            slot.AddBody(LogStage.Holding(view));
            slot.BodyForDisk(LogStage.Holding(view).Digest);
        }

        Assert.Equal(Limits.AcceptedBodiesOfOnePlace * LogStage.Apple.Encoded.Length, slot.BodyBytes);
    }
}
