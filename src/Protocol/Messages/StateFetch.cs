namespace Holdfast.Protocol.Messages;

/// <summary>The two parts of a machine's state, as they are fetched: one after the other.</summary>
public enum StateSection : byte
{
    Global = 0,
    Site = 1,
}

/// <summary>A replica beyond the logs' reach asks one peer for a piece of the state at a stable checkpoint.</summary>
/// <param name="From">The first key that is wanted.</param>
/// <param name="Chunks">So many chunks from there on. With none the peer is only asked to keep that state.</param>
public sealed record StateFetch(SiteSequence Sequence, StateSection Section, Bytes From, byte Chunks) : SiteWord
{
    public override SiteWordKind Kind => SiteWordKind.StateFetch;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Sequence(Sequence);
        writer.Byte((byte)Section);
        writer.Bytes(From);
        writer.Byte(Chunks);
    }

    public static StateFetch? Read(ref WireReader reader)
    {
        var (sequence, section) = (reader.SiteSequence(), (StateSection)reader.Byte());
        var word = new StateFetch(sequence, section, reader.Bytes(Limits.EncodedKeyBytes), reader.Byte());
        var isSound = section <= StateSection.Site && word.Chunks <= Limits.StateChunksPerFetch;
        return reader.Finished && isSound ? word : null;
    }
}
