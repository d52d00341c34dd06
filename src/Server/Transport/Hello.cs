using System.Buffers.Binary;

namespace Holdfast.Server.Transport;

/// <summary>Each side's first frame: eight bytes of magic, one of format, then the caller's part.</summary>
internal static class Hello
{
    public const byte Format = 1;

    /// <summary>Longest caller's part, in bytes.</summary>
    public const int PayloadBytesMax = 4096;

    public const int BytesMax = HeadBytes + PayloadBytesMax;

    private const int HeadBytes = 9;

    private static ReadOnlySpan<byte> Magic => "HOLDFAST"u8;

    /// <summary>The hello with its length prefix, as it goes out.</summary>
    public static byte[] Write(ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, PayloadBytesMax);
        var bytes = new byte[FrameReader.PrefixBytes + HeadBytes + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(bytes, HeadBytes + payload.Length);
        Magic.CopyTo(bytes.AsSpan(FrameReader.PrefixBytes));
        bytes[FrameReader.PrefixBytes + Magic.Length] = Format;
        payload.CopyTo(bytes.AsSpan(FrameReader.PrefixBytes + HeadBytes));
        return bytes;
    }

    /// <summary>The caller's part of the other side's hello.</summary>
    public static ReadOnlyMemory<byte> Read(byte[] frame)
    {
        if (frame.Length < HeadBytes || !frame.AsSpan().StartsWith(Magic))
        {
            throw new ConnectionEndedException(ConnectionEnd.BadHello, cause: null);
        }

        if (frame[Magic.Length] != Format)
        {
            throw new ConnectionEndedException(ConnectionEnd.UnknownFormat, cause: null);
        }

        return frame.AsMemory(HeadBytes);
    }
}
