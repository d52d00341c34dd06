using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>Suspicion, leaving a view and entering the next, sentence by sentence.</summary>
public sealed class SiteViewChangeTests
{
    private static readonly Digest Apple = LogStage.Apple.Digest;
    private static readonly Digest Pear = LogStage.Pear.Digest;

    [Fact]
    public void A_backup_that_waits_too_long_complains_and_keeps_working_in_the_view()
    {
        var backup = new LogStage(self: 1);
        backup.Offer(SiteBox.Request(new(1)));
        var handedOn = backup.Tick(backup.Log.Bound.Ticks / 20);
        Assert.Equal(3, handedOn.Count(effect => effect is Effect.Send { Word: HandOn }));

        var effects = backup.Tick(backup.Log.Bound.Ticks / 20);

        Assert.Contains(effects, effect => effect is Effect.Broadcast { Word: Complain { Stands: true } });
        Assert.Contains(
            backup.Hear(0, PrePrepare.Of(default, new(1), LogStage.Holding(1, after: backup.Now))),
            effect => effect is Effect.Broadcast { Word: Prepare });
    }

    [Fact]
    public void A_complaint_is_withdrawn_when_its_cause_is_gone()
    {
        var backup = new LogStage(self: 1);
        var request = SiteBox.Request(new(1));
        backup.Offer(request);
        backup.Tick(backup.Log.Bound.Ticks / 20);
        backup.Tick(backup.Log.Bound.Ticks / 20);
        var batch = new Batch(new(LogStage.Start + backup.Now), [request]);
        backup.Hear(0, PrePrepare.Of(default, new(1), batch));
        foreach (var replica in new[] { 0, 2, 3 })
        {
            backup.Hear(replica, new Commit(default, new(1), batch.Digest));
        }

        backup.Execute();

        Assert.Contains(backup.Tick(1_000), effect => effect is Effect.Broadcast { Word: Complain { Stands: false } });
        Assert.Equal(0, backup.Log.Pooled);
    }

    [Fact]
    public void A_quorum_of_complaints_makes_a_view_change_that_is_on_disk_first_and_survives_a_restart()
    {
        var backup = new LogStage(self: 1);
        backup.Hear(0, new Complain(default, new(1), Stands: true));
        backup.Hear(2, new Complain(default, new(1), Stands: true));
        backup.Hear(2, new Complain(default, new(2), Stands: false));
        Assert.Empty(backup.Hear(3, new Complain(default, new(1), Stands: true)));
        var effects = backup.Hear(2, new Complain(default, new(3), Stands: true));

        Assert.Equal(JournalRecordKind.View, Assert.IsType<Effect.Persist>(effects[0]).Record.Kind);
        var said = Assert.IsType<Effect.Broadcast>(effects[1]);
        Assert.Equal(new ViewChange(new(1), StableCheckpoint.Genesis, []), said.Word);
        Assert.Equal([said], backup.Restart());
        Assert.Equal((new SiteView(1), false), (backup.Log.View, backup.Log.IsInstalled));
    }

    [Fact]
    public void F_plus_one_view_changes_are_joined_at_the_highest_that_f_plus_one_vouch_for()
    {
        var backup = new LogStage(self: 1);
        Assert.Empty(backup.Hear(2, backup.Change(2, 9).Word));

        backup.Hear(3, backup.Change(3, 5).Word);

        Assert.Equal(new(5), backup.Log.View);
    }

    [Fact]
    public void A_new_view_offers_again_the_highest_certificate_and_null_where_there_is_none()
    {
        var stage = new LogStage(self: 1);
        var changes = new[]
        {
            stage.Change(0, 4, stage.Certificate(1, 1, Apple), stage.Certificate(2, 3, Apple)),
            stage.Change(1, 4, stage.Certificate(2, 1, Pear)),
            stage.Change(2, 4, stage.Certificate(0, 1, Apple)),
        };

        var choice = NewViewChoice.Of(new(new(4), new(changes)));

        Assert.Equal(Pear, choice.For(new(1)));
        Assert.Equal(Batch.Null.Digest, choice.For(new(2)));
        Assert.Equal(Apple, choice.For(new(3)));
        Assert.Null(choice.For(new(4)));
        Assert.Equal(new(3), choice.Last);
    }

    [Fact]
    public void A_new_view_is_on_disk_before_it_is_followed_and_its_offers_are_not_judged_by_their_time()
    {
        var backup = new LogStage(self: 2);
        var old = LogStage.Holding(1, after: -9_000_000);
        var changes = new[] { 0, 1, 3 }
            .Select(replica => backup.Change(replica, 1, backup.Certificate(0, 1, old.Digest)));
        var entered = backup.Hear(1, new NewView(new(1), ValueList.From(changes)));
        Assert.Equal(JournalRecordKind.View, Assert.IsType<Effect.Persist>(Assert.Single(entered)).Record.Kind);

        Assert.Equal(
            [new Effect.Reject("replica 1", Rejection.BadNewView)],
            new LogStage(self: 2).After(stage => stage.Hear(1, new NewView(new(1), ValueList.From(changes))))
                .Hear(1, PrePrepare.Of(new(1), new(1), LogStage.Pear)));
        Assert.Empty(backup.Hear(1, new PrePrepare(new(1), new(1), old.Digest, null)));
        Assert.Contains(
            new Effect.Broadcast(new Prepare(new(1), new(1), old.Digest)),
            backup.Hear(3, new CommittedBatch(new(1), old)));
    }

    [Fact]
    public void A_new_view_without_a_quorum_or_not_from_its_primary_is_refused()
    {
        var backup = new LogStage(self: 2);
        var three = new[] { 0, 1, 3 }.Select(replica => backup.Change(replica, 1)).ToArray();

        Assert.Equal(
            [new Effect.Reject("replica 1", Rejection.BadNewView)],
            backup.Hear(1, new NewView(new(1), new(three[..2]))));
        Assert.Equal(
            [new Effect.Reject("replica 3", Rejection.NotThePrimary)], backup.Hear(3, new NewView(new(1), new(three))));
        Assert.Equal(default, backup.Log.View);
    }

    [Fact]
    public void A_view_change_is_proven_only_if_every_signature_in_it_is_good()
    {
        var stage = new LogStage(self: 1);
        var good = stage.Certificate(0, 1, Apple);
        var change = stage.Change(2, 1, good).Word;
        var verifier = new IdealSigning();

        Assert.True(change.IsProven(stage.Genesis, Sample.Home, verifier));
        foreach (var bad in new[]
        {
            good with { Digest = Pear },
            good with { PrimarySignature = good.Prepares[0].Signature },
            good with { Prepares = [good.Prepares[0]] },
            good with { Prepares = [new(0, good.PrimarySignature), good.Prepares[1]] },
        })
        {
            Assert.False((change with { Prepared = [bad] }).IsProven(stage.Genesis, Sample.Home, verifier));
        }
    }

    /// <summary>While changing views a replica still executes what it learns committed.</summary>
    [Fact]
    public void A_replica_between_views_still_executes_what_is_committed()
    {
        var backup = new LogStage(self: 1);
        backup.Hear(0, PrePrepare.Of(default, new(1), LogStage.Apple));
        backup.Hear(2, backup.Change(2, 1).Word);
        backup.Hear(3, backup.Change(3, 1).Word);
        Assert.False(backup.Log.IsInstalled);
        foreach (var replica in new[] { 0, 2, 3 })
        {
            backup.Hear(replica, new Commit(default, new(1), Apple));
        }

        Assert.True(backup.Log.TryTakeOrdered(out _, out var batch));
        Assert.Equal(LogStage.Apple, batch);
    }
}
