using Holdfast.Protocol;

namespace Holdfast.Server.Configuration;

/// <summary>The names in a system's folder, as <c>init</c> lays it out and the other commands look for it.</summary>
public static class HomeFiles
{
    public const string Topology = "topology.json";
    public const string ReplicaKey = "replica.key";
    public const string SiteShare = "site.share";
    public const string TransportCertificate = "tls.crt";
    public const string TransportKey = "tls.key";
    public const string ClientKey = "client.key";
    public const string OperatorKey = "operator.key";
    public const string State = "state";

    /// <summary>The state folder of a site's life: what an earlier one left is never read by the next.</summary>
    public static string StateOf(uint siteLife) =>
        siteLife == Protocol.Speaker.FirstLife ? State : $"{State}-{siteLife}";

    /// <summary>A folder in the state folder, with one file for each piece of evidence.</summary>
    public const string Evidence = "evidence";
    public const string ReplicaSettings = "replica.json";

    public static string ReplicaHome(string system, ReplicaId replica) =>
        Path.Combine(system, $"site-{replica.Site.Index}", $"replica-{replica.Index}");

    public static string ClientHome(string system, string name) => Path.Combine(system, "clients", name);

    public static string OperatorHome(string system) => Path.Combine(system, "operator");

    public static string SitePublicKey(string system, SiteId site) => Path.Combine(system, $"site-{site.Index}.pem");

    /// <exception cref="ConfigurationException">There is none, or it cannot be used.</exception>
    public static Topology ReadTopology(string folder) => ReadTopologyFile(Path.Combine(folder, Topology));

    /// <exception cref="ConfigurationException">There is none, or it cannot be used.</exception>
    public static Topology ReadTopologyFile(string path)
    {
        try
        {
            return TopologyText.Read(File.ReadAllText(path));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(
                $"Expected a topology at {path}, found none that can be read; run 'holdfast init' or name another "
                + "folder.",
                failure);
        }
        catch (TopologyException failure)
        {
            throw new ConfigurationException($"{path}: {failure.Message}", failure);
        }
    }
}
