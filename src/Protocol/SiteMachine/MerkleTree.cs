namespace Holdfast.Protocol;

/// <summary>The Merkle tree of a list, as in RFC 6962, section 2.1: leaves and nodes are hashed under different tags,
/// so none passes for the other; a node without a neighbour moves up as it is.</summary>
public sealed class MerkleTree
{
    private const byte LeafTag = 0;
    private const byte NodeTag = 1;

    // From the leaves' digests up to the root's.
    private readonly List<Digest[]> _levels = [];

    public MerkleTree(IReadOnlyList<Bytes> leaves)
    {
        ArgumentNullException.ThrowIfNull(leaves);
        var level = new Digest[leaves.Count];
        for (var index = 0; index < level.Length; index++)
        {
            level[index] = Leaf(leaves[index].Span);
        }

        _levels.Add(level);
        while (level.Length > 1)
        {
            level = Above(level);
            _levels.Add(level);
        }
    }

    public int Count => _levels[0].Length;

    /// <summary>The digest of the whole list; that of no bytes if the list is empty.</summary>
    public Digest Root => Count == 0 ? Digest.Of([]) : _levels[^1][0];

    /// <summary>The audit path of a leaf (RFC 6962, section 2.1.1), from the leaf's neighbour up.</summary>
    public ValueList<Digest> Path(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var path = new List<Digest>();
        foreach (var level in _levels)
        {
            var neighbour = index ^ 1;
            if (neighbour < level.Length)
            {
                path.Add(level[neighbour]);
            }

            index >>= 1;
        }

        return ValueList.From(path);
    }

    /// <summary>Whether the root of a list of <paramref name="count"/> leaves says that this leaf stands at this index
    /// (RFC 9162, section 2.1.3.2). Never throws: all arguments may come from a liar.</summary>
    public static bool Verify(ReadOnlySpan<byte> leaf, int index, int count, ValueList<Digest> path, Digest root)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (index < 0 || index >= count || path.Count > Limits.MerklePathLength)
        {
            return false;
        }

        var (place, last, used, digest) = (index, count - 1, 0, Leaf(leaf));
        for (; last > 0; place >>= 1, last >>= 1)
        {
            if ((place ^ 1) > last)
            {
                continue;
            }

            if (used == path.Count)
            {
                return false;
            }

            digest = (place & 1) == 0 ? Node(digest, path[used]) : Node(path[used], digest);
            used++;
        }

        return used == path.Count && digest == root;
    }

    private static Digest[] Above(Digest[] level)
    {
        var above = new Digest[(level.Length + 1) / 2];
        for (var index = 0; index < above.Length; index++)
        {
            var left = 2 * index;
            above[index] = left + 1 < level.Length ? Node(level[left], level[left + 1]) : level[left];
        }

        return above;
    }

    private static Digest Leaf(ReadOnlySpan<byte> bytes)
    {
        var writer = new WireWriter(1 + bytes.Length);
        writer.Byte(LeafTag);
        writer.Fixed(bytes);
        return Digest.Of(writer);
    }

    private static Digest Node(Digest left, Digest right)
    {
        Span<byte> bytes = stackalloc byte[1 + (2 * Digest.Size)];
        bytes[0] = NodeTag;
        left.CopyTo(bytes[1..]);
        right.CopyTo(bytes[(1 + Digest.Size)..]);
        return Digest.Of(bytes);
    }
}
