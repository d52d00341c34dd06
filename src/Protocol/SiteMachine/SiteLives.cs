namespace Holdfast.Protocol;

/// <summary>In which life each site is, in the Global part of the state: a site that lost more than f disks goes on in its
/// next one.</summary>
internal sealed class SiteLives(AuthenticatedMap map)
{
    private readonly StatePart _lives = map.Under(GlobalLayout.Lives);

    public uint Of(SiteId site) =>
        _lives.TryGet(KeyOf(site), out var bytes) ? new WireReader(bytes.Span).UInt32() : Speaker.FirstLife;

    public void Set(SiteId site, uint life)
    {
        var writer = new WireWriter(sizeof(uint));
        writer.UInt32(life);
        _lives.Set(KeyOf(site), writer.ToBytes());
    }

    private static Bytes KeyOf(SiteId site) => new([(byte)site.Index]);
}
