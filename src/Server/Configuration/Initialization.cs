using Holdfast.Cryptography;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;
using Holdfast.Server.Storage;
using Holdfast.Server.Transport;

namespace Holdfast.Server.Configuration;

/// <summary>What a new system looks like.</summary>
public sealed record SystemPlan
{
    /// <summary>Faults that each site tolerates, one number for each site.</summary>
    public required IReadOnlyList<int> Faults { get; init; }

    /// <summary>Where the replicas run: one name for all, one for each site, or one for each replica, site after
    /// site.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = ["127.0.0.1"];

    /// <summary>Replica r of site s listens for peers at this + 100 s + 2 r, for clients one above.</summary>
    public int FirstPort { get; init; } = 7400;

    public string Application { get; init; } = new KeyValueStore().Name;

    public uint ApplicationVersion { get; init; } = new KeyValueStore().Version;

    internal int Replicas => ReplicasBefore(Faults.Count);

    internal string HostOf(ReplicaId replica) =>
        Hosts.Count == 1 ? Hosts[0]
        : Hosts.Count == Faults.Count ? Hosts[replica.Site.Index]
        : Hosts[ReplicasBefore(replica.Site.Index) + replica.Index];

    private int ReplicasBefore(int site) => Faults.Take(site).Sum(faults => new SiteSize(faults).Replicas);
}

/// <summary>Makes a new system: a topology, a folder with keys for each replica, for a first client and for the
/// operator. The site keys are dealt here and written as shares only; the folders are then copied to their
/// hosts.</summary>
public static class Initialization
{
    /// <exception cref="ConfigurationException">The plan cannot be carried out; nothing that was there is
    /// overwritten.</exception>
    public static Topology Run(string system, SystemPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        Check(system, plan);

        // Made beside its place and moved there whole: a crash in the middle leaves no half system behind.
        var draft = system.TrimEnd(Path.DirectorySeparatorChar) + ".new";
        if (Directory.Exists(draft))
        {
            Directory.Delete(draft, recursive: true);
        }

        OwnerOnly.CreateFolder(draft);
        var topology = Make(draft, plan);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(system))!);
        if (Directory.Exists(system))
        {
            Directory.Delete(system);
        }

        Directory.Move(draft, system);
        return topology;
    }

    /// <summary>Makes a client's folder with a new key. The system knows it only when its operator says so.</summary>
    public static void MakeClient(string system, string name)
    {
        using var key = SigningKey.Generate(Randomness.System);
        var home = HomeFiles.ClientHome(system, name);
        WriteSigner(home, HomeFiles.ClientKey, KeyKind.Client, key);
        File.Copy(Path.Combine(system, HomeFiles.Topology), Path.Combine(home, HomeFiles.Topology));
    }

    private static void Check(string system, SystemPlan plan)
    {
        var sites = plan.Faults.Count;
        if (sites is < 1 or > Limits.Sites)
        {
            throw new ConfigurationException(
                $"Expected 1 to {Limits.Sites} sites, found {sites}; choose another --sites.");
        }

        if (plan.Faults.Any(faults => faults is < 0 or > Limits.FaultsPerSite))
        {
            throw new ConfigurationException(
                $"Expected 0 to {Limits.FaultsPerSite} faults for each site; choose another --faults.");
        }

        if (plan.Hosts.Count != 1 && plan.Hosts.Count != sites && plan.Hosts.Count != plan.Replicas)
        {
            throw new ConfigurationException(
                $"Expected one host, {sites} (one for each site) or {plan.Replicas} (one for each replica, site after site), "
                + $"found {plan.Hosts.Count}; give as many after --host.");
        }

        if (plan.FirstPort < 1 || plan.FirstPort + (100 * sites) > ushort.MaxValue)
        {
            throw new ConfigurationException(
                $"Expected a first port between 1 and {ushort.MaxValue - (100 * sites)}, found {plan.FirstPort}.");
        }

        if (File.Exists(system) || (Directory.Exists(system) && Directory.EnumerateFileSystemEntries(system).Any()))
        {
            throw new ConfigurationException(
                $"Expected no folder or an empty one at {system}, found files there; name another with --out, or "
                + "remove it.");
        }
    }

    private static Topology Make(string draft, SystemPlan plan)
    {
        var genesisSites = new List<GenesisSite>();
        var addresses = new List<SiteAddresses>();
        for (var site = 0; site < plan.Faults.Count; site++)
        {
            var (genesisSite, siteAddresses) = MakeSite(draft, plan, new SiteId(site));
            genesisSites.Add(genesisSite);
            addresses.Add(siteAddresses);
        }

        using var client = SigningKey.Generate(Randomness.System);
        using var operatorKey = SigningKey.Generate(Randomness.System);
        var random = new byte[Genesis.RandomBytes];
        Randomness.System(random);
        var genesis = new Genesis(
            new Bytes(random),
            ValueList.From(genesisSites),
            ValueList.From(Enumerable.Range(0, plan.Faults.Count).Select(site => new SiteId(site))),
            [
                new(Bytes.Copy(client.PublicKey.Span), Roles.Reader | Roles.Writer),
                new(Bytes.Copy(operatorKey.PublicKey.Span), Roles.Reader | Roles.Operator),
            ],
            plan.Application,
            plan.ApplicationVersion);
        var topology = new Topology(genesis, ValueList.From(addresses));

        WriteSigner(HomeFiles.ClientHome(draft, "first"), HomeFiles.ClientKey, KeyKind.Client, client);
        WriteSigner(HomeFiles.OperatorHome(draft), HomeFiles.OperatorKey, KeyKind.Operator, operatorKey);
        WriteTopology(draft, topology);
        return topology;
    }

    private static (GenesisSite Genesis, SiteAddresses Addresses) MakeSite(string draft, SystemPlan plan, SiteId site)
    {
        var size = new SiteSize(plan.Faults[site.Index]);
        using var deal = Dealer.Deal(size.Replicas, size.OneCorrect, SiteStatement.FirstKeyEpoch, Randomness.System);
        KeyFiles.WritePublicKey(HomeFiles.SitePublicKey(draft, site), deal.Site.Group.Span);
        var keys = new Bytes[size.Replicas];
        var addresses = new ReplicaAddress[size.Replicas];
        for (var replica = 0; replica < size.Replicas; replica++)
        {
            var home = HomeFiles.ReplicaHome(draft, new(site, replica));
            OwnerOnly.CreateFolder(home);
            using var key = SigningKey.Generate(Randomness.System);
            KeyFiles.WriteSigningKey(Path.Combine(home, HomeFiles.ReplicaKey), KeyKind.Replica, key);
            KeyFiles.WriteSiteShare(Path.Combine(home, HomeFiles.SiteShare), deal.Shares[replica]);
            using var identity = TlsIdentity.Create($"replica {site.Index}.{replica}");
            identity.Save(
                Path.Combine(home, HomeFiles.TransportCertificate), Path.Combine(home, HomeFiles.TransportKey));
            keys[replica] = Bytes.Copy(key.PublicKey.Span);
            var port = plan.FirstPort + (100 * site.Index) + (2 * replica);
            addresses[replica] = new(
                plan.HostOf(new(site, replica)), port, port + 1, new Bytes(identity.Pin.ToArray()));
        }

        var shares = Enumerable.Range(1, size.Replicas).Select(member => Bytes.Copy(deal.Site.ShareOf(member).Span));
        var genesis = new GenesisSite(size, Bytes.Copy(deal.Site.Group.Span), ValueList.From(shares), new(keys));
        return (genesis, new SiteAddresses($"site-{site.Index}", new(addresses)));
    }

    private static void WriteSigner(string home, string file, KeyKind kind, SigningKey key)
    {
        OwnerOnly.CreateFolder(home);
        KeyFiles.WriteSigningKey(Path.Combine(home, file), kind, key);
    }

    /// <summary>Every folder gets its own copy: each is carried to another host.</summary>
    private static void WriteTopology(string draft, Topology topology)
    {
        var text = TopologyText.Write(topology);
        var homes = new List<string> { draft, HomeFiles.ClientHome(draft, "first"), HomeFiles.OperatorHome(draft) };
        for (var site = 0; site < topology.Sites.Count; site++)
        {
            for (var replica = 0; replica < topology.Sites[site].Replicas.Count; replica++)
            {
                var home = HomeFiles.ReplicaHome(draft, new(new(site), replica));
                File.WriteAllText(
                    Path.Combine(home, HomeFiles.ReplicaSettings), ReplicaHome.WriteSettings(new(new(site), replica)));
                homes.Add(home);
            }
        }

        foreach (var home in homes)
        {
            File.WriteAllText(Path.Combine(home, HomeFiles.Topology), text);
        }
    }
}
