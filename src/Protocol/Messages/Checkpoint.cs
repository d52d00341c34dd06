namespace Holdfast.Protocol.Messages;

/// <summary>A replica's word that its machine's state after this place has this digest.</summary>
public sealed record Checkpoint(SiteSequence Sequence, Digest State) : SiteWord
{
    public override SiteWordKind Kind => SiteWordKind.Checkpoint;

    public override string SignedAs => "holdfast checkpoint 1";

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Sequence(Sequence);
        writer.Digest(State);
    }

    public static Checkpoint? Read(ref WireReader reader)
    {
        var word = new Checkpoint(reader.SiteSequence(), reader.Digest());
        return reader.Finished ? word : null;
    }
}
