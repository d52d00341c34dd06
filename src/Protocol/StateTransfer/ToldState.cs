namespace Holdfast.Protocol;

/// <summary>What a site's register tells of the global order: where it was, and the digest of its Global part there and
/// of the log that led there. Equal at all sites for equal places.</summary>
public readonly record struct ToldState(GlobalSequence At, Digest Digest)
{
    /// <param name="chain">The chain digest at the place: with the state alone a site could not go on in the
    /// log.</param>
    public static Digest DigestOf(Digest global, Digest chain)
    {
        var writer = new WireWriter();
        writer.Text("holdfast global state 1");
        writer.Digest(global);
        writer.Digest(chain);
        return Digest.Of(writer);
    }

    public void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Sequence(At);
        writer.Digest(Digest);
    }

    public static ToldState Read(ref WireReader reader) => new(reader.GlobalSequence(), reader.Digest());
}
