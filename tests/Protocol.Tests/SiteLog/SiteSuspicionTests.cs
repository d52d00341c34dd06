using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>When a replica complains, when it does not, and how its patience grows.</summary>
public sealed class SiteSuspicionTests
{
    private static readonly Complain Standing = new(default, new(1), Stands: true);

    [Fact]
    public void A_replica_that_was_late_itself_does_not_complain_about_the_primary()
    {
        var backup = new LogStage(self: 1);
        backup.Offer(SiteBox.Request(new(1)));

        Assert.DoesNotContain(backup.Tick(150_000), IsComplaint);
        Assert.DoesNotContain(backup.Tick(40_000), IsComplaint);
        Assert.Contains(backup.Tick(10_000), IsComplaint);
    }

    /// <summary>Otherwise nobody would hear the complaint, and with enough such replicas a site would stand
    /// still.</summary>
    [Fact]
    public void A_replica_whose_clock_was_set_back_is_shown_its_later_word_and_complains_later_than_that()
    {
        var later = new Timestamp(LogStage.Start + 60_000_000);
        var peer = new LogStage(self: 0);
        var former = peer.Say(1, new Complain(default, later, Stands: false));
        peer.Hear(1, former.Word);

        var backup = new LogStage(self: 1);
        backup.Offer(SiteBox.Request(new(1)));
        Complaint(TickUntilComplaint(backup), out var early);
        Assert.Contains(new Effect.Relay(1, former), peer.Hear(1, early));

        backup.Hear(1, former.Word);
        Complaint(backup.Tick(10_000), out var late);
        Assert.True(late is { Stands: true } && late.Told > later);
        Assert.Empty(peer.Hear(1, late));

        static void Complaint(IReadOnlyList<Effect> effects, out Complain word) => word = effects
            .OfType<Effect.Broadcast>().Select(effect => effect.Word).OfType<Complain>().Single();

        static IReadOnlyList<Effect> TickUntilComplaint(LogStage stage)
        {
            stage.Tick(60_000);
            return stage.Tick(60_000) is var effects && effects.Any(IsComplaint) ? effects : stage.Tick(60_000);
        }
    }

    [Fact]
    public void A_replica_that_is_always_late_complains_in_the_end()
    {
        var backup = new LogStage(self: 1);
        backup.Offer(SiteBox.Request(new(1)));
        var complained = false;
        for (var step = 0; step < 20; step++)
        {
            complained |= backup.Tick(200_000).Any(IsComplaint);
        }

        Assert.True(complained);
    }

    [Fact]
    public void A_backup_complains_at_once_when_the_connection_to_the_primary_has_ended_and_takes_it_back()
    {
        var backup = new LogStage(self: 1);
        backup.Roads.OnDisconnected(new(Sample.Home, 2));
        Assert.DoesNotContain(backup.Tick(1), IsComplaint);

        var primary = new ReplicaId(Sample.Home, 0);
        backup.Roads.OnDisconnected(primary);
        Assert.Contains(backup.Tick(1), IsComplaint);

        backup.Roads.OnConnected(primary);
        var taken = backup.Tick(1).OfType<Effect.Broadcast>().Select(effect => effect.Word).OfType<Complain>();
        Assert.False(Assert.Single(taken).Stands);
    }

    /// <summary>All of a site's primaries whose processes are gone are left behind without any time-out.</summary>
    [Fact]
    public void The_next_primary_is_complained_about_too_if_its_connection_has_ended()
    {
        var backup = new LogStage(self: 2, faults: 2);
        foreach (var gone in new[] { 0, 1 })
        {
            backup.Roads.OnDisconnected(new(Sample.Home, gone));
        }

        backup.Tick(1);
        foreach (var peer in new[] { 3, 4, 5 })
        {
            backup.Hear(peer, backup.Change(peer, 1).Word);
        }

        Assert.Equal(new SiteView(1), backup.Log.View);
        var complaint = Assert.Single(
            backup.Tick(1).OfType<Effect.Broadcast>().Select(effect => effect.Word).OfType<Complain>());
        Assert.Equal((new SiteView(1), true), (complaint.View, complaint.Stands));
    }

    /// <summary>Whoever resets connections for a moment would else make a site patient for minutes, and then a primary
    /// that orders nothing is put up with for 25 s.</summary>
    [Fact]
    public void Primaries_that_are_gone_cost_no_more_patience_than_one_of_them()
    {
        var backup = new LogStage(self: 6, faults: 2);
        var first = backup.Log.Bound;
        for (var gone = 0; gone < 6; gone++)
        {
            var primary = new ReplicaId(Sample.Home, gone);
            backup.Roads.OnDisconnected(primary);
            Assert.Contains(backup.Tick(1), IsComplaint);

            // The connection is back before the others have left the view.
            backup.Roads.OnConnected(primary);
            backup.Tick(1);
            foreach (var peer in new[] { 0, 1, 2, 3, 4, 5 }.Where(peer => peer != gone).Take(3))
            {
                backup.Hear(peer, backup.Change(peer, (ulong)gone + 1).Word);
            }

            Assert.Equal(new SiteView((ulong)gone + 1), backup.Log.View);
            Assert.Equal(2 * first, backup.Log.Bound);
        }
    }

    [Fact]
    public void Who_waited_in_vain_for_a_primary_is_more_patient_with_the_next_although_that_one_is_gone_now()
    {
        var backup = new LogStage(self: 6, faults: 2);
        var first = backup.Log.Bound;
        ChangeTo(1);
        for (var step = 0; step < 60; step++)
        {
            backup.Tick(10_000);
        }

        backup.Roads.OnDisconnected(new(Sample.Home, 1));
        backup.Tick(1);
        ChangeTo(2);

        Assert.Equal(4 * first, backup.Log.Bound);

        void ChangeTo(ulong view)
        {
            foreach (var peer in new[] { 0, 2, 3, 4, 5 })
            {
                backup.Hear(peer, backup.Change(peer, view).Word);
            }
        }
    }

    [Fact]
    public void The_bound_doubles_with_each_change_of_view_and_halves_after_ten_seconds_of_calm()
    {
        var backup = new LogStage(self: 2);
        var first = backup.Log.Bound;
        backup.Hear(0, backup.Change(0, 1).Word);
        backup.Hear(3, backup.Change(3, 1).Word);
        Assert.Equal(first * 2, backup.Log.Bound);

        // Followed without having left the view before it: a change all the same.
        var changes = new[] { 0, 1, 3 }.Select(replica => backup.Change(replica, 3));
        backup.Hear(3, new NewView(new(3), ValueList.From(changes)));
        Assert.Equal(first * 4, backup.Log.Bound);

        Calm(backup, 9_990_000);
        Assert.Equal(first * 4, backup.Log.Bound);
        Calm(backup, 10_000);
        Assert.Equal(first * 2, backup.Log.Bound);
        Calm(backup, 10_000_000);
        Assert.Equal(first, backup.Log.Bound);
    }

    [Fact]
    public void The_bound_doubles_eight_times_at_most()
    {
        var backup = new LogStage(self: 0);
        var first = backup.Log.Bound;
        for (ulong view = 1; view <= 12; view++)
        {
            backup.Hear(2, backup.Change(2, view).Word);
            backup.Hear(3, backup.Change(3, view).Word);
        }

        Assert.Equal(new SiteView(12), backup.Log.View);
        Assert.Equal(first * 256, backup.Log.Bound);
    }

    /// <summary>A primary that offers first and lets the batch be accepted later would teach its backups
    /// patience.</summary>
    [Fact]
    public void A_primary_cannot_stretch_the_bound_by_offers_that_cannot_be_accepted_yet()
    {
        var backup = new LogStage(self: 1);
        backup.Machine.Time = new(LogStage.Start);
        for (ulong place = 1; place <= 10; place++)
        {
            var batch = LogStage.Holding(1, backup.Now + 90_000);
            backup.Hear(0, new PrePrepare(default, new(place), batch.Digest, null));
            backup.Tick(90_000);
            backup.Hear(0, new CommittedBatch(new(place), batch));
            foreach (var replica in new[] { 0, 2, 3 })
            {
                backup.Hear(replica, new Commit(default, new(place), batch.Digest));
            }

            backup.Execute();
        }

        Assert.Equal(new SiteSequence(10), backup.Log.Executed);
        Assert.Equal(TimeSpan.FromMilliseconds(100), backup.Log.Bound);
    }

    /// <summary>A whole site that wakes waits for its peers' processes. Measured as ordering time, those seconds would
    /// make it patient with the next primary for minutes.</summary>
    [Fact]
    public void What_was_accepted_before_a_restart_says_nothing_of_the_usual_time()
    {
        var backup = new LogStage(self: 1);
        for (ulong place = 1; place <= 20; place++)
        {
            backup.Hear(0, PrePrepare.Of(default, new(place), LogStage.Holding((byte)place)));
        }

        backup.Restart();
        backup.Now += 5_000_000;
        for (ulong place = 1; place <= 20; place++)
        {
            foreach (var replica in new[] { 0, 2, 3 })
            {
                backup.Hear(replica, new Commit(default, new(place), LogStage.Holding((byte)place).Digest));
            }
        }

        backup.Execute();

        Assert.Equal(new SiteSequence(20), backup.Log.Executed);
        Assert.Equal(TimeSpan.FromMilliseconds(100), backup.Log.Bound);
    }

    [Fact]
    public void A_few_slow_batches_at_the_start_do_not_make_a_replica_patient()
    {
        var times = new BatchTimes(TimeSpan.FromMilliseconds(5));
        for (var slow = 0; slow < 7; slow++)
        {
            times.Add(TimeSpan.FromSeconds(5));
        }

        Assert.Equal(TimeSpan.FromMilliseconds(5), times.Median);
        times.Add(TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.FromSeconds(5), times.Median);
    }

    [Fact]
    public void A_withdrawal_that_was_lost_is_said_again_to_whoever_shows_the_view()
    {
        var backup = new LogStage(self: 1);
        var withdrawn = Standing with { Told = new(2), Stands = false };
        backup.Hear(1, Standing);
        backup.Hear(1, withdrawn);

        Assert.Contains(
            backup.Hear(2, new Status(1, 1, default, true, 0, default, default, default, [])),
            effect => effect is Effect.Relay { Said.Word: Complain { Stands: false } });
    }

    [Fact]
    public void What_a_former_self_complained_about_is_withdrawn_after_a_restart()
    {
        var backup = new LogStage(self: 1);
        backup.Hear(0, PrePrepare.Of(default, new(1), LogStage.Apple));
        backup.Restart();

        Assert.Contains(backup.Tick(1_000), effect => effect is Effect.Broadcast { Word: Complain { Stands: false } });
    }

    /// <summary>Whole sites wake like this: their primary offers what is too old to be accepted, and only a change of
    /// view helps.</summary>
    [Fact]
    public void A_replica_that_woke_complains_about_a_primary_that_orders_nothing()
    {
        var backup = new LogStage(self: 1);
        backup.Hear(0, PrePrepare.Of(default, new(1), LogStage.Apple));
        backup.Restart();
        backup.Offer(SiteBox.Request(new(1)));
        var complained = false;
        for (var step = 0; step < 20; step++)
        {
            complained |= backup.Tick(backup.Log.Bound.Ticks / 40).Any(IsComplaint);
        }

        Assert.True(complained);
    }

    /// <summary>Who was down when an input was handed on must still hear of it: else no quorum complains.</summary>
    [Fact]
    public void An_overdue_input_is_handed_to_all_again()
    {
        var backup = new LogStage(self: 1);
        backup.Offer(SiteBox.Request(new(1)));
        var handedOn = 0;
        for (var step = 0; step < 40; step++)
        {
            handedOn += backup.Tick(backup.Log.Bound.Ticks / 40)
                .Count(effect => effect is Effect.Send { Word: HandOn });
        }

        Assert.True(handedOn > 3, $"handed on {handedOn} times");
    }

    /// <summary>A liar that gives much to backups, and nothing to an honest primary, makes it look as if it left that out.</summary>
    [Fact]
    public void All_that_waits_is_handed_on_before_anything_is_held_against_the_primary()
    {
        var backup = new LogStage(self: 1);
        var inputs = Enumerable.Range(0, 1000).Select(n => SiteBox.Request(new((ulong)n))).ToArray();
        foreach (var input in inputs)
        {
            backup.Hear(3, new HandOn(input));
        }

        List<Effect> said = [.. backup.Tick(backup.Log.Bound.Ticks / 20)];
        for (var step = 0; step < 4; step++)
        {
            said.AddRange(backup.Tick(5_000));
        }

        Assert.DoesNotContain(said, IsComplaint);
        Assert.Equal(
            inputs.Select(input => input.Digest).Order(),
            said.OfType<Effect.Send>().Where(send => send.Replica == 0).Select(send => ((HandOn)send.Word).Input.Digest).Order());

        // Half a bound later, and no earlier, the primary should have offered them.
        var rest = backup.Log.Bound.Ticks / 20;
        Assert.DoesNotContain(backup.Tick(rest - 20_001), IsComplaint);
        Assert.Contains(backup.Tick(1), IsComplaint);
    }

    [Fact]
    public void A_complaint_that_a_new_view_was_late_is_withdrawn_when_it_comes()
    {
        var backup = new LogStage(self: 2);
        foreach (var replica in new[] { 0, 3 })
        {
            backup.Hear(replica, backup.Change(replica, 1).Word);
        }

        backup.Hear(2, backup.Change(2, 1).Word);
        var complained = false;
        for (var step = 0; step < 60 && !complained; step++)
        {
            complained = backup.Tick(10_000).Any(IsComplaint);
        }

        Assert.True(complained);
        var changes = new[] { 0, 2, 3 }.Select(replica => backup.Change(replica, 1));
        backup.Hear(1, new NewView(new(1), ValueList.From(changes)));

        Assert.Contains(
            backup.Tick(10_000),
            effect => effect is Effect.Broadcast { Word: Complain { View.Number: 1, Stands: false } });
    }

    [Fact]
    public void A_new_primary_that_lacks_what_it_has_to_offer_again_is_sent_the_body()
    {
        var peer = new LogStage(self: 2);
        peer.Hear(0, PrePrepare.Of(default, new(1), LogStage.Apple));
        var certificate = peer.Certificate(0, 1, LogStage.Apple.Digest);
        var changes = new[] { 1, 2, 3 }.Select(replica => peer.Change(replica, 1, certificate));
        peer.Hear(1, new NewView(new(1), ValueList.From(changes)));
        var sent = Enumerable.Range(1, 3).SelectMany(round =>
        {
            peer.Now += 60_000;
            return peer.Hear(1, new Status(1, (ulong)round, new(1), true, 0, default, default, default, []));
        });

        Assert.Contains(new Effect.Send(1, new CommittedBatch(new(1), LogStage.Apple)), sent);
    }

    private static void Calm(LogStage backup, long microseconds)
    {
        // In small steps: nobody is late, and the machine's deadlines are met by others.
        for (var left = microseconds; left > 0; left -= 10_000)
        {
            backup.Machine.Time = new(LogStage.Start + backup.Now);
            backup.Tick(Math.Min(left, 10_000));
        }
    }

    private static bool IsComplaint(Effect effect) => effect is Effect.Broadcast { Word: Complain { Stands: true } };
}
