using System.Buffers.Binary;

namespace Holdfast.Protocol;

/// <summary>A key and its value, shared by all versions of the map that hold them: hashed once, however often the
/// nodes above are made anew.</summary>
internal sealed class MapEntry(Bytes key, Bytes value, ulong priority)
{
    private const byte EntryTag = 0;

    // A reference, because a snapshot may be hashed by two threads at once and a digest is not written in one piece.
    private byte[]? _digest;

    public Bytes Key { get; } = key;

    public Bytes Value { get; } = value;

    /// <summary>The first 64 bits of the SHA-256 of the key: who stands above whom is a function of the keys
    /// alone.</summary>
    public ulong Priority { get; } = priority;

    public byte[] Digest => _digest ??= Compute();

    public static ulong PriorityOf(Bytes key)
    {
        Span<byte> digest = stackalloc byte[Protocol.Digest.Size];
        Protocol.Digest.Of(key.Span).CopyTo(digest);
        return BinaryPrimitives.ReadUInt64BigEndian(digest);
    }

    /// <summary>Equal priorities are left to the keys, so that there is one shape and no other.</summary>
    public bool StandsAbove(ulong priority, Bytes key) =>
        Priority != priority ? Priority > priority : Key < key;

    /// <summary>The value goes in as its digest: who proves where a range ends need not send the values beside
    /// it.</summary>
    public static Digest DigestOf(Bytes key, Digest value)
    {
        var writer = new WireWriter(1 + sizeof(uint) + key.Length + Protocol.Digest.Size);
        writer.Byte(EntryTag);
        writer.Bytes(key);
        writer.Digest(value);
        return Protocol.Digest.Of(writer);
    }

    private byte[] Compute() => DigestOf(Key, Protocol.Digest.Of(Value.Span)).ToBytes().ToArray();
}

/// <summary>Those who may still change nodes in place: one version of a map on its way, until a snapshot shares its
/// nodes with others.</summary>
internal sealed class MapEdit;

/// <summary>A node of the treap (Seidel and Aragon 1996): ordered by key from left to right, by priority from the root
/// down. Immutable but for the edit that made it.</summary>
internal sealed class MapNode
{
    private const byte NodeTag = 1;

    /// <summary>The digest of no node at all: that of no bytes, as in RFC 6962.</summary>
    public static readonly byte[] EmptyDigest = Digest.Of([]).ToBytes().ToArray();

    private readonly MapEdit? _edit;
    private byte[]? _digest;

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

    public static int CountOf(MapNode? node) => node?.Count ?? 0;

    /// <summary>Hashes what was not yet hashed, from below, without recursion.</summary>
    public static byte[] DigestOf(MapNode? root)
    {
        if (root is null)
        {
            return EmptyDigest;
        }

        var open = new Stack<MapNode>();
        open.Push(root);
        while (root._digest is null)
        {
            var node = open.Peek();
            if (node.Left is { _digest: null })
            {
                open.Push(node.Left);
            }
            else if (node.Right is { _digest: null })
            {
                open.Push(node.Right);
            }
            else
            {
                node._digest = node.Compute();
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
        && _digest is null
        && (isLeft ? Left : Right) == child
        && Count == 1 + CountOf(Left) + CountOf(Right);

    public static byte[] DigestOf(ReadOnlySpan<byte> left, ReadOnlySpan<byte> entry, ReadOnlySpan<byte> right)
    {
        Span<byte> bytes = stackalloc byte[1 + (3 * Digest.Size)];
        bytes[0] = NodeTag;
        left.CopyTo(bytes[1..]);
        entry.CopyTo(bytes[(1 + Digest.Size)..]);
        right.CopyTo(bytes[(1 + (2 * Digest.Size))..]);
        return Digest.Of(bytes).ToBytes().ToArray();
    }

    private MapNode With(MapEntry entry, MapNode? left, MapNode? right, MapEdit? edit)
    {
        if (edit is null || edit != _edit)
        {
            return new(entry, left, right, edit);
        }

        (Entry, Left, Right, _digest) = (entry, left, right, null);
        Count = 1 + CountOf(left) + CountOf(right);
        return this;
    }

    private byte[] Compute() =>
        DigestOf(Left?._digest ?? EmptyDigest, Entry.Digest, Right?._digest ?? EmptyDigest);
}
