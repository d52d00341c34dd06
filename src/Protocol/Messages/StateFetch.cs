namespace Holdfast.Protocol.Messages;

/// <summary>The two parts of a machine's state, as they are fetched: one after the other.</summary>
public enum StateSection : byte
{
    Global = 0,
    Site = 1,
}

/// <summary>Who is beyond the logs' reach asks for a piece of a state: a peer for the one at a stable checkpoint,
/// anybody for the Global part at a place that a site has told.</summary>
/// <param name="From">The first key that is wanted.</param>
/// <param name="Chunks">So many chunks from there on. With none it is only asked to keep that state.</param>
public sealed record StateFetch(StatePlace Place, StateSection Section, Bytes From, byte Chunks) : SiteWord
{
    public override SiteWordKind Kind => SiteWordKind.StateFetch;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Place.Write(writer);
        writer.Byte((byte)Section);
        writer.Bytes(From);
        writer.Byte(Chunks);
    }

    public static StateFetch? Read(ref WireReader reader)
    {
        var (place, section) = (StatePlace.Read(ref reader), (StateSection)reader.Byte());
        var word = new StateFetch(place, section, reader.Bytes(Limits.EncodedKeyBytes), reader.Byte());
        var isSound = section <= StateSection.Site && word.Chunks <= Limits.StateChunksPerFetch;
        return reader.Finished && isSound ? word : null;
    }
}
