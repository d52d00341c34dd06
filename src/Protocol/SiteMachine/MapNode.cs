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

/// <summary>An immutable node of the treap (Seidel and Aragon 1996): ordered by key from left to right, by priority
/// from the root down.</summary>
internal sealed class MapNode(MapEntry entry, MapNode? left, MapNode? right)
{
    private const byte NodeTag = 1;

    /// <summary>The digest of no node at all: that of no bytes, as in RFC 6962.</summary>
    public static readonly byte[] EmptyDigest = Digest.Of([]).ToBytes().ToArray();

    private byte[]? _digest;

    public MapEntry Entry { get; } = entry;

    public MapNode? Left { get; } = left;

    public MapNode? Right { get; } = right;

    public int Count { get; } = 1 + CountOf(left) + CountOf(right);

    /// <summary>The entry's, kept here too: a walk down reads it in every node and should not go two steps for
    /// it.</summary>
    public Bytes Key { get; } = entry.Key;

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

    public MapNode WithLeft(MapNode? other) => new(Entry, other, Right);

    public MapNode WithRight(MapNode? other) => new(Entry, Left, other);

    public static byte[] DigestOf(ReadOnlySpan<byte> left, ReadOnlySpan<byte> entry, ReadOnlySpan<byte> right)
    {
        Span<byte> bytes = stackalloc byte[1 + (3 * Digest.Size)];
        bytes[0] = NodeTag;
        left.CopyTo(bytes[1..]);
        entry.CopyTo(bytes[(1 + Digest.Size)..]);
        right.CopyTo(bytes[(1 + (2 * Digest.Size))..]);
        return Digest.Of(bytes).ToBytes().ToArray();
    }

    private byte[] Compute() =>
        DigestOf(Left?._digest ?? EmptyDigest, Entry.Digest, Right?._digest ?? EmptyDigest);
}
