using Holdfast.Node.Storage;
using Holdfast.Protocol;
using static Holdfast.Node.Tests.Storage.JournalStage;

namespace Holdfast.Node.Tests.Storage;

/// <summary>What the journal promises while the disk keeps its word.</summary>
public sealed class JournalTests
{
    private readonly MemoryDisk _disk = new();

    [Fact]
    public void Records_come_back_in_order_and_as_they_were()
    {
        using (var journal = Open(_disk).Journal)
        {
            journal.Append(3, 42, [1, 2, 3]);
            journal.Append(4, 41, []);
            journal.Flush();
        }

        var found = new List<StoredRecord>();
        using var again = new Journal(_disk, Options());
        var replay = again.Replay(found.Add);

        Assert.Equal(new JournalReplay(Records: 2, CutBytes: 0), replay);
        Assert.Equal([(3u, 42ul), (4u, 41ul)], found.Select(record => (record.Kind, record.Place)));
        Assert.Equal([1, 2, 3], found[0].Payload.ToArray());
        Assert.Empty(found[1].Payload.ToArray());
    }

    [Fact]
    public void A_journal_goes_on_where_it_ended()
    {
        for (var life = 0; life < 5; life++)
        {
            using var journal = Open(_disk).Journal;
            journal.Append($"life {life}");
            journal.Flush();
        }

        Assert.Equal(["life 0", "life 1", "life 2", "life 3", "life 4"], TextsOf(_disk));
    }

    [Fact]
    public void All_that_was_appended_becomes_durable_with_one_write_and_one_flush()
    {
        using var journal = Open(_disk).Journal;
        var (writes, flushes) = (_disk.Writes, _disk.Flushes);

        for (var count = 0; count < 20; count++)
        {
            journal.Append("something");
        }

        Assert.Equal((writes, flushes), (_disk.Writes, _disk.Flushes));
        journal.Flush();
        journal.Flush();

        Assert.Equal((writes + 1, flushes + 1), (_disk.Writes, _disk.Flushes));
        Assert.Equal(1, journal.Flushes);
    }

    [Fact]
    public void What_is_not_flushed_is_not_there()
    {
        var journal = Open(_disk).Journal;
        journal.Append("kept");
        journal.Flush();
        journal.Append("lost");

        Assert.Equal(["kept"], TextsOf(_disk));
    }

    [Fact]
    public void Records_go_on_in_the_next_segment_when_one_is_full()
    {
        var texts = Enumerable.Range(0, 200).Select(number => $"record {number} {new string('x', number)}").ToList();
        using (var journal = Open(_disk).Journal)
        {
            foreach (var text in texts)
            {
                journal.Append(text);
            }

            journal.Flush();
            Assert.Equal(4096L * _disk.List().Count, journal.TotalBytes);
        }

        Assert.True(_disk.List().Count > 5);
        Assert.Equal(texts, TextsOf(_disk));
    }

    [Fact]
    public void The_longest_payload_fits_and_one_byte_more_is_refused()
    {
        using var journal = Open(_disk).Journal;
        journal.Append(1, 1, new byte[Journal.PayloadBytesMax]);
        journal.Flush();

        Assert.Throws<ArgumentOutOfRangeException>(
            () => journal.Append(1, 1, new byte[Journal.PayloadBytesMax + 1]));
        Assert.Equal(1, Open(_disk).Replay.Records);
    }

    /// <summary>It is written down as it comes, with what is said beside it: else who needs it stops at it, again and
    /// again.</summary>
    [Fact]
    public void A_chunk_with_the_longest_value_of_a_state_fits() => Assert.InRange(
        Limits.EncodedChunkBytes + Limits.EncodedKeyBytes + 256, 0, Journal.PayloadBytesMax);

    [Fact]
    public void A_record_longer_than_a_segment_has_one_of_its_own()
    {
        string[] texts = ["before", new('x', 10_000), "after"];
        using (var journal = Open(_disk).Journal)
        {
            foreach (var text in texts)
            {
                journal.Append(text);
            }

            journal.Flush();
            Assert.Equal(3, _disk.List().Count);
        }

        Assert.Equal(texts, TextsOf(_disk));
    }

    [Fact]
    public void A_record_can_be_read_back_by_its_position_in_this_life_and_the_next()
    {
        var positions = new List<JournalPosition>();
        using (var journal = Open(_disk).Journal)
        {
            for (var number = 0; number < 100; number++)
            {
                positions.Add(journal.Append(5, (ulong)number, new byte[number]));
            }

            Assert.Equal(99, journal.Read(positions[99])!.Value.Payload.Length);
        }

        using var again = Open(_disk).Journal;
        for (var number = 0; number < 100; number++)
        {
            var record = again.Read(positions[number])!.Value;
            Assert.Equal(((ulong)number, number), (record.Place, record.Payload.Length));
        }
    }

    [Fact]
    public void Released_segments_go_from_the_oldest_on_and_the_retained_bytes_stay()
    {
        using var journal = Open(_disk, Options(retainedBytes: 3 * 4096)).Journal;
        var first = journal.Append("first", place: 1);
        for (var place = 1ul; place <= 8; place++)
        {
            journal.Append(1, place, new byte[3000]);
        }

        journal.Flush();
        Assert.Equal(8 * 4096, journal.TotalBytes);

        journal.Release(3);
        Assert.Equal(5 * 4096, journal.TotalBytes);
        Assert.Null(journal.Read(first));

        journal.Release(8);
        Assert.Equal(3 * 4096, journal.TotalBytes);
    }

    [Fact]
    public void A_segment_stays_while_one_record_in_it_is_needed()
    {
        using var journal = Open(_disk).Journal;
        journal.Append("long needed", place: 100);
        for (var place = 1ul; place <= 4; place++)
        {
            journal.Append(1, place, new byte[3000]);
        }

        journal.Flush();
        journal.Release(99);

        Assert.Equal(4 * 4096, journal.TotalBytes);
    }

    [Fact]
    public void A_released_journal_opens_again()
    {
        using (var journal = Open(_disk).Journal)
        {
            for (var place = 1ul; place <= 8; place++)
            {
                journal.Append($"{place} {new string('x', 3000)}", place);
            }

            journal.Release(6);
        }

        Assert.Equal(["7", "8"], TextsOf(_disk).Select(text => text.Split(' ')[0]));
    }

    [Fact]
    public void After_a_failed_flush_nothing_is_taken_any_more()
    {
        var journal = Open(_disk).Journal;
        var position = journal.Append("before");
        journal.Flush();
        journal.Append("perhaps");
        _disk.FailNextFlush = true;

        Assert.Throws<JournalFailedException>(journal.Flush);

        Assert.Throws<JournalFailedException>(journal.Flush);
        Assert.Throws<JournalFailedException>(() => journal.Append("after"));
        Assert.Throws<JournalFailedException>(() => journal.Release(1));
        Assert.Throws<JournalFailedException>(() => journal.Read(position));
    }

    [Fact]
    public void A_journal_is_replayed_before_it_is_used_and_only_once()
    {
        using var journal = new Journal(_disk, Options());
        Assert.Throws<InvalidOperationException>(() => journal.Append("too early"));
        journal.Replay(_ => { });
        Assert.Throws<InvalidOperationException>(() => journal.Replay(_ => { }));
    }
}
