using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Cryptography;
using Holdfast.Protocol;
using Holdfast.Server.Transport;

namespace Holdfast.Server.Configuration;

/// <summary>The folder of one replica, read and checked: which replica it is, its keys, the system it belongs to.
/// Nothing starts with keys that the topology does not know.</summary>
public sealed class ReplicaHome : IDisposable
{
    private const int Format = 1;

    private ReplicaHome(
        string folder, Topology topology, ReplicaId replica, SigningKey key, FrostShare share, TlsIdentity identity)
    {
        Folder = folder;
        Topology = topology;
        Replica = replica;
        Key = key;
        Share = share;
        Identity = identity;
    }

    public string Folder { get; }

    public Topology Topology { get; }

    public ReplicaId Replica { get; }

    public SigningKey Key { get; }

    public FrostShare Share { get; }

    public TlsIdentity Identity { get; }

    public string StateFolder => Path.Combine(Folder, HomeFiles.StateOf(Topology.Genesis[Replica.Site].Life));

    /// <exception cref="ConfigurationException">Something is missing or does not fit; the sentence says
    /// what.</exception>
    public static ReplicaHome Open(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new ConfigurationException(
                $"Expected a replica's folder at {folder}, found none; name one that 'holdfast init' made.");
        }

        var topology = HomeFiles.ReadTopology(folder);
        var replica = ReadSettings(Path.Combine(folder, HomeFiles.ReplicaSettings), topology);
        try
        {
            var key = KeyFiles.ReadSigningKey(Path.Combine(folder, HomeFiles.ReplicaKey), KeyKind.Replica);
            var share = KeyFiles.ReadSiteShare(Path.Combine(folder, HomeFiles.SiteShare));
            var identity = TlsIdentity.Load(
                Path.Combine(folder, HomeFiles.TransportCertificate), Path.Combine(folder, HomeFiles.TransportKey));
            var home = new ReplicaHome(folder, topology, replica, key, share, identity);
            home.CheckKeys();
            return home;
        }
        catch (KeyFileException failure)
        {
            throw new ConfigurationException(failure.Message, failure);
        }
        catch (Exception failure) when (failure is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(
                $"Expected a transport key and certificate in {folder}, found none that fit "
                + $"({failure.Message.TrimEnd('.')}); restore the folder from where 'holdfast init' made it.",
                failure);
        }
    }

    public void Dispose()
    {
        Key.Dispose();
        Share.Dispose();
        Identity.Dispose();
    }

    internal static string WriteSettings(ReplicaId replica) => new JsonObject
    {
        ["format"] = Format,
        ["site"] = replica.Site.Index,
        ["replica"] = replica.Index,
    }.ToJsonString() + "\n";

    private static ReplicaId ReadSettings(string path, Topology topology)
    {
        try
        {
            var settings = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
            var format = (int)settings["format"]!;
            if (format != Format)
            {
                throw new ConfigurationException(
                    $"Expected format {Format} in {path}, found {format}; use the holdfast version that wrote it, or "
                    + "newer.");
            }

            var replica = new ReplicaId(new((int)settings["site"]!), (int)settings["replica"]!);
            if (replica.Site.Index < 0 || replica.Site.Index >= topology.Sites.Count
                || replica.Index < 0 || replica.Index >= topology.Sites[replica.Site.Index].Replicas.Count)
            {
                throw new ConfigurationException(
                    $"Expected in {path} a replica of the topology beside it, found {replica}; the two files are of "
                    + "different systems.");
            }

            return replica;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException
            or NullReferenceException or InvalidOperationException or FormatException)
        {
            throw new ConfigurationException(
                $"Expected at {path} which replica this folder is for, found nothing usable; restore it from where "
                + "'holdfast init' made it.",
                failure);
        }
    }

    private void CheckKeys()
    {
        var site = Topology.Genesis[Replica.Site];
        RequireFits(HomeFiles.ReplicaKey, Key.PublicKey.Span, site.ReplicaKeys[Replica.Index]);
        RequireFits(HomeFiles.SiteShare, Share.PublicShare.Span, site.PublicShares[Replica.Index]);
        RequireFits(HomeFiles.SiteShare, Share.Site.Group.Span, site.PublicKey);
        RequireFits(HomeFiles.TransportCertificate, Identity.Pin.ToArray(), Topology[Replica].TransportPin);
    }

    private void RequireFits(string file, ReadOnlySpan<byte> found, Bytes expected)
    {
        if (!found.SequenceEqual(expected.Span))
        {
            throw new ConfigurationException(
                $"Expected in {Path.Combine(Folder, file)} the key that the topology names for {Replica} "
                + $"({expected.ToHex()[..16]}...), found another ({Convert.ToHexStringLower(found[..8])}...): "
                + "a foreign key; restore the right folder.");
        }
    }
}
