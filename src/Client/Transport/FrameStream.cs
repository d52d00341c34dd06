using System.Buffers.Binary;
using Holdfast.Protocol;

namespace Holdfast.Client;

/// <summary>Cuts a stream into frames (four bytes of length, big-endian, then so many bytes), after a hello each way:
/// eight bytes of magic and one of format.</summary>
/// <param name="patience">So long a write may take: a side that has stopped to read says nothing.</param>
internal sealed class FrameStream(Stream stream, TimeSpan patience)
{
    private const byte Format = 1;
    private const int PrefixBytes = sizeof(uint);

    /// <summary>Frames up to this sum leave in one write.</summary>
    private const int WriteBytesMax = 256 * 1024;

    /// <summary>The longest hello of a replica: the head and what it has to say.</summary>
    private const int HelloBytesMax = 9 + 4096;

    private static ReadOnlySpan<byte> Magic => "HOLDFAST"u8;

    public async Task GreetAsync(CancellationToken cancel)
    {
        await WriteAsync([Hello()], cancel).ConfigureAwait(false);
        var hello = await ReadAsync(HelloBytesMax, cancel).ConfigureAwait(false);
        if (!IsHello(hello))
        {
            throw new InvalidDataException("The other side does not speak this protocol, or another format of it.");
        }
    }

    /// <exception cref="InvalidDataException">A frame of length 0 or above the bound is announced.</exception>
    public async Task<byte[]> ReadAsync(int bytesMax, CancellationToken cancel)
    {
        var prefix = new byte[PrefixBytes];
        await stream.ReadExactlyAsync(prefix, cancel).ConfigureAwait(false);
        var length = BinaryPrimitives.ReadUInt32BigEndian(prefix);
        if (length == 0 || length > bytesMax)
        {
            throw new InvalidDataException($"A frame of {length} bytes was announced; the bound is {bytesMax}.");
        }

        var frame = new byte[length];
        await stream.ReadExactlyAsync(frame, cancel).ConfigureAwait(false);
        return frame;
    }

    /// <summary>Writes frames in as few writes as their length allows.</summary>
    /// <exception cref="TimeoutException">The other side did not take one in time: the stream is of no use any more.</exception>
    public async Task WriteAsync(IReadOnlyList<Bytes> frames, CancellationToken cancel)
    {
        var buffer = new MemoryStream();
        foreach (var frame in frames)
        {
            if (buffer.Length > 0 && buffer.Length + frame.Length > WriteBytesMax)
            {
                await FlushAsync(buffer, cancel).ConfigureAwait(false);
            }

            var prefix = new byte[PrefixBytes];
            BinaryPrimitives.WriteInt32BigEndian(prefix, frame.Length);
            buffer.Write(prefix);
            buffer.Write(frame.Span);
        }

        await FlushAsync(buffer, cancel).ConfigureAwait(false);
    }

    private static Bytes Hello() => new([.. Magic, Format]);

    private static bool IsHello(byte[] frame) =>
        frame.Length > Magic.Length && frame.AsSpan().StartsWith(Magic) && frame[Magic.Length] == Format;

    private async Task FlushAsync(MemoryStream buffer, CancellationToken cancel)
    {
        var write = stream.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), cancel);
        if (write.IsCompleted)
        {
            await write.ConfigureAwait(false);
        }
        else
        {
            await write.AsTask().WaitAsync(patience, cancel).ConfigureAwait(false);
        }

        buffer.SetLength(0);
    }
}
