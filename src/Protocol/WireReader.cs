using System.Buffers.Binary;

namespace Holdfast.Protocol;

/// <summary>Reads the canonical encoding. It remembers the first bad read and gives zeros after it, so that one
/// question at the end, <see cref="Finished"/>, covers short, long and malformed input alike.</summary>
public ref struct WireReader(ReadOnlySpan<byte> rest)
{
    private ReadOnlySpan<byte> _rest = rest;
    private bool _failed;

    /// <summary>All was read and all of it was well formed.</summary>
    public readonly bool Finished => !_failed && _rest.IsEmpty;

    public readonly bool Failed => _failed;

    public readonly int Remaining => _rest.Length;

    public byte Byte()
    {
        var bytes = Take(1);
        return bytes.IsEmpty ? (byte)0 : bytes[0];
    }

    /// <summary>0 or 1; anything else would be a second encoding of the same message.</summary>
    public bool Boolean()
    {
        var value = Byte();
        _failed |= value > 1;
        return value == 1;
    }

    public ushort UInt16()
    {
        var bytes = Take(sizeof(ushort));
        return bytes.IsEmpty ? (ushort)0 : BinaryPrimitives.ReadUInt16BigEndian(bytes);
    }

    public uint UInt32()
    {
        var bytes = Take(sizeof(uint));
        return bytes.IsEmpty ? 0 : BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    public ulong UInt64()
    {
        var bytes = Take(sizeof(ulong));
        return bytes.IsEmpty ? 0 : BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }

    public long Int64()
    {
        var bytes = Take(sizeof(long));
        return bytes.IsEmpty ? 0 : BinaryPrimitives.ReadInt64BigEndian(bytes);
    }

    public Digest Digest()
    {
        var bytes = Take(Protocol.Digest.Size);
        return bytes.IsEmpty ? default : new Digest(bytes);
    }

    /// <summary>Bytes of a length that both sides know.</summary>
    public Bytes Fixed(int length) => Protocol.Bytes.Copy(Take(length));

    /// <summary>Bytes behind their count, which is compared with its limit before anything is allocated.</summary>
    public Bytes Bytes(int lengthMax) => Fixed(UpTo(lengthMax));

    /// <summary>A text in UTF-8. Malformed UTF-8 fails: decoding it would give two encodings one meaning.</summary>
    public string Text(int lengthMax)
    {
        var bytes = Bytes(lengthMax);
        if (!System.Text.Unicode.Utf8.IsValid(bytes.Span))
        {
            Fail();
            return string.Empty;
        }

        return System.Text.Encoding.UTF8.GetString(bytes.Span);
    }

    /// <summary>The count that stands before a list; 0 and failed if it is over its limit, or if so many cannot follow:
    /// each takes a byte at least, and memory is not given for a promise.</summary>
    public int Count(int countMax)
    {
        var count = UpTo(countMax);
        if (count > _rest.Length)
        {
            Fail();
            return 0;
        }

        return count;
    }

    /// <summary>A number of four bytes; 0 and failed if it is over its limit.</summary>
    public int UpTo(int max)
    {
        var number = UInt32();
        if (number > max)
        {
            Fail();
            return 0;
        }

        return (int)number;
    }

    public SiteSequence SiteSequence() => new(UInt64());

    public SiteView SiteView() => new(UInt64());

    public GlobalSequence GlobalSequence() => new(UInt64());

    public GlobalView GlobalView() => new(UInt64());

    public Timestamp Time() => new(Int64());

    public SiteId Site() => new(Byte());

    public GlobalPosition Position() => new(GlobalSequence(), UInt32());

    /// <summary>What is left, all of it.</summary>
    public ReadOnlySpan<byte> Rest() => Take(_rest.Length);

    /// <summary>Marks the input as malformed for a reason that only the caller knows.</summary>
    public void Fail() => _failed = true;

    private ReadOnlySpan<byte> Take(int count)
    {
        if (_failed || count > _rest.Length)
        {
            _failed = true;
            return [];
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
