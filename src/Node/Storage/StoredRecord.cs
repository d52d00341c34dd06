namespace Holdfast.Node.Storage;

/// <summary>Where a record lies: the number of its segment and the offset in it, in bytes.</summary>
public readonly record struct JournalPosition(ulong Segment, long Offset);

/// <summary>One record as it was appended.</summary>
/// <param name="Position">Where it lies; good for <see cref="Journal.Read"/> until its segment is released.</param>
/// <param name="Kind">What it is, in the caller's numbering.</param>
/// <param name="Place">The site sequence that it concerns.</param>
/// <param name="Payload">The caller's bytes; owned by the record.</param>
public readonly record struct StoredRecord(
    JournalPosition Position,
    uint Kind,
    ulong Place,
    ReadOnlyMemory<byte> Payload);

/// <summary>What <see cref="Journal.Replay"/> met.</summary>
/// <param name="Records">Records handed over.</param>
/// <param name="CutBytes">Bytes of an unfinished last flush that were cut off; 0 after a clean stop.</param>
public readonly record struct JournalReplay(long Records, long CutBytes);

/// <summary>How a journal is laid out.</summary>
public sealed record JournalOptions
{
    public const long SegmentBytesMin = 4096;

    /// <summary>Preallocated length of a segment; one that holds a longer record is as long as that needs.</summary>
    public long SegmentBytes { get; init; } = 64L << 20;

    /// <summary>Released segments are kept while all segments together are not longer than this.</summary>
    public long RetainedBytes { get; init; } = 64L << 20;

    /// <summary>
    /// Gives each new segment an unpredictable number that goes into every checksum, so that neither old bytes nor a
    /// record that a client hides in a payload passes for a record of the segment.
    /// </summary>
    public required Func<ulong> Salt { get; init; }
}
