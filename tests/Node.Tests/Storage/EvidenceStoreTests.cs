using Holdfast.Node.Storage;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Node.Tests.Storage;

/// <summary>Evidence over restarts and power cuts, and within its bounds.</summary>
public sealed class EvidenceStoreTests
{
    private readonly MemoryDisk _disk = new();

    [Fact]
    public void What_is_kept_is_there_after_a_restart_and_is_kept_once()
    {
        Assert.True(new EvidenceStore(_disk).Keep(Piece(1)));
        _disk.Crash(new SplitMix64(1));
        var again = new EvidenceStore(_disk);

        Assert.Equal(1, again.CountOf(EvidenceKind.TwoPrepares));
        Assert.False(again.Keep(Piece(1) with { NoticedAt = new(77) }));
        Assert.True(again.Keep(Piece(2)));
        Assert.Equal(Piece(1).Encode(), new Bytes(_disk[EvidenceStore.NameOf(Piece(1))]));
        Assert.Equal("0.2-TwoPrepares-3-1.evidence", EvidenceStore.NameOf(Piece(1)));
    }

    /// <summary>However often a replica restarts, a liar fills no disk.</summary>
    [Fact]
    public void The_bounds_hold_over_restarts()
    {
        for (ulong place = 1; place <= 20; place++)
        {
            new EvidenceStore(_disk).Keep(Piece(place));
        }

        Assert.Equal(Limits.EvidenceOfOneKind, _disk.List().Count);
    }

    [Fact]
    public void A_power_cut_in_the_middle_leaves_a_whole_piece_or_none()
    {
        for (var seed = 0UL; seed < 200; seed++)
        {
            var disk = new MemoryDisk { DeedsLeft = (int)(seed % 5) };
            var store = new EvidenceStore(disk);
            Assert.Null(Record.Exception(() => TryKeep(store)));
            disk.Crash(new SplitMix64(seed));

            var again = new EvidenceStore(disk);
            Assert.Equal(again.CountOf(EvidenceKind.TwoPrepares), disk.List().Count);
            Assert.True(again.CountOf(EvidenceKind.TwoPrepares) == 1 || again.Keep(Piece(1)));
        }
    }

    [Fact]
    public void What_another_version_wrote_is_left_alone()
    {
        new EvidenceStore(_disk).Keep(Piece(1));
        var bytes = _disk[EvidenceStore.NameOf(Piece(1))];
        bytes[4 + "holdfast evidence".Length + 1] = 2;
        Digest.Of(bytes.AsSpan(..^Digest.Size)).CopyTo(bytes.AsSpan(^Digest.Size..));
        var before = bytes.ToArray();

        var again = new EvidenceStore(_disk);

        Assert.False(again.Keep(Piece(1)));
        Assert.Equal(0, again.CountOf(EvidenceKind.TwoPrepares));
        Assert.Equal(before, _disk[EvidenceStore.NameOf(Piece(1))]);
    }

    private static void TryKeep(EvidenceStore store)
    {
        try
        {
            store.Keep(Piece(1));
        }
        catch (IOException)
        {
            // The power is gone.
        }
    }

    private static EvidenceFile Piece(ulong place)
    {
        var signature = new Bytes(new byte[Limits.SignatureBytes]);
        var pair = TwoWords.Of(
            new(2, new Prepare(new(3), new(place), Digest.Of([1])), signature),
            new(2, new Prepare(new(3), new(place), Digest.Of([2])), signature));
        return new(Digest.Of([9]), new(0), 1, new(5), pair!);
    }
}
