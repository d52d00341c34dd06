namespace Holdfast.Protocol;

/// <summary>What a client may do.</summary>
[Flags]
public enum Roles : byte
{
    None = 0,
    Reader = 1,
    Writer = 2,
    Operator = 4,
}

/// <summary>A client that the system knows from the start.</summary>
public sealed record GenesisClient(Bytes PublicKey, Roles Roles);

/// <summary>One site as it starts: its size, its one public key, and for each replica the public part of its share of
/// that key and its own signing key. With f = 0 the only share is the site key.</summary>
public sealed record GenesisSite(
    SiteSize Size, Bytes PublicKey, ValueList<Bytes> PublicShares, ValueList<Bytes> ReplicaKeys)
{
    /// <summary>In which life the site is, as its own operator says: all that its replicas sign names it. Not part of the
    /// genesis, and of no use at other sites: they hear of it in the site's words and in the executed order.</summary>
    public uint Life { get; init; } = Speaker.FirstLife;

    /// <summary>In a later life: it takes part at once, though no update has told of that life. For a system of two sites
    /// alone, whose other site lost nothing: without this one that site could not execute the update.</summary>
    public bool TakesPartAtOnce { get; init; }
}

/// <summary>All that every replica of a system must agree on before the first message. Its digest names the cluster
/// and is bound into every signature.</summary>
/// <param name="Random">32 random bytes: two systems with the same keys are still two clusters.</param>
/// <param name="Preference">The order in which sites lead: view v is led by position v mod S.</param>
/// <param name="Application">Name of the replicated application.</param>
/// <param name="ApplicationVersion">As the application names it, see <see cref="IStateMachine.Version"/>.</param>
public sealed record Genesis(
    Bytes Random,
    ValueList<GenesisSite> Sites,
    ValueList<SiteId> Preference,
    ValueList<GenesisClient> Clients,
    string Application,
    uint ApplicationVersion)
{
    public const int RandomBytes = 32;
    public const int ClientsMax = 1024;
    private const ushort Format = 2;
    private Digest? _cluster;

    // A copy with other fields is another cluster: the cache stays behind.
    private Genesis(Genesis original) =>
        (Random, Sites, Preference, Clients, Application, ApplicationVersion, MachineVersion) = (
            original.Random,
            original.Sites,
            original.Preference,
            original.Clients,
            original.Application,
            original.ApplicationVersion,
            original.MachineVersion);

    /// <summary>The <see cref="SiteMachine.Version"/> that this system runs: bound into the cluster's name, so that
    /// replicas whose machines differ are of different clusters and refuse each other.</summary>
    public uint MachineVersion { get; init; } = SiteMachine.Version;

    public Digest Cluster => _cluster ??= Digest.Of(Encode().Span);

    public WideAreaSize Size => new(Sites.Count);

    public GenesisSite this[SiteId site] => Sites[site.Index];

    public SiteId LeadingSite(GlobalView view) => Preference[(int)(view.Number % (ulong)Preference.Count)];

    public bool Equals(Genesis? other) => other is not null && Cluster == other.Cluster;

    public override int GetHashCode() => ApplicationVersion.GetHashCode();

    public Bytes Encode()
    {
        var writer = new WireWriter();
        writer.Text("holdfast genesis");
        writer.UInt16(Format);
        writer.Fixed(Random.Span);
        writer.Count(Sites.Count);
        foreach (var site in Sites)
        {
            writer.Byte((byte)site.Size.Faults);
            writer.Fixed(site.PublicKey.Span);
            for (var replica = 0; replica < site.Size.Replicas; replica++)
            {
                writer.Fixed(site.PublicShares[replica].Span);
                writer.Fixed(site.ReplicaKeys[replica].Span);
            }
        }

        writer.Count(Preference.Count);
        foreach (var site in Preference)
        {
            writer.Site(site);
        }

        writer.Count(Clients.Count);
        foreach (var client in Clients)
        {
            writer.Fixed(client.PublicKey.Span);
            writer.Byte((byte)client.Roles);
        }

        writer.Text(Application);
        writer.UInt32(ApplicationVersion);
        writer.UInt32(MachineVersion);
        return writer.ToBytes();
    }

    /// <summary>The same system, seen from a site in a later life.</summary>
    public Genesis WithLife(SiteId site, uint life, bool takesPartAtOnce = false) => this with
    {
        Sites = ValueList.From(Sites.Select((one, index) =>
            index == site.Index ? one with { Life = life, TakesPartAtOnce = takesPartAtOnce } : one)),
    };

    /// <summary>Null if the bytes are not a genesis of a format that this version knows.</summary>
    public static Genesis? Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        if (reader.Text(64) != "holdfast genesis" || reader.UInt16() != Format)
        {
            return null;
        }

        var random = reader.Fixed(RandomBytes);
        var sites = new GenesisSite[reader.Count(Limits.Sites)];
        for (var site = 0; site < sites.Length; site++)
        {
            sites[site] = ReadSite(ref reader);
        }

        var preference = new SiteId[reader.Count(Limits.Sites)];
        for (var position = 0; position < preference.Length; position++)
        {
            preference[position] = reader.Site();
        }

        var clients = new GenesisClient[reader.Count(ClientsMax)];
        for (var client = 0; client < clients.Length; client++)
        {
            clients[client] = new(reader.Fixed(Limits.PublicKeyBytes), (Roles)reader.Byte());
        }

        var genesis = new Genesis(
            random, new(sites), new(preference), new(clients), reader.Text(IStateMachine.NameLengthMax), reader.UInt32())
        {
            MachineVersion = reader.UInt32(),
        };
        return reader.Finished && genesis.IsSound() ? genesis : null;
    }

    private static GenesisSite ReadSite(ref WireReader reader)
    {
        var size = new SiteSize(Math.Min(reader.Byte(), (byte)Limits.FaultsPerSite));
        var publicKey = reader.Fixed(Limits.PublicKeyBytes);
        var shares = new Bytes[size.Replicas];
        var keys = new Bytes[size.Replicas];
        for (var replica = 0; replica < size.Replicas; replica++)
        {
            shares[replica] = reader.Fixed(Limits.PublicKeyBytes);
            keys[replica] = reader.Fixed(Limits.PublicKeyBytes);
        }

        return new(size, publicKey, new(shares), new(keys));
    }

    private bool IsSound() =>
        Sites.Count is > 0 and <= Limits.Sites
        && Preference.Order().SequenceEqual(Enumerable.Range(0, Sites.Count).Select(index => new SiteId(index)));
}
