using Holdfast.Node.Storage;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;
using JournalRecord = Holdfast.Protocol.JournalRecord;

namespace Holdfast.Node;

/// <summary>What a replica finds on its disk when it starts: the stored state, and the journal after it.</summary>
internal sealed record Recovery(RecoveredState? State, IReadOnlyList<JournalRecord> Records, CommittedIndex Committed)
{
    /// <summary>Reads the store and replays the journal.</summary>
    /// <exception cref="StorageException">What is on the disk cannot be used.</exception>
    public static Recovery Open(Journal journal, IStateStore store, ReplicaSettings settings)
    {
        var state = StateOf(store, settings);
        var records = new List<JournalRecord>();
        var committed = new CommittedIndex();
        journal.Replay(stored =>
        {
            var record = new JournalRecord(
                (JournalRecordKind)stored.Kind, new SiteSequence(stored.Place), Bytes.Copy(stored.Payload.Span));
            committed.Add(record, stored.Position);
            if (state is null || stored.Place > state.Sequence.Number)
            {
                if (record.Kind == JournalRecordKind.Transfer)
                {
                    // It was begun anew: what was fetched before, as much as a state each time, is of no use.
                    records.RemoveAll(old => old.Kind is JournalRecordKind.Transfer or JournalRecordKind.Chunk);
                }

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

    private static RecoveredState? StateOf(IStateStore store, ReplicaSettings settings)
    {
        if (store.Load() is not { } stored)
        {
            return null;
        }

        MapBuilder global = new(), site = new();
        foreach (var (part, entry) in stored.Entries)
        {
            if (!(part == StateSaver.GlobalPart ? global : site).TryAdd(entry))
            {
                throw new StateStoreDamagedException(store.Name, "its entries are out of order", cause: null);
            }
        }

        var state = new StateSnapshot(global.Build(), site.Build());
        RequireProven(store.Name, stored, state.Digest, settings);
        return new RecoveredState(new SiteSequence(stored.Sequence), new Bytes(stored.CheckpointProof), state);
    }

    /// <summary>A store sees to its pages, not to what stands in them: one flipped bit in a value, or the store of
    /// another system, would make a faulty replica of this one. A quorum has signed what the state must be.</summary>
    private static void RequireProven(string name, StoredState stored, Digest digest, ReplicaSettings settings)
    {
        var proof = StableCheckpoint.Decode(stored.CheckpointProof);
        var flaw = proof is null || proof.Sequence.Number != stored.Sequence ? "its checkpoint's proof is not readable"
            : proof.State != digest ? "its entries are not those that its checkpoint's proof names"
            : !proof.IsProven(settings.Genesis, settings.Self.Site, settings.Verifier)
                ? "its checkpoint's proof is not signed by a quorum of this site"
            : null;
        if (flaw is not null)
        {
            throw new StateStoreDamagedException(name, flaw, cause: null);
        }
    }
}
