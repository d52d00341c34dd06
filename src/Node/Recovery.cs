using Holdfast.Node.Storage;
using Holdfast.Protocol;
using JournalRecord = Holdfast.Protocol.JournalRecord;

namespace Holdfast.Node;

/// <summary>What a replica finds on its disk when it starts: the stored state, and the journal after it.</summary>
internal sealed record Recovery(RecoveredState? State, IReadOnlyList<JournalRecord> Records, CommittedIndex Committed)
{
    /// <summary>Reads the store and replays the journal.</summary>
    /// <exception cref="StorageException">What is on the disk cannot be used.</exception>
    public static Recovery Open(Journal journal, IStateStore store)
    {
        var state = StateOf(store.Load());
        var records = new List<JournalRecord>();
        var committed = new CommittedIndex();
        journal.Replay(stored =>
        {
            var record = new JournalRecord(
                (JournalRecordKind)stored.Kind, new SiteSequence(stored.Place), Bytes.Copy(stored.Payload.Span));
            committed.Add(record, stored.Position);
            if (state is null || stored.Place > state.Sequence.Number)
            {
                records.Add(record);
            }
            else if (record.Kind == JournalRecordKind.Committed && SiteRecords.ReadCommitted(record.Body) is { } old)
            {
                // What lies behind the stored state is kept for peers alone: the digests here, the bodies on the disk.
                records.Add(SiteRecords.Committed(record.Place, old.Digest, Bytes.Empty));
            }
        });
        return new Recovery(state, records, committed);
    }

    private static RecoveredState? StateOf(StoredState? stored)
    {
        if (stored is null)
        {
            return null;
        }

        AuthenticatedMap global = new(), site = new();
        foreach (var entry in stored.Entries)
        {
            (entry.Part == StateSaver.GlobalPart ? global : site).Set(new(entry.Key), new(entry.Value));
        }

        return new RecoveredState(
            new SiteSequence(stored.Sequence),
            new Bytes(stored.CheckpointProof),
            new StateSnapshot(global.Snapshot(), site.Snapshot()));
    }
}
