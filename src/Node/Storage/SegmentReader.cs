using System.Diagnostics;

namespace Holdfast.Node.Storage;

/// <summary>Reads frames and payloads of one segment, through a window of a size that suits the purpose.</summary>
internal sealed class SegmentReader(IDiskFile file, ulong salt, long length, int windowBytes)
{
    /// <summary>For reading front to back.</summary>
    public const int WideWindow = 256 * 1024;

    /// <summary>For reading one record.</summary>
    public const int NarrowWindow = RecordFrame.Bytes;

    private readonly byte[] _window = new byte[windowBytes];
    private long _windowStart;
    private int _windowLength;

    /// <summary>The frame at this offset, if there is one and its payload fits into the file.</summary>
    public RecordFrame? FrameAt(long offset)
    {
        Debug.Assert(offset % RecordFrame.Alignment == 0, "Frames are aligned.");
        var bytes = Look(offset, RecordFrame.Bytes);
        if (bytes.Length < RecordFrame.Bytes)
        {
            return null;
        }

        var frame = RecordFrame.Read(bytes, salt, offset);
        return frame is { } found && offset + found.TotalBytes <= length ? found : null;
    }

    /// <summary>The payload behind a frame, or null where it is not what the frame promises.</summary>
    public byte[]? PayloadAt(long offset, RecordFrame frame)
    {
        var payload = new byte[frame.Length];
        var start = offset + RecordFrame.Bytes;
        if (frame.Length <= windowBytes)
        {
            var bytes = Look(start, frame.Length);
            if (bytes.Length < frame.Length)
            {
                return null;
            }

            bytes.CopyTo(payload);
        }
        else if (file.ReadAt(start, payload) < frame.Length)
        {
            return null;
        }

        return RecordFrame.ChecksumOf(payload) == frame.PayloadChecksum ? payload : null;
    }

    /// <summary>The highest number of a flush among the frames that begin in this stretch, or 0.</summary>
    public ulong LastFlushIn(long offset, long end)
    {
        var last = 0ul;
        for (; offset < end; offset += RecordFrame.Alignment)
        {
            var bytes = Look(offset, RecordFrame.Bytes);
            if (bytes.Length == RecordFrame.Bytes && RecordFrame.Read(bytes, salt, offset) is { } frame)
            {
                last = Math.Max(last, frame.Flush);
            }
        }

        return last;
    }

    /// <summary>One past the last byte that is not zero, from this offset on; the offset itself if all are.</summary>
    public long WrittenEnd(long offset)
    {
        var end = offset;
        for (var start = offset; start < length; start += windowBytes)
        {
            var bytes = Look(start, (int)Math.Min(windowBytes, length - start));
            var last = bytes.LastIndexOfAnyExcept((byte)0);
            end = last < 0 ? end : start + last + 1;
        }

        return end;
    }

    private ReadOnlySpan<byte> Look(long offset, int count)
    {
        if (offset < _windowStart || offset + count > _windowStart + _windowLength)
        {
            _windowStart = offset;
            _windowLength = file.ReadAt(offset, _window);
        }

        var from = (int)(offset - _windowStart);
        return _window.AsSpan(from, Math.Min(count, _windowLength - from));
    }
}
