namespace Holdfast.Protocol;

/// <summary>Immutable bytes, compared by value and ordered as unsigned bytes. Whoever hands an array over gives up
/// writing to it.</summary>
public readonly struct Bytes : IEquatable<Bytes>, IComparable<Bytes>
{
    private readonly byte[]? _array;

    public Bytes(byte[] array) => _array = array;

    public static Bytes Empty => default;

    public int Length => _array?.Length ?? 0;

    public bool IsEmpty => Length == 0;

    public ReadOnlySpan<byte> Span => _array;

    public ReadOnlyMemory<byte> Memory => _array;

    public static Bytes Copy(ReadOnlySpan<byte> bytes) => new(bytes.ToArray());

    public static Bytes FromText(string text) => new(System.Text.Encoding.UTF8.GetBytes(text));

    public static Bytes FromHex(string hex) => new(Convert.FromHexString(hex));

    /// <summary>These bytes and then those: a key under a prefix.</summary>
    public Bytes Concat(ReadOnlySpan<byte> more)
    {
        var joined = new byte[Length + more.Length];
        Span.CopyTo(joined);
        more.CopyTo(joined.AsSpan(Length));
        return new Bytes(joined);
    }

    public byte[] ToArray() => Span.ToArray();

    public string ToHex() => Convert.ToHexStringLower(Span);

    public bool Equals(Bytes other) => Span.SequenceEqual(other.Span);

    public override bool Equals(object? obj) => obj is Bytes other && Equals(other);

    /// <summary>Stable between processes, unlike <c>HashCode</c>; only for lookups outside the core.</summary>
    public override int GetHashCode()
    {
        var hash = 17;
        foreach (var one in Span)
        {
            hash = unchecked((hash * 31) + one);
        }

        return hash;
    }

    public int CompareTo(Bytes other) => Span.SequenceCompareTo(other.Span);

    public static bool operator ==(Bytes left, Bytes right) => left.Equals(right);

    public static bool operator !=(Bytes left, Bytes right) => !left.Equals(right);

    public static bool operator <(Bytes left, Bytes right) => left.CompareTo(right) < 0;

    public static bool operator >(Bytes left, Bytes right) => left.CompareTo(right) > 0;

    public static bool operator <=(Bytes left, Bytes right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Bytes left, Bytes right) => left.CompareTo(right) >= 0;

    public override string ToString() =>
        Length <= 16 ? ToHex() : $"{Convert.ToHexStringLower(Span[..8])}... ({Length} bytes)";
}
