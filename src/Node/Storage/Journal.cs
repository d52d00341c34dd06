using System.Runtime.ExceptionServices;
using Holdfast.Protocol;

namespace Holdfast.Node.Storage;

/// <summary>
/// What a replica has promised, in the order in which it promised it: an append-only file in segments, with one write
/// and one flush for all that was appended since the last. The order of use is <see cref="Replay"/>, once, then
/// anything. Used by one thread.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>A record is durable when <see cref="Flush"/> has returned, and not before.</item>
/// <item>After a crash the journal holds every record of every flush that returned, and then a prefix, possibly empty,
/// of what was appended later.</item>
/// <item>Anything else found on the disk is refused with <see cref="JournalDamagedException"/>. Two things cannot be
/// told by the journal alone: damage within the very last flush looks like a crash during it, and is cut; and nothing
/// knows of a newest segment whose file is gone or empty.</item>
/// </list>
/// </remarks>
public sealed class Journal : IDisposable
{
    /// <summary>Longest payload, in bytes, whatever the length of segments: a chunk of a state that is fetched, which holds
    /// one entry at least, and what is said beside it.</summary>
    public const int PayloadBytesMax = Limits.EncodedChunkBytes + (1 << 20);

    private readonly IDisk _disk;
    private readonly JournalOptions _options;
    private List<Segment> _segments = [];
    private byte[] _pending = new byte[64 * 1024];
    private int _pendingLength;
    private ulong _flush;
    private bool _isReplayed;
    private Exception? _failure;

    public Journal(IDisk disk, JournalOptions options)
    {
        ArgumentNullException.ThrowIfNull(disk);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.SegmentBytes, JournalOptions.SegmentBytesMin);
        // What is pending lies in one array, and never exceeds one segment or record.
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.SegmentBytes, Array.MaxLength);
        _disk = disk;
        _options = options;
    }

    /// <summary>Length of all segments together, in bytes.</summary>
    public long TotalBytes => _segments.Sum(segment => segment.Length);

    /// <summary>The number of the oldest segment that is still there: positions below it cannot be read.</summary>
    public ulong OldestSegment => _segments.Count == 0 ? 0 : _segments[0].Number;

    /// <summary>Appended and not yet flushed, in bytes.</summary>
    public long UnflushedBytes => _pendingLength;

    /// <summary>Something of that may not wait: until the next <see cref="Flush"/> nothing may be said.</summary>
    public bool OwesFlush { get; private set; }

    /// <summary>Flushes that wrote something, so far.</summary>
    public long Flushes { get; private set; }

    /// <summary>
    /// Reads the journal from its oldest record to its newest, cuts off an unfinished last flush, and opens the journal
    /// for appending. What was handed over counts only when this has returned.
    /// </summary>
    /// <exception cref="JournalDamagedException">Durable records are missing or changed.</exception>
    /// <exception cref="UnknownFormatException">Another version of Holdfast wrote it.</exception>
    public JournalReplay Replay(Action<StoredRecord> handOver)
    {
        ArgumentNullException.ThrowIfNull(handOver);
        if (_isReplayed)
        {
            throw new InvalidOperationException("A journal is replayed once.");
        }

        ThrowIfFailed();
        var recovery = new JournalRecovery(_disk, handOver);
        _segments = recovery.Segments;
        JournalReplay replay = default;
        OrFail(() =>
        {
            replay = recovery.Run();
            _flush = recovery.Flush;
            if (_segments.Count == 0)
            {
                BeginSegment(lengthAtLeast: 0);
            }
        });
        _isReplayed = true;
        return replay;
    }

    /// <summary>Takes a record; it is durable after the next <see cref="Flush"/>.</summary>
    /// <param name="kind">The caller's number for what it is: from 1 to 0xFFFFFEFF.</param>
    /// <param name="place">
    /// The site sequence that it concerns: the record may go when that is released. What must outlive that is appended
    /// again with a later place.
    /// </param>
    /// <param name="payload">At most <see cref="PayloadBytesMax"/>; copied.</param>
    /// <param name="mayWait">Nothing that is said rests on it.</param>
    public JournalPosition Append(uint kind, ulong place, ReadOnlySpan<byte> payload, bool mayWait = false)
    {
        ArgumentOutOfRangeException.ThrowIfZero(kind);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(kind, RecordFrame.OwnKinds);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, PayloadBytesMax);
        var position = Add(kind, place, payload);
        _segments[^1].PlaceMax = Math.Max(_segments[^1].PlaceMax, place);
        OwesFlush |= !mayWait;
        return position;
    }

    /// <summary>Makes all that was appended durable, with one write and one flush, if anything was.</summary>
    /// <exception cref="JournalFailedException">It may be durable or not; no further call is taken.</exception>
    public void Flush()
    {
        ThrowIfUnusable();
        if (_pendingLength == 0)
        {
            return;
        }

        Write(RecordFrame.FlushEnd, place: 0, payload: []);
        var segment = _segments[^1];
        OrFail(() =>
        {
            segment.File.WriteAt(segment.End, _pending.AsSpan(0, _pendingLength));
            segment.File.Flush();
        });
        segment.End += _pendingLength;
        (_pendingLength, OwesFlush) = (0, false);
        _flush++;
        Flushes++;
    }

    /// <summary>
    /// The record at a position that this journal gave, or null where it has been released. What is not durable yet is
    /// flushed first: nothing is read back that could still vanish.
    /// </summary>
    public StoredRecord? Read(JournalPosition position)
    {
        ThrowIfUnusable();
        var last = _segments[^1];
        if (position.Segment < _segments[0].Number)
        {
            return null;
        }

        if (position.Segment > last.Number || position.Offset < SegmentHeader.Bytes
            || position.Offset % RecordFrame.Alignment != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(position), position, "No record of this journal lies there.");
        }

        if (position.Segment == last.Number && position.Offset >= last.End)
        {
            Flush();
        }

        return ReadDurable(_segments[(int)(position.Segment - _segments[0].Number)], position);
    }

    /// <summary>
    /// Says that records of this place and lower ones are not needed any more. The oldest segments that hold nothing
    /// else are deleted as far as <see cref="JournalOptions.RetainedBytes"/> stay. Flushes if it deletes.
    /// </summary>
    public void Release(ulong place)
    {
        ThrowIfUnusable();
        var count = 0;
        var rest = TotalBytes;
        while (count < _segments.Count - 1
            && _segments[count].PlaceMax <= place
            && rest - _segments[count].Length >= _options.RetainedBytes)
        {
            rest -= _segments[count].Length;
            count++;
        }

        if (count == 0)
        {
            return;
        }

        // Told before it is done, so that a segment that is gone is known to be released and not lost.
        Add(RecordFrame.Released, _segments[count].Number, payload: []);
        Flush();
        OrFail(() => Delete(count));
    }

    public void Dispose()
    {
        foreach (var segment in _segments)
        {
            segment.Dispose();
        }

        _failure ??= new ObjectDisposedException(nameof(Journal));
    }

    private JournalPosition Add(uint kind, ulong place, ReadOnlySpan<byte> payload)
    {
        ThrowIfUnusable();
        var needed = RecordFrame.TotalBytesOf(payload.Length) + RecordFrame.Bytes;
        if (_segments[^1].End + _pendingLength + needed > _segments[^1].Length)
        {
            Flush();
            // A record that is longer than a segment has one of its own.
            OrFail(() => BeginSegment(SegmentHeader.Bytes + needed));
        }

        var position = new JournalPosition(_segments[^1].Number, _segments[^1].End + _pendingLength);
        Write(kind, place, payload);
        return position;
    }

    private void Write(uint kind, ulong place, ReadOnlySpan<byte> payload)
    {
        var segment = _segments[^1];
        var frame = new RecordFrame(RecordFrame.ChecksumOf(payload), payload.Length, kind, _flush, place);
        var length = (int)frame.TotalBytes;
        if (_pendingLength + length > _pending.Length)
        {
            var wanted = Math.Max(2L * _pending.Length, _pendingLength + (long)length);
            Array.Resize(ref _pending, (int)Math.Min(Array.MaxLength, wanted));
        }

        var target = _pending.AsSpan(_pendingLength, length);
        target.Clear();
        frame.Write(target, segment.Header.Salt, segment.End + _pendingLength);
        payload.CopyTo(target[RecordFrame.Bytes..]);
        _pendingLength += length;
    }

    private void BeginSegment(long lengthAtLeast)
    {
        var header = new SegmentHeader(
            Number: _segments.Count == 0 ? 1 : _segments[^1].Number + 1,
            Salt: _options.Salt(),
            PreviousEnd: _segments.Count == 0 ? 0 : _segments[^1].End,
            FirstFlush: _flush,
            Oldest: _segments.Count == 0 ? 1 : _segments[0].Number,
            Length: Math.Max(_options.SegmentBytes, lengthAtLeast));
        _segments.Add(Segment.Create(_disk, header));
    }

    private static StoredRecord ReadDurable(Segment segment, JournalPosition position)
    {
        var reader = new SegmentReader(segment.File, segment.Header.Salt, segment.Length, SegmentReader.NarrowWindow);
        if (reader.FrameAt(position.Offset) is not { } frame
            || reader.PayloadAt(position.Offset, frame) is not { } payload)
        {
            throw new JournalDamagedException(segment.Name, position.Offset, "the record is not readable any more");
        }

        return new StoredRecord(position, frame.Kind, frame.Place, payload);
    }

    private void Delete(int count)
    {
        for (; count > 0; count--)
        {
            var segment = _segments[0];
            segment.Dispose();
            _disk.Delete(segment.Name);
            // One by one, so that a crash never leaves a gap behind a segment that is still there.
            _disk.FlushFolder();
            _segments.RemoveAt(0);
        }
    }

    private void OrFail(Action deed)
    {
        try
        {
            deed();
        }
        catch (Exception failure)
        {
            _failure = failure;
            ThrowIfFailed();
        }
    }

    private void ThrowIfUnusable()
    {
        ThrowIfFailed();
        if (!_isReplayed)
        {
            throw new InvalidOperationException("A journal is replayed before it is used.");
        }
    }

    private void ThrowIfFailed()
    {
        switch (_failure)
        {
            case null:
                return;
            case IOException cause:
                throw new JournalFailedException(cause);
            default:
                ExceptionDispatchInfo.Throw(_failure);
                return;
        }
    }
}
