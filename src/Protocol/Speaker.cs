namespace Holdfast.Protocol;

/// <summary>Starts the bytes that are signed. They begin with kind and version as text, the cluster, the site and its
/// life, and, where one speaks, the replica and its life: so no word counts in another cluster, site or life.</summary>
public sealed record Speaker(Digest Cluster, SiteId Site, uint SiteLife, int Replica, uint ReplicaLife)
{
    public const uint FirstLife = 1;

    public static Speaker Of(Genesis genesis, ReplicaId replica) =>
        new(genesis.Cluster, replica.Site, genesis[replica.Site].Life, replica.Index, FirstLife);

    /// <summary>A writer that holds the beginning; the caller adds the fields of the word.</summary>
    /// <param name="kindAndVersion">Such as "holdfast prepare 1".</param>
    public WireWriter Begin(string kindAndVersion)
    {
        var writer = new WireWriter();
        writer.Text(kindAndVersion);
        writer.Digest(Cluster);
        writer.Site(Site);
        writer.UInt32(SiteLife);
        writer.Byte((byte)Replica);
        writer.UInt32(ReplicaLife);
        return writer;
    }
}
