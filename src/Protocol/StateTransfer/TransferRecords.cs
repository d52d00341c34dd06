using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>The journal records of a state transfer. They go when the state is stored that they are about.</summary>
internal static class TransferRecords
{
    public static JournalRecord Begun(StableCheckpoint target) =>
        new(JournalRecordKind.Transfer, target.Sequence, target.Encode());

    public static JournalRecord Taken(SiteSequence target, StateChunk head, Bytes chunk)
    {
        var writer = new WireWriter(chunk.Length + 256);
        writer.Digest(head.Global);
        writer.Digest(head.Site);
        writer.UInt32(head.Entries);
        writer.Byte((byte)head.Section);
        writer.Bytes(head.From);
        writer.Bytes(chunk);
        return new(JournalRecordKind.Chunk, target, writer.ToBytes());
    }

    /// <summary>What was there when this replica stopped; null if nothing was.</summary>
    public static PartialState? Resume(IEnumerable<JournalRecord> records)
    {
        PartialState? partial = null;
        foreach (var record in records)
        {
            if (record.Kind == JournalRecordKind.Transfer)
            {
                var target = StableCheckpoint.Decode(record.Body.Span);
                Invariant.Holds(target is not null, "S5");
                partial = new(target);
            }
            else if (record.Kind == JournalRecordKind.Chunk && partial?.Target.Sequence == record.Place)
            {
                Invariant.Holds(Take(partial, record.Body), "S5");
            }
        }

        return partial;
    }

    private static bool Take(PartialState partial, Bytes body)
    {
        var reader = new WireReader(body.Span);
        var (global, site, entries) = (reader.Digest(), reader.Digest(), reader.UInt32());
        var (section, from) = ((StateSection)reader.Byte(), reader.Bytes(Limits.EncodedKeyBytes));
        var chunk = reader.Bytes(Limits.EncodedChunkBytes);
        var head = new StateChunk(partial.Target.Sequence, global, site, entries, section, from, 0, 0, default);
        return reader.Finished && partial.Expects(section, from) && partial.TryTake(head, chunk);
    }
}
