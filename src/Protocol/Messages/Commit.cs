namespace Holdfast.Protocol.Messages;

/// <summary>A replica's word that the batch is prepared at it, and the certificate on its disk. Not signed: it never
/// has to convince a third party.</summary>
public sealed record Commit(SiteView View, SiteSequence Sequence, Digest Digest) : SiteWord
{
    public override SiteWordKind Kind => SiteWordKind.Commit;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.View(View);
        writer.Sequence(Sequence);
        writer.Digest(Digest);
    }

    public static Commit? Read(ref WireReader reader)
    {
        var word = new Commit(reader.SiteView(), reader.SiteSequence(), reader.Digest());
        return reader.Finished ? word : null;
    }
}
