using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>The journal records of a state transfer. They go when the state is stored that they are about.</summary>
internal static class TransferRecords
{
    public static JournalRecord Taken(StateTarget target, StateChunk head, Bytes chunk)
    {
        var writer = new WireWriter(chunk.Length + 256);
        writer.Digest(head.Global);
        writer.Digest(head.Beside);
        writer.UInt32(head.Entries);
        writer.Byte((byte)head.Section);
        writer.Bytes(head.From);
        writer.Bytes(chunk);
        return new(target.ChunkKind, target.RecordedAt, writer.ToBytes());
    }

    /// <summary>What was there when this replica stopped; null if nothing was.</summary>
    public static PartialState? Resume(StateScope scope, IEnumerable<JournalRecord> records)
    {
        PartialState? partial = null;
        foreach (var record in records)
        {
            if (BegunBy(record) is { } target && target.Place.Scope == scope)
            {
                partial = new(target);
            }
            else if (record.Kind == partial?.Target.ChunkKind && partial.Target.RecordedAt == record.Place)
            {
                Invariant.Holds(Take(partial, record.Body), "S5");
            }
        }

        return partial;
    }

    private static StateTarget? BegunBy(JournalRecord record)
    {
        var reader = new WireReader(record.Body.Span);
        StateTarget? target = record.Kind switch
        {
            JournalRecordKind.Transfer => new CheckpointTarget(StableCheckpoint.Read(ref reader)),
            JournalRecordKind.GlobalTransfer => new ToldTarget(ToldState.Read(ref reader), record.Place),
            _ => null,
        };
        Invariant.Holds(target is null || reader.Finished, "S5");
        return target;
    }

    private static bool Take(PartialState partial, Bytes body)
    {
        var reader = new WireReader(body.Span);
        var (global, beside, entries) = (reader.Digest(), reader.Digest(), reader.UInt32());
        var (section, from) = ((StateSection)reader.Byte(), reader.Bytes(Limits.EncodedKeyBytes));
        var chunk = reader.Bytes(Limits.EncodedChunkBytes);
        var head = new StateChunk(partial.Target.Place, global, beside, entries, section, from, 0, 0, default);
        return reader.Finished && partial.Expects(section, from) && partial.TryTake(head, chunk);
    }
}
