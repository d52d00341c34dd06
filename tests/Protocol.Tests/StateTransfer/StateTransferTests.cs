using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

public sealed class StateTransferTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    [Fact]
    public void A_state_is_fetched_whole_and_from_every_peer_that_has_it()
    {
        for (ulong seed = 0; seed < 10; seed++)
        {
            var dice = new Dice(seed);
            var stage = Wanting(TransferStage.AnyState(dice, entries: dice.Below(6000)));

            stage.Run(Long);

            Assert.Equal(stage.State.State.Digest, stage.Fetched!.State.Digest);
            Assert.Equal(stage.State.Proof, stage.Fetched.Proof);
            Assert.Empty(stage.Rejections);
        }

        var large = Wanting(TransferStage.AnyState(new(99), entries: 12_000));
        large.Run(Long);
        Assert.Equal([0, 1, 2], large.ChunksTaken.Where(taken => taken.Value > 0).Select(taken => taken.Key));
    }

    [Fact]
    public void What_was_fetched_before_a_restart_is_not_fetched_again()
    {
        var stage = Wanting(TransferStage.AnyState(new(1), entries: 6000));
        while (stage.Disk.Count < 8)
        {
            stage.Step();
        }

        stage.Restart();
        var (before, entries) = (stage.Disk.Count, stage.Progress!.Entries);
        stage.Wanted = null;
        stage.Run(Long);

        Assert.True(entries > 500);
        Assert.Equal(stage.State.State.Digest, stage.Fetched!.State.Digest);
        var chunks = stage.Disk.Where(record => record.Kind == JournalRecordKind.Chunk).ToArray();
        Assert.Equal(chunks.Length, chunks.Select(record => record.Body).Distinct().Count());
        Assert.True(chunks.Length > before);
    }

    [Fact]
    public void A_value_longer_than_any_frame_comes_in_pieces()
    {
        var global = new AuthenticatedMap();
        global.Set(new([1]), new(new byte[Limits.StateValueBytes]));
        global.Set(new([2]), new Dice(3).Bytes(3 * Limits.StatePieceBytes));
        var stage = Wanting(new(global.Snapshot(), new AuthenticatedMap().Snapshot()));

        stage.Run(Long);

        Assert.Equal(stage.State.State.Digest, stage.Fetched!.State.Digest);
    }

    [Theory]
    [InlineData("falsified")]
    [InlineData("of another state")]
    [InlineData("without an end")]
    [InlineData("with parts exchanged")]
    [InlineData("out of order")]
    public void A_wrong_chunk_is_refused_and_its_source_left_out(string kind)
    {
        var stage = Wanting(TransferStage.AnyState(new(4), entries: 6000));
        StateChunk? first = null;
        stage.Instead = (from, word) => from == 1 && word is StateChunk chunk
            ? Wrong(kind, chunk, first ??= chunk)
            : word;

        stage.Run(Long);

        Assert.Equal(stage.State.State.Digest, stage.Fetched!.State.Digest);
        Assert.Equal(0, stage.ChunksTaken.GetValueOrDefault(1));
        Assert.Contains(stage.Rejections, reason => reason is Rejection.BadChunk or Rejection.NotForUs);
    }

    [Fact]
    public void A_true_chunk_that_names_a_next_place_nobody_can_be_asked_for_is_refused()
    {
        var stage = Wanting(TransferStage.AnyState(new(11), entries: 20));
        stage.Instead = (from, word) => from == 1 && word is StateChunk chunk ? WithFarNext(chunk) : word;

        stage.Run(Long);

        Assert.Equal(stage.State.State.Digest, stage.Fetched!.State.Digest);
        Assert.Equal(Rejection.BadChunk, stage.Rejections[0]);
    }

    /// <summary>Each piece makes the replica patient anew, so with a byte at a time one source would hold it up for a
    /// year, or fill its memory.</summary>
    [Fact]
    public void A_piece_of_a_chunk_is_as_long_as_it_may_be()
    {
        var whole = new StateChunk(
            StatePlace.Of(new SiteSequence(1)), default, default, 1, StateSection.Site, default, Limits.StatePieceBytes + 2, 0, new(new byte[Limits.StatePieceBytes]));
        var last = whole with { Offset = Limits.StatePieceBytes, Piece = new([1, 2]) };

        Assert.All([whole, last], word => Assert.Equal(word, Recoded(word)));
        Assert.Null(Recoded(whole with { Piece = new([1]) }));
        Assert.Null(Recoded(whole with { Piece = new(new byte[Limits.StatePieceBytes - 1]) }));
        Assert.Null(Recoded(last with { Piece = new([1]) }));
        Assert.Null(Recoded(last with { Offset = whole.Length, Piece = Bytes.Empty }));
    }

    [Fact]
    public void A_source_that_stalls_costs_its_patience_once()
    {
        var stage = Wanting(TransferStage.AnyState(new(5), entries: 6000));
        stage.Instead = (from, word) => from == 1 && word is StateChunk ? null : word;

        stage.Run(Long);

        Assert.Equal(stage.State.State.Digest, stage.Fetched!.State.Digest);
        Assert.Single(stage.Rejections, Rejection.Slow);
        Assert.True(stage.Now < new Instant(0) + TimeSpan.FromSeconds(1), $"took until {stage.Now}");
    }

    [Fact]
    public void A_source_that_is_much_slower_than_others_is_left_out()
    {
        var stage = Wanting(TransferStage.AnyState(new(6), entries: 20_000));
        var asked = 0;
        stage.Instead = (from, word) =>
        {
            asked += from == TransferStage.Self && word is StateFetch { Chunks: > 0 } ? 1 : 0;
            if (from == 1 && word is StateChunk)
            {
                stage.Now += TimeSpan.FromMilliseconds(300);
            }

            return word;
        };

        stage.Run(Long);

        Assert.Equal([Rejection.Slow], stage.Rejections);

        // Once while there was nobody to compare it with, and once more.
        Assert.InRange(stage.ChunksTaken[1], 1, 2 * Limits.StateChunksPerFetch);
        Assert.True(asked > 3);
    }

    /// <summary>A replica that began anew whenever all had been late once never came to the end of 100 MB under
    /// load.</summary>
    [Fact]
    public void Sources_that_are_all_late_now_and_then_do_not_make_it_begin_anew()
    {
        var stage = Wanting(TransferStage.AnyState(new(11), entries: 60_000));
        var answers = new int[3];
        stage.Instead = (from, word) => from != TransferStage.Self && word is StateChunk
            && ++answers[from] % (2 * Limits.StateChunksPerFetch) == 0 ? null : word;
        for (ulong newer = 200; stage.Fetched is null && newer < 20_000; newer += 100)
        {
            stage.Run(TimeSpan.FromMilliseconds(100));
            stage.Wanted = TransferStage.StateAt(newer, TransferStage.AnyState(new(newer), 10)).Proof;
        }

        Assert.Equal(new SiteSequence(100), stage.Fetched?.Sequence);
        Assert.True(stage.Rejections.Count(reason => reason == Rejection.Slow) > 3, "They were not late often enough.");
    }

    /// <summary>Its peers still have that state; and each beginning lies in the journal until one comes to its end.</summary>
    [Fact]
    public void A_short_outage_does_not_make_it_begin_anew()
    {
        var stage = Wanting(TransferStage.AnyState(new(13), entries: 20_000));
        stage.Run(TimeSpan.FromMilliseconds(30));
        stage.Wanted = TransferStage.StateAt(200, TransferStage.AnyState(new(200), 10)).Proof;
        var before = stage.Progress!.Entries;
        Assert.True(before > 0);
        stage.Instead = (from, word) => null;
        stage.Run(TimeSpan.FromSeconds(30));
        stage.Instead = (from, word) => word;

        stage.Run(Long);

        Assert.Equal(new SiteSequence(100), stage.Fetched?.Sequence);
        Assert.Single(stage.Disk, record => record.Kind == JournalRecordKind.Transfer);
    }

    /// <summary>Should it hear of no state that it could begin with.</summary>
    [Fact]
    public void After_minutes_in_which_nobody_says_a_word_of_the_state_it_begins_with_a_newer_one()
    {
        var stage = Wanting(TransferStage.AnyState(new(14), entries: 20_000));
        stage.Run(TimeSpan.FromMilliseconds(30));
        stage.KeepEverywhere(TransferStage.StateAt(200, TransferStage.AnyState(new(200), 10)));
        stage.Wanted = stage.State.Proof;
        stage.Instead = (from, word) => word is StateChunk { Place.Number: 100 } ? null : word;

        stage.Run(TimeSpan.FromMinutes(3));

        Assert.Equal(new SiteSequence(200), stage.Fetched?.Sequence);
    }

    /// <summary>Or a start would check and hash all that was ever begun. A record that fits nothing shows what is looked
    /// at.</summary>
    [Fact]
    public void After_a_restart_nothing_is_made_of_what_was_begun_before_the_last_time()
    {
        var stage = Wanting(TransferStage.AnyState(new(15), entries: 6000));
        stage.Run(TimeSpan.FromMilliseconds(5));
        Assert.Contains(stage.Disk, record => record.Kind == JournalRecordKind.Chunk);
        var fitsNothing = new JournalRecord(JournalRecordKind.Chunk, new(50), new([1]));
        var before = new CheckpointTarget(TransferStage.StateAt(50, TransferStage.AnyState(new(50), 1)).Proof);
        stage.Disk.InsertRange(0, [before.Begun(), fitsNothing]);
        var taken = stage.Progress;

        stage.Restart();

        Assert.Equal(taken, stage.Progress);
    }

    [Fact]
    public void When_nobody_has_the_state_any_more_a_newer_one_is_fetched()
    {
        var stage = Wanting(TransferStage.AnyState(new(7), entries: 6000));
        stage.Instead = (from, word) =>
            from != TransferStage.Self && word is StateChunk ? new StateGone(StatePlace.Of(new SiteSequence(100))) : word;
        stage.Run(TimeSpan.FromMilliseconds(50));
        Assert.Null(stage.Fetched);

        stage.Instead = (_, word) => word;
        for (ulong newer = 200; newer <= 400; newer += 100)
        {
            stage.KeepEverywhere(TransferStage.StateAt(newer, TransferStage.AnyState(new(newer), 1000)));
        }

        stage.Wanted = stage.State.Proof;
        stage.Run(Long);

        Assert.Equal(new SiteSequence(400), stage.Fetched!.Sequence);
    }

    /// <summary>One liar who still has it could give a little of it, just in time, for as long as he likes.</summary>
    [Fact]
    public void When_all_but_f_have_let_go_of_the_state_a_newer_one_is_fetched()
    {
        var stage = Wanting(TransferStage.AnyState(new(12), entries: 20_000));
        stage.Run(TimeSpan.FromMilliseconds(50));
        stage.Instead = (from, word) =>
        {
            if (word is not StateChunk { Place.Number: 100 })
            {
                return word;
            }

            stage.Now += from == 1 ? TimeSpan.FromMilliseconds(300) : TimeSpan.Zero;
            return from == 1 ? word : new StateGone(StatePlace.Of(new SiteSequence(100)));
        };
        stage.KeepEverywhere(TransferStage.StateAt(200, TransferStage.AnyState(new(200), 1000)));
        stage.Wanted = stage.State.Proof;

        stage.Run(TimeSpan.FromSeconds(10));

        Assert.Equal(new SiteSequence(200), stage.Fetched?.Sequence);
    }

    [Fact]
    public void A_state_that_somebody_fetches_is_kept_though_newer_ones_come()
    {
        var stage = Wanting(TransferStage.AnyState(new(8), entries: 6000));
        stage.Run(TimeSpan.FromMilliseconds(5));
        for (ulong newer = 200; newer <= 900; newer += 100)
        {
            stage.KeepEverywhere(TransferStage.StateAt(newer, TransferStage.AnyState(new(newer), 10)));
        }

        stage.Run(Long);

        Assert.Equal(new SiteSequence(100), stage.Fetched!.Sequence);
        Assert.DoesNotContain(Rejection.StateGone, stage.Rejections);
    }

    [Fact]
    public void A_transfer_ends_when_the_log_has_come_so_far_by_itself()
    {
        var stage = Wanting(TransferStage.AnyState(new(9), entries: 6000));
        stage.Run(TimeSpan.FromMilliseconds(5));
        Assert.NotNull(stage.Progress);

        (stage.Executed, stage.Wanted) = (new(100), null);
        stage.Step();

        Assert.Null(stage.Progress);
        Assert.Null(stage.Fetched);
    }

    [Fact]
    public void A_source_answers_one_piece_at_a_time()
    {
        var (source, effects) = (new StateSource(Audience.OfSite(new(new(0), 0), new(1))), new Effects());
        var state = TransferStage.StateAt(100, TransferStage.AnyState(new(10), 3000));
        source.Keep(state);
        for (var replica = 0; replica < 4; replica++)
        {
            source.OnFetch(new(0), replica, new(StatePlace.Of(state.Sequence), StateSection.Global, Bytes.Empty, 4), effects);
        }

        source.Advance(new(1), effects);
        source.Advance(new(2), effects);
        source.Advance(new(3), effects);

        Assert.Single(effects);
    }

    private static SiteWord? Recoded(StateChunk word) => SiteWords.Decode(word.Kind, SiteWords.Encode(word).Span);

    private static TransferStage Wanting(StateSnapshot state)
    {
        var stage = new TransferStage(100, state);
        stage.Wanted = stage.State.Proof;
        return stage;
    }

    private static StateChunk Wrong(string kind, StateChunk chunk, StateChunk first) => kind switch
    {
        "falsified" => chunk with { Piece = new([.. chunk.Piece.Span[..^1], (byte)~chunk.Piece.Span[^1]]) },
        "of another state" => chunk with { Place = new(StateScope.Site, chunk.Place.Number + 1) },
        "without an end" => first with { Offset = 0, From = new([0]) },
        "with parts exchanged" => chunk with { Global = chunk.Beside, Beside = chunk.Global },
        "out of order" => chunk with { Length = chunk.Length + 1, Offset = 1 },
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>True entries and a true proof, and then a place to go on that no question can name.</summary>
    private static StateChunk WithFarNext(StateChunk chunk)
    {
        var next = new byte[Limits.EncodedKeyBytes + 1];
        Array.Fill(next, (byte)0xff);
        var writer = new WireWriter();
        writer.Boolean(true);
        writer.Bytes(new(next));
        writer.Fixed(chunk.Piece.Span[1..]);
        var piece = writer.ToBytes();
        return chunk with { Piece = piece, Length = (uint)piece.Length };
    }
}
