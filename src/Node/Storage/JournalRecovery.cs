namespace Holdfast.Node.Storage;

/// <summary>
/// Reads a journal from its first record to its last, and tells an unfinished last flush, which is cut, from damage,
/// which is refused.
/// </summary>
/// <remarks>
/// A flush writes its records and a <see cref="RecordFrame.FlushEnd"/>; the next one is written only after it has
/// succeeded. So where flush k is broken and any frame of a later flush stands behind it, flush k was durable once:
/// damage. Where none does, it is the flush that the crash interrupted (or the very last one, damaged later: these two
/// look alike on any disk).
/// </remarks>
internal sealed class JournalRecovery(IDisk disk, Action<StoredRecord> handOver)
{
    private bool _insideFlush;
    private ulong _oldest = 1;
    private long _records;
    private long _cutBytes;

    public List<Segment> Segments { get; } = [];

    /// <summary>The flush that the next record belongs to.</summary>
    public ulong Flush { get; private set; } = 1;

    public JournalReplay Run()
    {
        OpenSegments();
        for (var index = 0; index < Segments.Count; index++)
        {
            var isLast = index == Segments.Count - 1;
            var reader = Begin(Segments[index], isFirst: index == 0);
            if (isLast)
            {
                ReadToEnd(Segments[index], reader);
            }
            else
            {
                ReadWhole(Segments[index], reader, Segments[index + 1].Header.PreviousEnd);
            }
        }

        SettleReleased();
        return new JournalReplay(_records, _cutBytes);
    }

    private void OpenSegments()
    {
        var numbers = disk.List().Select(Segment.NumberIn).OfType<ulong>().Order().ToArray();
        for (var index = 0; index < numbers.Length; index++)
        {
            if (numbers[index] != numbers[0] + (ulong)index)
            {
                throw new JournalDamagedException(Segment.NameOf(numbers[0] + (ulong)index), 0, "the file is missing");
            }

            OpenSegment(numbers[index], isLast: index == numbers.Length - 1);
        }
    }

    private void OpenSegment(ulong number, bool isLast)
    {
        var name = Segment.NameOf(number);
        if (ReadHeader(name, out var mayHaveRecords) is { } header)
        {
            var segment = new Segment(disk.Open(name), name, header);
            Segments.Add(segment);
            CheckHeader(name, header, number, segment.File.Length);
        }
        else if (isLast && !mayHaveRecords)
        {
            // Records are written only to a segment whose header is durable: this one was begun, and no more.
            disk.Delete(name);
            disk.FlushFolder();
        }
        else
        {
            throw new JournalDamagedException(name, 0, "the header is not readable");
        }
    }

    private SegmentHeader? ReadHeader(string name, out bool mayHaveRecords)
    {
        using var file = disk.Open(name);
        var bytes = new byte[SegmentHeader.Bytes];
        if (file.ReadAt(0, bytes) == bytes.Length && SegmentHeader.Read(bytes, name) is { } header)
        {
            mayHaveRecords = true;
            return header;
        }

        var reader = new SegmentReader(file, salt: 0, file.Length, SegmentReader.WideWindow);
        mayHaveRecords = reader.WrittenEnd(SegmentHeader.Bytes) > SegmentHeader.Bytes;
        return null;
    }

    private static void CheckHeader(string name, SegmentHeader header, ulong number, long length)
    {
        if (header.Number != number)
        {
            throw new JournalDamagedException(name, 0, $"the header is that of segment {header.Number}");
        }

        if (length < header.Length)
        {
            throw new JournalDamagedException(name, length, $"the file ends here; it was {header.Length} bytes long");
        }
    }

    private SegmentReader Begin(Segment segment, bool isFirst)
    {
        var header = segment.Header;
        if (isFirst)
        {
            Flush = header.FirstFlush;
        }
        else if (header.FirstFlush != Flush)
        {
            throw new JournalDamagedException(
                segment.Name, 0, $"it begins with flush {header.FirstFlush}, but flush {Flush} comes next");
        }

        _oldest = Math.Max(_oldest, header.Oldest);
        return new SegmentReader(segment.File, header.Salt, segment.Length, SegmentReader.WideWindow);
    }

    private void ReadWhole(Segment segment, SegmentReader reader, long end)
    {
        while (segment.End < end && TryReadRecord(segment, reader))
        {
        }

        if (segment.End != end || _insideFlush)
        {
            throw new JournalDamagedException(
                segment.Name, segment.End, $"no valid record, but the records go on to offset {end}");
        }
    }

    private void ReadToEnd(Segment segment, SegmentReader reader)
    {
        while (TryReadRecord(segment, reader))
        {
        }

        var end = reader.WrittenEnd(segment.End);
        var lastFlush = reader.LastFlushIn(segment.End, end);
        if (lastFlush > Flush)
        {
            throw new JournalDamagedException(
                segment.Name, segment.End, $"no valid record of flush {Flush}, but flush {lastFlush} stands behind it");
        }

        _cutBytes = end - segment.End;
        Cut(segment, end);
    }

    /// <summary>Hands over the next record and moves the segment's end behind it.</summary>
    private bool TryReadRecord(Segment segment, SegmentReader reader)
    {
        var offset = segment.End;
        if (reader.FrameAt(offset) is not { } frame
            || frame.Flush != Flush
            || reader.PayloadAt(offset, frame) is not { } payload)
        {
            return false;
        }

        segment.End += frame.TotalBytes;
        _insideFlush = frame.Kind != RecordFrame.FlushEnd;
        if (frame.Kind == RecordFrame.FlushEnd)
        {
            Flush++;
        }
        else if (frame.Kind == RecordFrame.Released)
        {
            _oldest = Math.Max(_oldest, frame.Place);
        }
        else
        {
            segment.PlaceMax = Math.Max(segment.PlaceMax, frame.Place);
            _records++;
            handOver(new StoredRecord(new JournalPosition(segment.Number, offset), frame.Kind, frame.Place, payload));
        }

        return true;
    }

    /// <summary>
    /// Wipes what the interrupted flush left behind its last whole record, so that it cannot come back behind records
    /// written later, and makes what is kept durable: after a mere crash of the process it may never have been.
    /// </summary>
    private void Cut(Segment segment, long writtenEnd)
    {
        var zeros = new byte[Math.Min(1 << 20, writtenEnd - segment.End)];
        for (var offset = segment.End; offset < writtenEnd; offset += zeros.Length)
        {
            segment.File.WriteAt(offset, zeros.AsSpan(0, (int)Math.Min(zeros.Length, writtenEnd - offset)));
        }

        if (_insideFlush)
        {
            var end = new byte[RecordFrame.Bytes];
            new RecordFrame(0, 0, RecordFrame.FlushEnd, Flush, 0).Write(end, segment.Header.Salt, segment.End);
            segment.File.WriteAt(segment.End, end);
            segment.End += end.Length;
            _insideFlush = false;
            Flush++;
        }

        segment.File.Flush();
    }

    /// <summary>Ends a release that a crash interrupted, and sees that nothing else is missing at the front.</summary>
    private void SettleReleased()
    {
        if (Segments.Count > 0 && Segments[0].Number > _oldest)
        {
            throw new JournalDamagedException(Segment.NameOf(_oldest), 0, "the file is missing");
        }

        while (Segments.Count > 1 && Segments[0].Number < _oldest)
        {
            Segments[0].Dispose();
            disk.Delete(Segments[0].Name);
            disk.FlushFolder();
            Segments.RemoveAt(0);
        }
    }
}
