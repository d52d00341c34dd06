using System.Buffers.Binary;

namespace Holdfast.Node.Storage;

/// <summary>
/// What stands before a payload: 32 bytes, big-endian (checksum of the frame, checksum of the payload, length, kind,
/// number of the flush, place). Frames start at multiples of 8.
/// </summary>
/// <remarks>
/// The frame has a checksum of its own, so a frame can be found again after a damaged one without trusting a length,
/// and at the price of 32 bytes however long the payload claims to be. The segment's salt and the offset go into it:
/// a frame is valid at the one place that it was written for.
/// </remarks>
internal readonly record struct RecordFrame(uint PayloadChecksum, int Length, uint Kind, ulong Flush, ulong Place)
{
    public const int Bytes = 32;
    public const int Alignment = 8;

    /// <summary>Kinds from here on are the journal's own.</summary>
    public const uint OwnKinds = 0xFFFF_FF00;

    /// <summary>The last record of a flush: whatever follows was written after that flush had succeeded.</summary>
    public const uint FlushEnd = 0xFFFF_FFFF;

    /// <summary>Segments before the one whose number is the place are deleted, or about to be.</summary>
    public const uint Released = 0xFFFF_FFFE;

    /// <summary>Frame, payload and filling up to the next frame.</summary>
    public long TotalBytes => TotalBytesOf(Length);

    public static long TotalBytesOf(int length) => (Bytes + (long)length + Alignment - 1) & -Alignment;

    public static uint ChecksumOf(ReadOnlySpan<byte> payload)
    {
        var checksum = new Checksum();
        checksum.Add(payload);
        return checksum.Value;
    }

    public void Write(Span<byte> target, ulong salt, long offset)
    {
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], PayloadChecksum);
        BinaryPrimitives.WriteInt32BigEndian(target[8..], Length);
        BinaryPrimitives.WriteUInt32BigEndian(target[12..], Kind);
        BinaryPrimitives.WriteUInt64BigEndian(target[16..], Flush);
        BinaryPrimitives.WriteUInt64BigEndian(target[24..], Place);
        BinaryPrimitives.WriteUInt32BigEndian(target, FrameChecksum(target[4..Bytes], salt, offset));
    }

    /// <summary>The frame at this offset, or null where these bytes are none.</summary>
    public static RecordFrame? Read(ReadOnlySpan<byte> source, ulong salt, long offset)
    {
        var checksum = BinaryPrimitives.ReadUInt32BigEndian(source);
        if (checksum != FrameChecksum(source[4..Bytes], salt, offset))
        {
            return null;
        }

        var frame = new RecordFrame(
            BinaryPrimitives.ReadUInt32BigEndian(source[4..]),
            BinaryPrimitives.ReadInt32BigEndian(source[8..]),
            BinaryPrimitives.ReadUInt32BigEndian(source[12..]),
            BinaryPrimitives.ReadUInt64BigEndian(source[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(source[24..]));
        return frame.Length >= 0 ? frame : null;
    }

    private static uint FrameChecksum(ReadOnlySpan<byte> fields, ulong salt, long offset)
    {
        var checksum = new Checksum();
        checksum.Add(salt);
        checksum.Add((ulong)offset);
        checksum.Add(fields);
        return checksum.Value;
    }
}
