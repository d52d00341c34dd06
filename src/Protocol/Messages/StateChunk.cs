namespace Holdfast.Protocol.Messages;

/// <summary>A piece of a chunk of a state; nearly always all of it. The chunk proves itself: the two digests hash to the
/// one that is known beforehand, and it is checked against the digest of its part.</summary>
/// <param name="Global">Digest of the Global part.</param>
/// <param name="Beside">Digest of the Site part, or the chain digest beside a Global part.</param>
/// <param name="Entries">How many entries both parts have together, as the source says: for the eye alone.</param>
/// <param name="From">The key at which the chunk begins.</param>
/// <param name="Length">Of the whole chunk, as <see cref="MapChunk"/> writes it.</param>
/// <param name="Offset">Where in the chunk this piece begins.</param>
public sealed record StateChunk(
    StatePlace Place,
    Digest Global,
    Digest Beside,
    uint Entries,
    StateSection Section,
    Bytes From,
    uint Length,
    uint Offset,
    Bytes Piece)
    : SiteWord
{
    public override SiteWordKind Kind => SiteWordKind.StateChunk;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Place.Write(writer);
        writer.Digest(Global);
        writer.Digest(Beside);
        writer.UInt32(Entries);
        writer.Byte((byte)Section);
        writer.Bytes(From);
        writer.UInt32(Length);
        writer.UInt32(Offset);
        writer.Bytes(Piece);
    }

    public static StateChunk? Read(ref WireReader reader)
    {
        var word = new StateChunk(
            StatePlace.Read(ref reader),
            reader.Digest(),
            reader.Digest(),
            reader.UInt32(),
            (StateSection)reader.Byte(),
            reader.Bytes(Limits.EncodedKeyBytes),
            reader.UInt32(),
            reader.UInt32(),
            reader.Bytes(Limits.StatePieceBytes));

        // Each piece is as long as it may be, or a source could spin out a chunk for as long as it likes.
        var isFull = word.Length <= Limits.EncodedChunkBytes
            && word.Offset < word.Length
            && word.Piece.Length == Math.Min(Limits.StatePieceBytes, word.Length - word.Offset);
        return reader.Finished && isFull && word.Section <= StateSection.Site ? word : null;
    }
}
