using System.Buffers.Binary;

namespace Holdfast.Protocol;

/// <summary>A key and its value, shared by all versions of the map that hold them: hashed once, however often the
/// nodes above are made anew.</summary>
public sealed class MapEntry
{
    private const byte EntryTag = 0;

    // A snapshot may be hashed by two threads at once, and a digest is not written in one piece: it counts once it is
    // said to be there. Both write the same.
    private Digest _digest;
    private volatile bool _isHashed;

    internal MapEntry(Bytes key, Bytes value, ulong priority) => (Key, Value, Priority) = (key, value, priority);

    public Bytes Key { get; }

    public Bytes Value { get; }

    /// <summary>The first 64 bits of the SHA-256 of the key: who stands above whom is a function of the keys
    /// alone.</summary>
    internal ulong Priority { get; }

    internal Digest Digest
    {
        get
        {
            if (!_isHashed)
            {
                _digest = DigestOf(Key, Digest.Of(Value.Span));
                _isHashed = true;
            }

            return _digest;
        }
    }

    /// <summary>An entry that has its digest already: who loads many lets other threads do most of the hashing.</summary>
    public static MapEntry Hashed(Bytes key, Bytes value)
    {
        var entry = new MapEntry(key, value, PriorityOf(key));
        _ = entry.Digest;
        return entry;
    }

    internal static ulong PriorityOf(Bytes key)
    {
        Span<byte> digest = stackalloc byte[Digest.Size];
        Digest.Of(key.Span).CopyTo(digest);
        return BinaryPrimitives.ReadUInt64BigEndian(digest);
    }

    /// <summary>Equal priorities are left to the keys, so that there is one shape and no other.</summary>
    internal bool StandsAbove(ulong priority, Bytes key) =>
        Priority != priority ? Priority > priority : Key < key;

    /// <summary>The value goes in as its digest: who proves where a range ends need not send the values beside
    /// it.</summary>
    internal static Digest DigestOf(Bytes key, Digest value)
    {
        var writer = new WireWriter(1 + sizeof(uint) + key.Length + Digest.Size);
        writer.Byte(EntryTag);
        writer.Bytes(key);
        writer.Digest(value);
        return Digest.Of(writer);
    }
}
