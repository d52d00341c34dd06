namespace Holdfast.Protocol;

/// <summary>Those who may still change nodes in place: one version of a map on its way, until a snapshot shares its
/// nodes with others.</summary>
internal sealed class MapEdit;

/// <summary>A node of the treap (Seidel and Aragon 1996): ordered by key from left to right, by priority from the root
/// down. Immutable but for the edit that made it.</summary>
internal sealed class MapNode
{
    private const byte NodeTag = 1;

    /// <summary>The digest of no node at all: that of no bytes, as in RFC 6962.</summary>
    public static readonly Digest EmptyDigest = Digest.Of([]);

    private readonly MapEdit? _edit;

    // As in an entry: it counts once it is said to be there.
    private Digest _digest;
    private volatile bool _isHashed;

    /// <param name="edit">Who may change the node; nobody for null.</param>
    public MapNode(MapEntry entry, MapNode? left, MapNode? right, MapEdit? edit = null)
    {
        (Entry, Key, Left, Right, _edit) = (entry, entry.Key, left, right, edit);
        Count = 1 + CountOf(left) + CountOf(right);
    }

    public MapEntry Entry { get; private set; }

    public MapNode? Left { get; private set; }

    public MapNode? Right { get; private set; }

    public int Count { get; private set; }

    /// <summary>The entry's, kept here too: a walk down reads it in every node and should not go two steps for
    /// it.</summary>
    public Bytes Key { get; }

    public bool IsHashed => _isHashed;

    public static int CountOf(MapNode? node) => node?.Count ?? 0;

    /// <summary>Hashes what was not yet hashed, from below, without recursion.</summary>
    public static Digest DigestOf(MapNode? root)
    {
        if (root is null)
        {
            return EmptyDigest;
        }

        var open = new Stack<MapNode>();
        open.Push(root);
        while (!root._isHashed)
        {
            var node = open.Peek();
            if (node.Left is { _isHashed: false })
            {
                open.Push(node.Left);
            }
            else if (node.Right is { _isHashed: false })
            {
                open.Push(node.Right);
            }
            else
            {
                node._digest = DigestOf(node.Left?._digest, node.Entry.Digest, node.Right?._digest);
                node._isHashed = true;
                open.Pop();
            }
        }

        return root._digest;
    }

    /// <summary>This node with another value, or a copy of it where the edit may not change it.</summary>
    /// <param name="entry">Of the same key.</param>
    public MapNode With(MapEntry entry, MapEdit? edit) => With(entry, Left, Right, edit);

    public MapNode WithLeft(MapNode? other, MapEdit? edit) => With(Entry, other, Right, edit);

    public MapNode WithRight(MapNode? other, MapEdit? edit) => With(Entry, Left, other, edit);

    /// <summary>Nothing needs to be done here, nor above: the child is in place already, and no digest tells of what it
    /// was. (Whoever hashes a node has hashed all below it.)</summary>
    public bool HasAlready(MapNode? child, bool isLeft, MapEdit? edit) =>
        edit is not null
        && edit == _edit
        && !_isHashed
        && (isLeft ? Left : Right) == child
        && Count == 1 + CountOf(Left) + CountOf(Right);

    /// <summary>The digest of a node, from those of its children and its entry; no child for null.</summary>
    public static Digest DigestOf(Digest? left, Digest entry, Digest? right)
    {
        Span<byte> bytes = stackalloc byte[1 + (3 * Digest.Size)];
        bytes[0] = NodeTag;
        (left ?? EmptyDigest).CopyTo(bytes[1..]);
        entry.CopyTo(bytes[(1 + Digest.Size)..]);
        (right ?? EmptyDigest).CopyTo(bytes[(1 + (2 * Digest.Size))..]);
        return Digest.Of(bytes);
    }

    private MapNode With(MapEntry entry, MapNode? left, MapNode? right, MapEdit? edit)
    {
        if (edit is null || edit != _edit)
        {
            return new(entry, left, right, edit);
        }

        (Entry, Left, Right, _isHashed) = (entry, left, right, false);
        Count = 1 + CountOf(left) + CountOf(right);
        return this;
    }
}
