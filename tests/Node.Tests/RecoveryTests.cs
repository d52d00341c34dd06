using Holdfast.Node.Storage;
using Holdfast.Node.Tests.Storage;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;
using JournalRecord = Holdfast.Protocol.JournalRecord;

namespace Holdfast.Node.Tests;

/// <summary>What a start hands to the replica of what its disk holds, and what a cut journal takes away.</summary>
public sealed class RecoveryTests
{
    /// <summary>Without them a replica that was down for a while could not catch up once f + 1 others had
    /// restarted.</summary>
    [Fact]
    public void Committed_digests_behind_the_stored_state_are_handed_over_without_their_bodies()
    {
        var disk = new MemoryDisk();
        using (var written = JournalStage.Open(disk).Journal)
        {
            foreach (ulong place in new ulong[] { 1, 2, 3 })
            {
                Write(written, Accepted(place));
                Write(written, SiteRecords.Committed(new(place), Holding(place).Digest, Bytes.Empty));
            }

            written.Flush();
        }

        using var journal = new Journal(disk, JournalStage.Options());
        var recovery = Recovery.Open(journal, new Store(2));

        Assert.Equal(
            [
                SiteRecords.Committed(new(1), Holding(1).Digest, Bytes.Empty),
                SiteRecords.Committed(new(2), Holding(2).Digest, Bytes.Empty),
                Accepted(3),
                SiteRecords.Committed(new(3), Holding(3).Digest, Bytes.Empty),
            ],
            recovery.Records);
        Assert.NotNull(recovery.Committed.Find(new(1)));
    }

    [Fact]
    public void Places_whose_batches_went_with_a_segment_are_named_and_forgotten()
    {
        var index = new CommittedIndex();
        foreach (ulong place in new ulong[] { 1, 2, 3 })
        {
            index.Add(Accepted(place), new(place, 64));
            index.Add(SiteRecords.Committed(new(place), Holding(place).Digest, Bytes.Empty), new(place + 1, 64));
        }

        Assert.Null(index.Cut(oldestSegment: 1, stored: new(3)));
        Assert.Equal(new SiteSequence(2), index.Cut(oldestSegment: 3, stored: new(3)));
        Assert.Null(index.Find(new(2)));
        Assert.NotNull(index.Find(new(3)));
    }

    [Fact]
    public void Places_that_a_state_from_peers_has_passed_over_stand_in_nobodys_way()
    {
        var index = new CommittedIndex();
        index.Add(Accepted(1), new(1, 64));
        index.Add(Accepted(2), new(1, 64));
        index.Add(SiteRecords.Committed(new(2), Holding(2).Digest, Bytes.Empty), new(1, 64));

        Assert.Null(index.Cut(oldestSegment: 2, stored: default));
        Assert.Equal(new SiteSequence(2), index.Cut(oldestSegment: 2, stored: new(1)));
    }

    private static Batch Holding(ulong content) =>
        new(new((long)content), [new AttestationRetry(1, new(content), 0, [], new Bytes(new byte[64]))]);

    private static JournalRecord Accepted(ulong place) => SiteRecords.Accepted(
        PrePrepare.Of(default, new(place), Holding(place)), Bytes.Empty, Holding(place).Encoded);

    private static void Write(Journal journal, JournalRecord record) =>
        journal.Append((uint)record.Kind, record.Place.Number, record.Body.Span);

    private sealed class Store(ulong sequence) : IStateStore
    {
        public StoredState? Load() => new(sequence, [], []);

        public void Save(ulong saved, byte[] checkpointProof, IEnumerable<StateChange> changes) =>
            throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
