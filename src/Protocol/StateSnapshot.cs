namespace Holdfast.Protocol;

/// <summary>The whole state of a site's machine at one place of its order, immutable. One digest covers both
/// parts.</summary>
public sealed record StateSnapshot(MapSnapshot Global, MapSnapshot Site)
{
    public Digest Digest
    {
        get
        {
            var writer = new WireWriter();
            writer.Text("holdfast state 1");
            writer.Digest(Global.Digest);
            writer.Digest(Site.Digest);
            return Digest.Of(writer);
        }
    }
}
