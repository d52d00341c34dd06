namespace Holdfast.Protocol;

/// <summary>A range of a map with the proof that it is the whole range: so a state can be fetched piece by piece, from
/// many peers, and a wrong piece is known at once for what it is.
/// <para>It is the tree without the subtrees that lie outside the range, which enter as their digests. Nodes beside the
/// range show their key, and their value as a digest.</para></summary>
/// <param name="Entries">All entries of the range, in order.</param>
/// <param name="Next">Where the next range begins; null if this one reaches the end of the map.</param>
public sealed record MapChunk(ValueList<KeyValuePair<Bytes, Bytes>> Entries, Bytes? Next)
{
    internal const byte EmptyToken = 0;
    internal const byte PrunedToken = 1;
    internal const byte InsideToken = 2;
    internal const byte BesideToken = 3;

    /// <summary>The entries from a key on until their keys and values have so many bytes, one at least, with their
    /// proof.</summary>
    public static Bytes Encode(MapSnapshot map, Bytes from, int bytesMax) => Encode(map, from, bytesMax, out _);

    /// <summary>The same, and where the next chunk begins; null at the end of the map.</summary>
    public static Bytes Encode(MapSnapshot map, Bytes from, int bytesMax, out Bytes? next)
    {
        ArgumentNullException.ThrowIfNull(map);
        next = EndOf(map, from, bytesMax);
        var writer = new WireWriter(bytesMax + 4096);
        writer.Boolean(next is not null);
        if (next is { } end)
        {
            writer.Bytes(end);
        }

        _ = map.Digest;
        var open = new Stack<(MapNode? Node, Interval Keys)>();
        open.Push((map.Root, Interval.All));
        while (open.TryPop(out var place))
        {
            if (place.Node is not { } node)
            {
                writer.Byte(EmptyToken);
            }
            else if (place.Keys.IsOutside(from, next))
            {
                writer.Byte(PrunedToken);
                writer.Digest(MapNode.DigestOf(node));
            }
            else
            {
                WriteNode(writer, node.Entry, from, next);
                open.Push((node.Right, place.Keys with { Low = node.Key }));
                open.Push((node.Left, place.Keys with { High = node.Key }));
            }
        }

        return writer.ToBytes();
    }

    /// <summary>The chunk that begins at a key, if the bytes prove it under the digest of the map; else null. Never
    /// throws: the bytes may come from a liar.</summary>
    public static MapChunk? Verify(Bytes bytes, Bytes from, Digest map)
    {
        var reader = new WireReader(bytes.Span);
        Bytes? next = reader.Boolean() ? reader.Bytes(bytes.Length) : null;
        if (reader.Failed || (next is { } end && end <= from))
        {
            return null;
        }

        var tree = new MapChunkReader(from, next);
        if (!tree.Read(ref reader) || !reader.Finished || tree.Digest != map)
        {
            return null;
        }

        // A piece that is not the last one must bring the fetch on.
        var chunk = new MapChunk(tree.Entries, next);
        return next is null || chunk.Entries.Count > 0 ? chunk : null;
    }

    private static Bytes? EndOf(MapSnapshot map, Bytes from, int bytesMax)
    {
        var bytes = 0;
        foreach (var (key, value) in map.Range(from, null))
        {
            if (bytes > 0 && bytes + key.Length + value.Length > bytesMax)
            {
                return key;
            }

            bytes += Math.Max(1, key.Length + value.Length);
        }

        return null;
    }

    private static void WriteNode(WireWriter writer, MapEntry entry, Bytes from, Bytes? next)
    {
        var isInside = entry.Key >= from && (next is null || entry.Key < next.Value);
        writer.Byte(isInside ? InsideToken : BesideToken);
        writer.Bytes(entry.Key);
        if (isInside)
        {
            writer.Bytes(entry.Value);
        }
        else
        {
            writer.Digest(Digest.Of(entry.Value.Span));
        }
    }

    /// <summary>The keys that a subtree may hold: those between its neighbours above, exclusively.</summary>
    internal readonly record struct Interval(Bytes? Low, Bytes? High)
    {
        public static readonly Interval All;

        public bool Contains(Bytes key) => (Low is null || key > Low.Value) && (High is null || key < High.Value);

        public bool IsOutside(Bytes from, Bytes? next) =>
            (High is { } high && high <= from) || (next is { } end && Low is { } low && low >= end);
    }
}
