using System.Buffers.Binary;
using Holdfast.Node.Storage;
using static Holdfast.Node.Tests.Storage.JournalStage;

namespace Holdfast.Node.Tests.Storage;

/// <summary>Bytes that are not as the journal left them: cut with the tail, or refused; never believed.</summary>
public sealed class JournalDamageTests
{
    private const string First = "journal-0000000000000001.segment";

    /// <summary>One record of this text with its frame and the end of its flush: 32 + 8 + 32 bytes.</summary>
    private const string Text = "12345678";
    private const int FlushBytes = 72;

    [Fact]
    public void A_flush_that_was_torn_at_any_byte_is_cut_off()
    {
        var whole = DiskWith(Text, Text, "tail tail");
        var start = SegmentHeader.Bytes + (2 * FlushBytes);
        var end = start + FlushBytes + 8;
        for (var length = start; length < end; length++)
        {
            var disk = whole.Copy();
            disk[First].AsSpan(length, end - length).Clear();

            var (journal, texts, _) = Open(disk);
            journal.Append("next");
            journal.Flush();

            // A whole record without the end of its flush is kept: it may be there, it need not.
            var survivors = TextsOf(disk);
            Assert.Equal([.. texts, "next"], survivors);
            Assert.Equal([Text, Text], texts.Take(2));
            Assert.Equal(length < start + 41 ? 2 : 3, texts.Count);
        }
    }

    [Fact]
    public void The_rest_of_a_torn_flush_does_not_come_back_behind_later_records()
    {
        var disk = new MemoryDisk();
        using (var journal = Open(disk).Journal)
        {
            journal.Append(Text);
            journal.Append("resurrected?");
            journal.Flush();
        }

        // The first record of the flush is lost, the second one reached the disk.
        disk[First].AsSpan(SegmentHeader.Bytes, 40).Clear();
        var (again, texts, replay) = Open(disk);
        Assert.Empty(texts);
        Assert.True(replay.CutBytes > 0);

        // Now the first record of the next flush reaches the disk, and nothing else of it.
        var torn = disk.Copy();
        again.Append(Text);
        again.Flush();
        disk[First].AsSpan(SegmentHeader.Bytes, 40).CopyTo(torn[First].AsSpan(SegmentHeader.Bytes));

        Assert.Equal([Text], TextsOf(torn));
        Assert.Equal([Text], TextsOf(disk));
    }

    [Fact]
    public void A_flipped_bit_anywhere_is_cut_with_the_last_flush_or_refused()
    {
        var whole = DiskWith("one", "two", "three", "four");
        var used = SegmentHeader.Bytes + (4 * FlushBytes);
        for (var bit = 0; bit < (used + 64) * 8; bit++)
        {
            var disk = whole.Copy();
            disk[First][bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                var texts = TextsOf(disk);
                var isTail = bit / 8 >= used - FlushBytes;
                Assert.True(
                    texts.Count == 4 || (isTail && texts.Count == 3),
                    $"Bit {bit}: only {texts.Count} records came back.");
                Assert.Equal(["one", "two", "three", "four"], [.. texts, .. texts.Count == 4 ? [] : new[] { "four" }]);
            }
            catch (StorageException refusal) when (refusal is JournalDamagedException or UnknownFormatException)
            {
                Assert.True(bit / 8 < used - FlushBytes, $"Bit {bit} is in the last flush, which may be torn.");
            }
        }
    }

    [Fact]
    public void Damage_before_a_later_flush_names_the_file_and_the_offset_and_what_to_do()
    {
        var disk = DiskWith("one", "two", "three");
        disk[First][SegmentHeader.Bytes + FlushBytes + 33] ^= 1;

        var refusal = Assert.Throws<JournalDamagedException>(() => TextsOf(disk));

        Assert.Equal((First, (long)SegmentHeader.Bytes + FlushBytes), (refusal.File, refusal.Offset));
        Assert.Contains("flush 3 stands behind it", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Remove the whole state folder and start again", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_at_the_end_of_an_earlier_segment_is_refused()
    {
        var whole = SeveralSegments();
        foreach (var name in whole.List().Order(StringComparer.Ordinal).SkipLast(1))
        {
            var disk = whole.Copy();
            var last = disk[name].AsSpan().LastIndexOfAnyExcept((byte)0);
            disk[name].AsSpan(last - 8, 9).Clear();

            Assert.Throws<JournalDamagedException>(() => TextsOf(disk));
        }
    }

    [Fact]
    public void A_missing_segment_is_refused_wherever_another_one_knows_of_it()
    {
        var whole = SeveralSegments();
        foreach (var name in whole.List().Order(StringComparer.Ordinal).SkipLast(1))
        {
            var disk = whole.Copy();
            disk.Delete(name);

            var refusal = Assert.Throws<JournalDamagedException>(() => TextsOf(disk));
            Assert.Equal(name, refusal.File);
        }
    }

    [Fact]
    public void A_segment_under_the_name_of_another_is_refused()
    {
        var disk = SeveralSegments();
        disk[First].CopyTo(disk["journal-0000000000000002.segment"], 0);

        Assert.Throws<JournalDamagedException>(() => TextsOf(disk));
    }

    [Fact]
    public void A_shortened_file_is_refused()
    {
        var disk = DiskWith("one", "two");
        disk.Truncate(First, SegmentHeader.Bytes + FlushBytes);

        Assert.Throws<JournalDamagedException>(() => TextsOf(disk));
    }

    [Fact]
    public void A_segment_that_was_only_begun_is_begun_again()
    {
        var disk = DiskWith("one");
        var header = new byte[SegmentHeader.Bytes];
        new SegmentHeader(2, Salt: 5, SegmentHeader.Bytes + 72, FirstFlush: 2, Oldest: 1, Length: 4096).Write(header);
        for (var length = 0; length <= header.Length; length++)
        {
            var copy = disk.Copy();
            copy.Create("journal-0000000000000002.segment", 4096).WriteAt(0, header.AsSpan(0, length));

            Assert.Equal(["one"], TextsOf(copy));
        }
    }

    [Fact]
    public void A_segment_whose_length_never_reached_the_disk_is_begun_again()
    {
        var disk = DiskWith("one");
        disk.Create("journal-0000000000000002.segment", 0).Dispose();

        Assert.Equal(["one"], TextsOf(disk));
    }

    [Fact]
    public void An_unknown_format_is_refused_in_a_sentence()
    {
        var disk = DiskWith("one");
        BinaryPrimitives.WriteUInt32BigEndian(disk[First].AsSpan(8), 5);

        var refusal = Assert.Throws<UnknownFormatException>(() => TextsOf(disk));

        Assert.Equal(
            $"{First} has format 5, but this version reads and writes format 4. Start the version that wrote it.",
            refusal.Message);
    }

    /// <summary>A client that could do that would turn each torn tail into damage, and keep the replica down.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_record_inside_a_payload_passes_for_one_only_with_the_salt(bool knowsTheSalt)
    {
        var salt = new SplitMix64(1).Next() + (knowsTheSalt ? 0ul : 1);
        var forged = new byte[RecordFrame.Bytes];
        new RecordFrame(0, 0, 9, Flush: 5, Place: 1).Write(forged, salt, SegmentHeader.Bytes + RecordFrame.Bytes);
        var disk = new MemoryDisk();
        using (var journal = Open(disk).Journal)
        {
            journal.Append(7, 1, forged);
            journal.Flush();
        }

        disk[First][SegmentHeader.Bytes] ^= 1;

        Assert.Equal(knowsTheSalt, Record.Exception(() => TextsOf(disk)) is JournalDamagedException);
    }

    private static MemoryDisk SeveralSegments() =>
        DiskWith([.. Enumerable.Range(0, 8).Select(number => $"{number} {new string('x', 1500)}")]);
}
