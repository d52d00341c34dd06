namespace Holdfast.Protocol;

/// <summary>The whole state of a site's machine at one place of its order, immutable. One digest covers both
/// parts.</summary>
public sealed record StateSnapshot(MapSnapshot Global, MapSnapshot Site)
{
    public Digest Digest => DigestOf(Global.Digest, Site.Digest);

    /// <summary>The digest of the whole, from those of its parts.</summary>
    public static Digest DigestOf(Digest global, Digest site)
    {
        var writer = new WireWriter();
        writer.Text("holdfast state 1");
        writer.Digest(global);
        writer.Digest(site);
        return Digest.Of(writer);
    }
}
