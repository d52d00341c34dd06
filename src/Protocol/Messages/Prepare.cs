namespace Holdfast.Protocol.Messages;

/// <summary>A backup's vote that it accepted the primary's offer, and has it on disk.</summary>
public sealed record Prepare(SiteView View, SiteSequence Sequence, Digest Digest) : SiteWord
{
    public override SiteWordKind Kind => SiteWordKind.Prepare;

    public override string SignedAs => "holdfast prepare 1";

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.View(View);
        writer.Sequence(Sequence);
        writer.Digest(Digest);
    }

    public static Prepare? Read(ref WireReader reader)
    {
        var word = new Prepare(reader.SiteView(), reader.SiteSequence(), reader.Digest());
        return reader.Finished ? word : null;
    }
}
