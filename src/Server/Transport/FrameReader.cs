using System.Buffers.Binary;

namespace Holdfast.Server.Transport;

/// <summary>Cuts a stream into frames: four bytes of length, big-endian, then so many bytes.</summary>
internal sealed class FrameReader(Stream stream)
{
    public const int PrefixBytes = sizeof(uint);

    private const int BufferBytes = 16 * 1024;

    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _start;
    private int _end;

    /// <summary>Bytes taken from the stream so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Told when a frame has begun whose end is not here yet.</summary>
    public Action OnIncomplete { get; set; } = static () => { };

    /// <summary>The next frame, in an array of its own.</summary>
    /// <exception cref="ConnectionEndedException">The stream is at its end, or announces what it may not.</exception>
    /// <param name="bytesMax">Asked when the length is here: meanwhile the peer may have proved who it is.</param>
    public async ValueTask<byte[]> NextAsync(Func<int> bytesMax, CancellationToken cancel)
    {
        while (_end - _start < PrefixBytes)
        {
            await FillAsync(cancel).ConfigureAwait(false);
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(_start));
        if (length == 0 || length > bytesMax())
        {
            throw new ConnectionEndedException(ConnectionEnd.BadLength, cause: null);
        }

        _start += PrefixBytes;
        var frame = new byte[length];
        var have = Math.Min(frame.Length, _end - _start);
        _buffer.AsSpan(_start, have).CopyTo(frame);
        _start += have;
        if (have < frame.Length)
        {
            OnIncomplete();
        }

        while (have < frame.Length)
        {
            have += await ReadAsync(frame.AsMemory(have), cancel).ConfigureAwait(false);
        }

        return frame;
    }

    private async ValueTask FillAsync(CancellationToken cancel)
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }
        else
        {
            OnIncomplete();
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        _end += await ReadAsync(_buffer.AsMemory(_end), cancel).ConfigureAwait(false);
    }

    private async ValueTask<int> ReadAsync(Memory<byte> target, CancellationToken cancel)
    {
        var count = await stream.ReadAsync(target, cancel).ConfigureAwait(false);
        if (count == 0)
        {
            throw new ConnectionEndedException(ConnectionEnd.ClosedByPeer, cause: null);
        }

        BytesRead += count;
        return count;
    }
}
