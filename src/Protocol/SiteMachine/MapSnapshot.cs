namespace Holdfast.Protocol;

/// <summary>What became of one key between two versions of a map; no value means that the key is gone.</summary>
public readonly record struct MapChange(Bytes Key, Bytes? Value);

/// <summary>One version of an <see cref="AuthenticatedMap"/>. Immutable, so any thread may read it at any
/// time.</summary>
public sealed class MapSnapshot
{
    public static readonly MapSnapshot Empty = new(null);

    internal MapSnapshot(MapNode? root, long written = 0) => (Root, Written) = (root, written);

    /// <summary>Bytes that changed in the map up to here. The difference between two versions of one map bounds what keeping
    /// the older one costs.</summary>
    public long Written { get; }

    public int Count => MapNode.CountOf(Root);

    /// <summary>Covers every key and value. Equal contents have equal digests, whatever the history.</summary>
    public Digest Digest => MapNode.DigestOf(Root);

    /// <summary>Its digest is known already, and asking for it costs nothing.</summary>
    public bool IsHashed => Root?.IsHashed ?? true;

    internal MapNode? Root { get; }

    public bool TryGet(Bytes key, out Bytes value)
    {
        var entry = Treap.Find(Root, key);
        value = entry?.Value ?? default;
        return entry is not null;
    }

    /// <summary>The entries from a key on, in order, up to but without <paramref name="to"/>; to the end for
    /// null.</summary>
    public IEnumerable<KeyValuePair<Bytes, Bytes>> Range(Bytes from, Bytes? to)
    {
        var open = new Stack<MapNode>();
        for (var node = Root; node is not null;)
        {
            if (node.Key < from)
            {
                node = node.Right;
            }
            else
            {
                open.Push(node);
                node = node.Left;
            }
        }

        while (open.TryPop(out var next) && (to is null || next.Key < to.Value))
        {
            yield return new(next.Key, next.Entry.Value);
            for (var node = next.Right; node is not null; node = node.Left)
            {
                open.Push(node);
            }
        }
    }

    /// <summary>How many entries <see cref="Range"/> would give, without walking over them.</summary>
    public int CountBetween(Bytes from, Bytes? to) =>
        Math.Max(0, (to is null ? Count : Treap.Rank(Root, to.Value)) - Treap.Rank(Root, from));

    /// <summary>What one has to do to the older version to make this one of it, in the order of keys. Costs about as
    /// much as the difference is long: what both versions share is skipped.</summary>
    public IEnumerable<MapChange> Changes(MapSnapshot older)
    {
        ArgumentNullException.ThrowIfNull(older);
        return MapDifference.Between(older.Root, Root);
    }

    /// <summary>The entries under a prefix, with the prefix taken off.</summary>
    public StateView Under(Bytes prefix) => new(this, prefix);
}
