using System.Buffers.Binary;

namespace Holdfast.Protocol;

/// <summary>A SHA-256 digest (FIPS 180-4), compared by value and ordered by its bytes.</summary>
public readonly record struct Digest : IComparable<Digest>
{
    public const int Size = 32;

    private readonly ulong _first;
    private readonly ulong _second;
    private readonly ulong _third;
    private readonly ulong _fourth;

    /// <summary>Takes over the 32 bytes of a digest that was computed elsewhere.</summary>
    public Digest(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Size);
        _first = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _second = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _third = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        _fourth = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    public bool IsZero => (_first | _second | _third | _fourth) == 0;

    public static Digest Of(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[Size];
        Sha256.Hash(bytes, hash);
        return new Digest(hash);
    }

    /// <summary>The digest of what was written; the last that the writer does.</summary>
    public static Digest Of(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        var digest = Of(writer.WrittenSpan);
        writer.End();
        return digest;
    }

    public void CopyTo(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _first);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], _second);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[16..], _third);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[24..], _fourth);
    }

    public Bytes ToBytes()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return new Bytes(bytes);
    }

    public int CompareTo(Digest other)
    {
        var order = _first.CompareTo(other._first);
        order = order != 0 ? order : _second.CompareTo(other._second);
        order = order != 0 ? order : _third.CompareTo(other._third);
        return order != 0 ? order : _fourth.CompareTo(other._fourth);
    }

    public string ToHex() => ToBytes().ToHex();

    /// <summary>The first eight hexadecimal digits: enough to tell digests apart in a log line.</summary>
    public override string ToString() => _first.ToString("x16", null)[..8];
}
