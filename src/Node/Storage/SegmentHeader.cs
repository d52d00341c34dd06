using System.Buffers.Binary;

namespace Holdfast.Node.Storage;

/// <summary>
/// The first 64 bytes of a segment, big-endian: magic, format, checksum, number, salt, and what must be true of the
/// segments before it, so that a loss there is seen.
/// </summary>
/// <param name="Number">Counts from 1; the file's name says the same.</param>
/// <param name="Salt">Goes into every frame's checksum.</param>
/// <param name="PreviousEnd">Where the records of the segment before end, all of them durable.</param>
/// <param name="FirstFlush">The number of the first flush in this segment.</param>
/// <param name="Oldest">The lowest segment that was not released when this one was begun.</param>
/// <param name="Length">Length of the file, in bytes: it was preallocated, so a shorter one has lost something.</param>
internal readonly record struct SegmentHeader(
    ulong Number,
    ulong Salt,
    long PreviousEnd,
    ulong FirstFlush,
    ulong Oldest,
    long Length)
{
    public const int Bytes = 64;
    public const uint Format = 4;

    private const int FieldsAt = 16;

    private static ReadOnlySpan<byte> Magic => "HOLDJRNL"u8;

    public void Write(Span<byte> target)
    {
        target[..Bytes].Clear();
        Magic.CopyTo(target);
        BinaryPrimitives.WriteUInt32BigEndian(target[8..], Format);
        BinaryPrimitives.WriteUInt64BigEndian(target[16..], Number);
        BinaryPrimitives.WriteUInt64BigEndian(target[24..], Salt);
        BinaryPrimitives.WriteInt64BigEndian(target[32..], PreviousEnd);
        BinaryPrimitives.WriteUInt64BigEndian(target[40..], FirstFlush);
        BinaryPrimitives.WriteUInt64BigEndian(target[48..], Oldest);
        BinaryPrimitives.WriteInt64BigEndian(target[56..], Length);
        BinaryPrimitives.WriteUInt32BigEndian(target[12..], ChecksumOf(target));
    }

    /// <summary>The header in these 64 bytes, or null where they are none.</summary>
    /// <exception cref="UnknownFormatException">It is a header, of another format.</exception>
    public static SegmentHeader? Read(ReadOnlySpan<byte> source, string file)
    {
        var format = BinaryPrimitives.ReadUInt32BigEndian(source[8..]);
        var isHeader = source[..Magic.Length].SequenceEqual(Magic);
        // A header torn while it was written shows format 0; formats count from 1.
        if (isHeader && format is not (0 or Format))
        {
            throw new UnknownFormatException(file, Format, format);
        }

        if (!isHeader || BinaryPrimitives.ReadUInt32BigEndian(source[12..]) != ChecksumOf(source))
        {
            return null;
        }

        return new SegmentHeader(
            BinaryPrimitives.ReadUInt64BigEndian(source[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(source[24..]),
            BinaryPrimitives.ReadInt64BigEndian(source[32..]),
            BinaryPrimitives.ReadUInt64BigEndian(source[40..]),
            BinaryPrimitives.ReadUInt64BigEndian(source[48..]),
            BinaryPrimitives.ReadInt64BigEndian(source[56..]));
    }

    private static uint ChecksumOf(ReadOnlySpan<byte> header)
    {
        var checksum = new Checksum();
        checksum.Add(header[..12]);
        checksum.Add(header[FieldsAt..Bytes]);
        return checksum.Value;
    }
}
