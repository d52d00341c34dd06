namespace Holdfast.Protocol;

/// <summary>Reads the pruned tree of a <see cref="MapChunk"/>, node before left before right, and holds every node
/// against the keys that may stand there. Without recursion: the depth is the sender's choice.</summary>
internal sealed class MapChunkReader(Bytes from, Bytes? next)
{
    private readonly List<Node> _nodes = [];
    private readonly List<KeyValuePair<Bytes, Bytes>> _entries = [];

    /// <summary>Entries in order of keys: they come in the order of the tree.</summary>
    public ValueList<KeyValuePair<Bytes, Bytes>> Entries
    {
        get
        {
            _entries.Sort((left, right) => left.Key.CompareTo(right.Key));
            return ValueList.From(_entries);
        }
    }

    /// <summary>What the digest of the whole map would have to be.</summary>
    public Digest Digest
    {
        get
        {
            // A child comes after its parent, so from the last to the first each finds its children done.
            for (var index = _nodes.Count - 1; index >= 0; index--)
            {
                var node = _nodes[index];
                if (node.Entry is { } entry)
                {
                    var (left, right) = (_nodes[node.Left].Digest, _nodes[node.Right].Digest);
                    node.Digest = MapNode.DigestOf(left, entry, right);
                }
            }

            return _nodes[0].Digest;
        }
    }

    /// <summary>False for a tree that is malformed, or that leaves out what may lie in the range.</summary>
    public bool Read(ref WireReader reader)
    {
        var open = new Stack<(Node? Parent, bool IsLeft, MapChunk.Interval Keys)>();
        open.Push((null, false, MapChunk.Interval.All));
        while (open.TryPop(out var place))
        {
            if (ReadNode(ref reader, place.Keys) is not { } node || reader.Failed)
            {
                return false;
            }

            if (place.Parent is { } parent)
            {
                (parent.Left, parent.Right) = place.IsLeft ? (_nodes.Count, parent.Right) : (parent.Left, _nodes.Count);
            }

            _nodes.Add(node);
            if (node.Entry is not null)
            {
                open.Push((node, false, place.Keys with { Low = node.Key }));
                open.Push((node, true, place.Keys with { High = node.Key }));
            }
        }

        return true;
    }

    private Node? ReadNode(ref WireReader reader, MapChunk.Interval keys)
    {
        switch (reader.Byte())
        {
            case MapChunk.EmptyToken:
                return new Node { Digest = MapNode.EmptyDigest };
            case MapChunk.PrunedToken when keys.IsOutside(from, next):
                return new Node { Digest = reader.Digest() };
            case MapChunk.InsideToken:
                return ReadEntry(ref reader, keys, isInside: true);
            case MapChunk.BesideToken:
                return ReadEntry(ref reader, keys, isInside: false);
            default:
                return null;
        }
    }

    private Node? ReadEntry(ref WireReader reader, MapChunk.Interval keys, bool isInside)
    {
        var key = reader.Bytes(reader.Remaining);
        var value = isInside ? reader.Bytes(reader.Remaining) : default;
        var valueDigest = isInside ? Digest.Of(value.Span) : reader.Digest();
        if (!keys.Contains(key) || isInside != (key >= from && (next is null || key < next.Value)))
        {
            return null;
        }

        if (isInside)
        {
            _entries.Add(new(key, value));
        }

        return new Node { Key = key, Entry = MapEntry.DigestOf(key, valueDigest) };
    }

    private sealed class Node
    {
        public Digest Digest { get; set; }

        /// <summary>Digest of key and value; null for an empty or pruned subtree.</summary>
        public Digest? Entry { get; init; }

        public Bytes Key { get; init; }

        public int Left { get; set; }

        public int Right { get; set; }
    }
}
