using Holdfast.Node.Storage;
using Holdfast.Node.Tests.Storage;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Node.Tests;

/// <summary>A turn of the pump: persist, flush, then send; and what happens when the disk does not keep its
/// part.</summary>
public sealed class PumpTests
{
    [Fact]
    public void What_leaves_leaves_after_the_flush_of_all_that_it_rests_on()
    {
        using var stage = new PumpStage(faults: 1);
        var flushes = stage.Disk.Flushes;

        stage.Turn(1, [.. PumpStage.Answers, PumpStage.Request(1)]);

        Assert.Contains(stage.Sent, sent => PumpStage.KindOf(sent.Frame) == SiteWordKind.PrePrepare);
        Assert.All(stage.Sent, sent => Assert.False(sent.OwesFlush));
        Assert.All(
            stage.Sent.Where(sent => PumpStage.KindOf(sent.Frame) == SiteWordKind.PrePrepare),
            sent => Assert.True(sent.Flushes > flushes));
    }

    [Fact]
    public void What_was_said_is_in_the_journal_that_the_next_life_reads()
    {
        using var stage = new PumpStage(faults: 1);
        stage.Turn(1, [.. PumpStage.Answers, PumpStage.Request(1)]);

        stage.Disk.Crash(new SplitMix64(1));
        using var journal = new Journal(stage.Disk, JournalStage.Options(segmentBytes: 1 << 20));
        var kinds = new List<JournalRecordKind>();
        journal.Replay(record => kinds.Add((JournalRecordKind)record.Kind));

        Assert.Contains(stage.Sent, sent => PumpStage.KindOf(sent.Frame) == SiteWordKind.PrePrepare);
        Assert.Contains(JournalRecordKind.Accepted, kinds);
    }

    [Fact]
    public void All_inputs_of_a_turn_share_one_flush()
    {
        using var stage = new PumpStage(faults: 1);
        var flushes = stage.Disk.Flushes;

        stage.Turn(1, [.. Enumerable.Range(1, 50).Select(number => PumpStage.Request((ulong)number))]);

        Assert.InRange(stage.Disk.Flushes, flushes + 1, flushes + 2);
        Assert.Equal(stage.Disk.Flushes - flushes, stage.Pump.Counters.Flushes);
    }

    /// <summary>Its own vote is a quorum there, and counts like any other: when it is on disk.</summary>
    [Fact]
    public void A_site_of_one_replica_answers_within_a_turn_and_only_from_what_is_on_disk()
    {
        using var stage = new PumpStage(faults: 0);
        stage.Turn(1);
        var flushes = stage.Disk.Flushes;

        stage.Turn(2, PumpStage.Request(1));

        var reply = Assert.Single(stage.Sent, sent => sent.Peer is null);
        Assert.True(reply.Flushes > flushes);
        Assert.False(reply.OwesFlush);
        Assert.Equal(
            Outcome.Committed, Assert.IsType<Reply>(ClientFrames.Decode(reply.Frame.Span)).Body.Results[0].Outcome);
    }

    /// <summary>The batch is on disk before it is decided; that it was decided comes back with it.</summary>
    [Fact]
    public void What_was_answered_comes_back_after_a_crash_though_nothing_on_disk_says_that_it_was_decided()
    {
        using var stage = new PumpStage(faults: 0);
        stage.Turn(1);
        stage.Turn(2, PumpStage.Request(1));
        var executed = stage.Pump.Status.ExecutedUpdates;

        stage.Disk.Crash(new SplitMix64(1));
        using var next = new PumpStage(faults: 0, stage.Disk);
        var found = next.Pump.Status.ExecutedUpdates;
        next.Turn(3);

        Assert.Single(stage.Sent, sent => sent.Peer is null);
        Assert.True(found < executed, "that it was decided was on disk already");
        Assert.Equal(executed, next.Pump.Status.ExecutedUpdates);
    }

    /// <summary>Who says that it knows all up to a place, and does not when it starts again, takes its disk for
    /// lost.</summary>
    [Fact]
    public void What_may_wait_is_flushed_before_a_checkpoint_is_said()
    {
        using var stage = new PumpStage(faults: 0);
        stage.Turn(1);
        var (flushes, usual) = (0, 0);
        for (var number = 1; stage.Pump.Status.Stable == default; number++)
        {
            Assert.True(number < 1_000, "no checkpoint");
            (usual, flushes) = (flushes, stage.Disk.Flushes);
            stage.Turn(1 + (10 * number), PumpStage.Request((ulong)number));
            flushes = stage.Disk.Flushes - flushes;
        }

        // What was decided before it is said, and then that it is stable.
        Assert.Equal(usual + 2, flushes);
    }

    [Fact]
    public void What_may_wait_for_the_next_flush_has_its_own_soon()
    {
        using var stage = new PumpStage(faults: 0);
        stage.Turn(1);
        stage.Turn(2, PumpStage.Request(1));
        var flushes = stage.Disk.Flushes;
        var wake = stage.Pump.NextWake;

        stage.Turn(3);
        Assert.Equal(flushes, stage.Disk.Flushes);
        stage.Turn(202);

        Assert.True(wake <= new Instant(1 + 202_000), $"{wake}");
        Assert.Equal(flushes + 1, stage.Disk.Flushes);
    }

    [Fact]
    public void Frames_to_one_peer_go_together_and_in_the_order_in_which_they_were_asked_for()
    {
        using var stage = new PumpStage(faults: 1);
        stage.Turn(1, PumpStage.Request(1));
        stage.Turn(400);

        var byPeer = stage.Sent.GroupBy(sent => sent.Peer).ToArray();
        Assert.Equal(3, byPeer.Length);
        Assert.True(byPeer[0].Count() > 1);
        Assert.All(byPeer, peer => Assert.Equal(
            byPeer[0].Select(sent => PumpStage.KindOf(sent.Frame)), peer.Select(sent => PumpStage.KindOf(sent.Frame))));
    }

    [Fact]
    public void What_a_turn_says_does_not_wait_for_the_next_one()
    {
        using var stage = new PumpStage(faults: 1);

        stage.Turn(1, [.. PumpStage.Answers, PumpStage.Request(1)]);

        Assert.NotEmpty(stage.Sent);
        Assert.Equal(stage.Sent.Count, stage.Departed);
    }

    [Fact]
    public void Nothing_leaves_before_the_first_turn_and_that_one_is_due_at_once()
    {
        using var stage = new PumpStage(faults: 1);

        Assert.Empty(stage.Sent);
        Assert.Equal(default, stage.Pump.NextWake);

        stage.Turn(1);

        Assert.NotEmpty(stage.Sent);
        Assert.True(stage.Pump.NextWake > new Instant(1_000));
    }

    [Fact]
    public void A_flush_that_fails_stops_the_replica_for_good_and_nothing_of_its_turn_leaves()
    {
        using var stage = new PumpStage(faults: 1);
        stage.Disk.FailNextFlush = true;

        stage.Turn(1, PumpStage.Request(1));
        stage.Turn(2, PumpStage.Request(2));
        stage.Turn(60_000);

        Assert.IsType<JournalFailedException>(stage.Pump.Failure);
        Assert.Empty(stage.Sent);
        Assert.Equal(Instant.Never, stage.Pump.NextWake);
        Assert.Single(stage.Notes);
    }

    [Fact]
    public void What_the_core_refuses_is_counted_by_name()
    {
        using var stage = new PumpStage(faults: 1);
        var word = new Said(1, new Prepare(new(9), new(1), Digest.Of([1])), new Bytes(new byte[Limits.SignatureBytes]));

        stage.Turn(1, new Input.Heard(word));

        Assert.Equal(1, stage.Pump.Counters.RefusedFor(Rejection.WrongView));
    }

    [Fact]
    public void A_reply_that_is_asked_for_again_and_again_is_said_once_in_a_turn()
    {
        using var stage = Answered(count: 1, out var wanted);
        var sent = stage.Sent.Count;

        stage.Turn(3, [.. Enumerable.Repeat(wanted[0], Pump.InputsPerTurn)]);

        Assert.Equal(sent + 1, stage.Sent.Count);
        Assert.Equal(Pump.InputsPerTurn - 1, stage.Pump.Counters.RefusedFor(Rejection.AlreadyKnown));
        stage.Turn(4, wanted[0]);
        Assert.Equal(sent + 2, stage.Sent.Count);
    }

    [Fact]
    public void Long_answers_of_one_turn_do_not_pile_up_until_its_end()
    {
        using var stage = Answered(count: 4, out var wanted);
        var sent = stage.Sent.Count;

        stage.Turn(9, wanted);

        Assert.Equal(sent + 4, stage.Sent.Count);
        Assert.InRange(stage.GatheredMost, Limits.HeldAnswerBytes, Limits.HeldAnswerBytes + Limits.ReplyFrameBytes);
    }

    [Fact]
    public void More_inputs_than_a_turn_takes_are_the_callers_fault()
    {
        using var stage = new PumpStage(faults: 1);
        Input[] many = [.. Enumerable.Repeat(PumpStage.Request(1), Pump.InputsPerTurn + 1)];

        Assert.Throws<ArgumentOutOfRangeException>(() => stage.Turn(1, many));
    }

    /// <summary>A replica that has answered so many requests of queries, each with a reply of the greatest length.</summary>
    private static PumpStage Answered(int count, out Input[] wanted)
    {
        var stage = new PumpStage(faults: 0) { Found = new(new byte[Limits.ResultBytes]) };
        stage.Turn(1);
        var queries = Enumerable.Range(1, count).Select(number => PumpStage.Query((ulong)number)).ToArray();
        foreach (var query in queries)
        {
            stage.Turn(2, new Input.Offered(query));
        }

        wanted = Array.ConvertAll(queries, stage.WantReply);
        return stage;
    }
}
