using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Holdfast.Protocol;

/// <summary>Writes the one canonical encoding: fixed width, big-endian, counts before lists, no optional
/// fields.</summary>
/// <remarks>It borrows its buffer. <see cref="ToBytes"/> and <see cref="Digest.Of(WireWriter)"/> give it back and end
/// the writer; one that is dropped without them only costs its buffer.</remarks>
public sealed class WireWriter(int capacity = 256)
{
    private byte[]? _buffer = ArrayPool<byte>.Shared.Rent(capacity);

    public int Written { get; private set; }

    /// <exception cref="ObjectDisposedException">The writer has ended.</exception>
    public ReadOnlySpan<byte> WrittenSpan => Buffer.AsSpan(0, Written);

    private byte[] Buffer => _buffer ?? throw new ObjectDisposedException(nameof(WireWriter));

    public void Byte(byte value) => Take(1)[0] = value;

    public void Boolean(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void UInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Take(sizeof(ushort)), value);

    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Take(sizeof(uint)), value);

    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Take(sizeof(ulong)), value);

    public void Int64(long value) => BinaryPrimitives.WriteInt64BigEndian(Take(sizeof(long)), value);

    public void Digest(Digest value) => value.CopyTo(Take(Protocol.Digest.Size));

    /// <summary>Bytes of a length that both sides know: no count is written.</summary>
    public void Fixed(ReadOnlySpan<byte> value) => value.CopyTo(Take(value.Length));

    /// <summary>A count of 32 bits, then the bytes.</summary>
    public void Bytes(Bytes value)
    {
        UInt32((uint)value.Length);
        Fixed(value.Span);
    }

    /// <summary>A text in UTF-8, as bytes with a count.</summary>
    public void Text(string value) => Bytes(new Bytes(Encoding.UTF8.GetBytes(value)));

    /// <summary>The count that stands before a list.</summary>
    public void Count(int value) => UInt32((uint)value);

    public void Sequence(SiteSequence value) => UInt64(value.Number);

    public void View(SiteView value) => UInt64(value.Number);

    public void Sequence(GlobalSequence value) => UInt64(value.Number);

    public void View(GlobalView value) => UInt64(value.Number);

    public void Time(Timestamp value) => Int64(value.Microseconds);

    public void Site(SiteId value) => Byte((byte)value.Index);

    public void Position(GlobalPosition value)
    {
        Sequence(value.Sequence);
        UInt32(value.Place);
    }

    /// <summary>What was written; the last that this writer does.</summary>
    public Bytes ToBytes()
    {
        var written = WrittenSpan.ToArray();
        End();
        return new Bytes(written);
    }

    internal void End()
    {
        ArrayPool<byte>.Shared.Return(Buffer);
        _buffer = null;
    }

    private Span<byte> Take(int count)
    {
        if (Written + count > Buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Buffer.Length * 2, Written + count));
            WrittenSpan.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(Buffer);
            _buffer = larger;
        }

        var taken = Buffer.AsSpan(Written, count);
        Written += count;
        return taken;
    }
}
