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

    /// <summary>All that was there of a fetched state, from its beginning to its end or as far as it has come, in
    /// records that stand at another place: so those before may be cut off.</summary>
    /// <param name="next">Where the next chunk begins; null if the state is whole.</param>
    public static IEnumerable<JournalRecord> Again(
        ToldTarget target, MapSnapshot global, Digest beside, uint total, Bytes? next)
    {
        yield return target.Begun();
        var (from, isLast) = (Bytes.Empty, next == Bytes.Empty);
        while (!isLast)
        {
            var entries = WrittenEntries.Of(global, from, beside, total, next, out isLast);
            yield return new(JournalRecordKind.GlobalEntries, target.RecordedAt, entries.Encode());
            from = entries.Next ?? Bytes.Empty;
        }
    }

    /// <summary>What was there when this replica stopped: all states that were begun, in their order. The last one is
    /// still on its way, unless it is whole; of those before, one that is whole may be what a batch takes over that is
    /// executed again, and no more of them are kept than have a limit. A batch whose state was let go waits, and the own
    /// site's state is taken instead. Of the own site's states only the last one counts: it takes the place of the own state
    /// as soon as it is whole.</summary>
    public static IReadOnlyList<PartialState> Resume(StateScope scope, IEnumerable<JournalRecord> records)
    {
        var begun = new List<PartialState>();
        foreach (var record in scope == StateScope.Site ? SinceLastBegun(records) : records)
        {
            var partial = begun.Count == 0 ? null : begun[^1];
            if (BegunBy(record) is { } target && target.Place.Scope == scope)
            {
                if (partial is { From: not null })
                {
                    begun.Remove(partial);
                }
                else if (partial is not null)
                {
                    // Written once more, and whole again.
                    begun.RemoveAll(other => other != partial && other.Target.Place == partial.Target.Place);
                }

                begun.Add(new(target));
                begun.RemoveRange(0, Math.Max(0, begun.Count - 1 - Limits.FetchedStatesKept));
            }
            else if (partial?.Target.RecordedAt == record.Place)
            {
                Invariant.Holds(IsTaken(partial, record), "S5");
            }
        }

        return begun;
    }

    /// <summary>What was fetched before is of no use: a start does not check and hash it all once more.</summary>
    private static IEnumerable<JournalRecord> SinceLastBegun(IEnumerable<JournalRecord> records)
    {
        var all = records.ToList();
        return all.Skip(all.FindLastIndex(record => record.Kind == JournalRecordKind.Transfer));
    }

    private static bool IsTaken(PartialState partial, JournalRecord record) => record.Kind switch
    {
        JournalRecordKind.GlobalEntries when partial.Target is ToldTarget =>
            WrittenEntries.Decode(record.Body) is { } entries && partial.TryTakeAgain(entries),
        var kind when kind == partial.Target.ChunkKind => Take(partial, record.Body),
        _ => true,
    };

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
