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
        var recovery = Recovery.Open(journal, new Store(2), Settings);

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

    /// <summary>Each beginning may hold a whole state.</summary>
    [Fact]
    public void Of_states_that_were_fetched_from_peers_the_one_begun_last_alone_is_handed_over()
    {
        var disk = new MemoryDisk();
        JournalRecord[] records =
        [
            new(JournalRecordKind.Transfer, new(10), Zeros(1)),
            new(JournalRecordKind.Chunk, new(10), Zeros(2)),
            Accepted(11),
            new(JournalRecordKind.Transfer, new(20), Zeros(3)),
            new(JournalRecordKind.Chunk, new(20), Zeros(4)),
        ];
        using (var written = JournalStage.Open(disk).Journal)
        {
            foreach (var record in records)
            {
                Write(written, record);
            }

            written.Flush();
        }

        using var journal = new Journal(disk, JournalStage.Options());

        Assert.Equal(records[2..], Recovery.Open(journal, new Store(2), Settings).Records);
    }

    /// <summary>A store sees to its pages and not to what stands in them.</summary>
    [Theory]
    [InlineData("its entries are not those", true, false, false)]
    [InlineData("is not signed by a quorum", false, true, false)]
    [InlineData("is not readable", false, false, true)]
    public void A_stored_state_that_no_quorum_vouches_for_is_refused(
        string flaw, bool hasOtherEntries, bool isForged, bool isOfAnotherPlace)
    {
        using var journal = new Journal(new MemoryDisk(), JournalStage.Options());
        var store = new Store(2) { HasOtherEntries = hasOtherEntries, ProofPlace = isOfAnotherPlace ? 1UL : 2UL };
        var settings = isForged ? Settings with { Verifier = new Judge(false) } : Settings;

        var refusal = Assert.Throws<StateStoreDamagedException>(() => Recovery.Open(journal, store, settings));

        Assert.Contains(flaw, refusal.Message);
    }

    [Fact]
    public void A_stored_state_out_of_order_is_refused()
    {
        using var journal = new Journal(new MemoryDisk(), JournalStage.Options());

        var refusal = Assert.Throws<StateStoreDamagedException>(
            () => Recovery.Open(journal, new Store(2) { IsUnordered = true }, Settings));

        Assert.Contains("out of order", refusal.Message);
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

    private static ReplicaSettings Settings { get; } = new(
        new Genesis(
            Zeros(Genesis.RandomBytes),
            [new GenesisSite(new SiteSize(0), Key, [Key], [Key])],
            [new SiteId(0)],
            [],
            "none",
            1),
        new(new(0), 0),
        new Judge(true),
        new FrostShareVerifier(),
        new KeyValueStore());

    private static Bytes Key => Zeros(Limits.PublicKeyBytes);

    private static Bytes Zeros(int length) => new(new byte[length]);

    private sealed class Judge(bool verdict) : IVerifier
    {
        public bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
            verdict;
    }

    private sealed class Store(ulong place) : IStateStore
    {
        public string Name => "of a test";

        public bool HasOtherEntries { get; init; }

        public ulong? ProofPlace { get; init; }

        public bool IsUnordered { get; init; }

        public StoredState? Load()
        {
            var entry = new StateEntry(0, MapEntry.Hashed(new([1]), new([HasOtherEntries ? (byte)1 : (byte)0])));
            return new(place, Proof().ToArray(), IsUnordered ? [entry, entry] : [entry]);
        }

        public void Save(ulong saved, byte[] checkpointProof, IEnumerable<StateChange> changes) =>
            throw new NotSupportedException();

        public void Dispose()
        {
        }

        private Bytes Proof()
        {
            var global = new AuthenticatedMap();
            global.Set(new([1]), new([0]));
            var state = new StateSnapshot(global.Snapshot(), MapSnapshot.Empty);
            return new StableCheckpoint(
                new(ProofPlace ?? place), state.Digest, [new SignedBy(0, Zeros(Limits.SignatureBytes))]).Encode();
        }
    }
}
