namespace Holdfast.Protocol;

/// <summary>Entries of another site's Global part as a replica writes them into its journal once more. They carry no
/// proof: it has checked them, and reads them from its own disk.</summary>
/// <param name="Beside">The chain digest that stands beside the Global part.</param>
/// <param name="Total">How many entries there will be, as a source said.</param>
/// <param name="From">The key at which they begin.</param>
/// <param name="Next">Where the next ones begin; null if these are the last of the state.</param>
internal sealed record WrittenEntries(
    Digest Beside, uint Total, Bytes From, Bytes? Next, ValueList<KeyValuePair<Bytes, Bytes>> Entries)
{
    /// <summary>So many bytes of entries, one at least, of what is there.</summary>
    /// <param name="end">Where what is there ends; null if it is the whole state.</param>
    public static WrittenEntries Of(
        MapSnapshot global, Bytes from, Digest beside, uint total, Bytes? end, out bool isLast)
    {
        var (entries, bytes) = (new List<KeyValuePair<Bytes, Bytes>>(), 0);
        foreach (var entry in global.Range(from, end))
        {
            if (bytes > Limits.StatePieceBytes)
            {
                isLast = false;
                return new(beside, total, from, entry.Key, ValueList.From(entries));
            }

            entries.Add(entry);
            bytes += entry.Key.Length + entry.Value.Length;
        }

        isLast = true;
        return new(beside, total, from, end, ValueList.From(entries));
    }

    public Bytes Encode()
    {
        var writer = new WireWriter(Limits.StatePieceBytes + 4096);
        writer.Digest(Beside);
        writer.UInt32(Total);
        writer.Bytes(From);
        writer.Boolean(Next is not null);
        writer.Bytes(Next ?? default);
        writer.Count(Entries.Count);
        foreach (var (key, value) in Entries)
        {
            writer.Bytes(key);
            writer.Bytes(value);
        }

        return writer.ToBytes();
    }

    public static WrittenEntries? Decode(Bytes bytes)
    {
        var reader = new WireReader(bytes.Span);
        var (beside, total, from) = (reader.Digest(), reader.UInt32(), reader.Bytes(Limits.EncodedKeyBytes));
        var (hasNext, next) = (reader.Boolean(), reader.Bytes(Limits.EncodedKeyBytes));
        var entries = new KeyValuePair<Bytes, Bytes>[reader.Count(bytes.Length)];
        for (var index = 0; index < entries.Length && !reader.Failed; index++)
        {
            entries[index] = new(reader.Bytes(Limits.EncodedKeyBytes), reader.Bytes(Limits.EncodedChunkBytes));
        }

        return reader.Finished ? new(beside, total, from, hasNext ? next : null, new(entries)) : null;
    }
}
