using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.Protocol;

/// <summary>A topology file cannot be used; the message says what was expected, what was found and what to
/// do.</summary>
public sealed class TopologyException(string message) : Exception(message);

/// <summary>Writes and reads the topology as the JSON text that an operator keeps beside the keys.</summary>
public static class TopologyText
{
    public const int Format = 2;
    private const int ReasonLengthMax = 120;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static string Write(Topology topology)
    {
        ArgumentNullException.ThrowIfNull(topology);
        var genesis = topology.Genesis;
        var sites = new JsonArray();
        for (var site = 0; site < genesis.Sites.Count; site++)
        {
            sites.Add(WriteSite(genesis.Sites[site], topology.Sites[site]));
        }

        var clients = genesis.Clients.Select(client => (JsonNode)new JsonObject
        {
            ["key"] = client.PublicKey.ToHex(),
            ["roles"] = client.Roles.ToString(),
        });
        var document = new JsonObject
        {
            ["format"] = Format,
            ["cluster"] = genesis.Cluster.ToHex(),
            ["random"] = genesis.Random.ToHex(),
            ["application"] = genesis.Application,
            ["applicationVersion"] = genesis.ApplicationVersion,
            ["machineVersion"] = genesis.MachineVersion,
            ["preference"] = new JsonArray([.. genesis.Preference.Select(site => (JsonNode)site.Index)]),
            ["sites"] = sites,
            ["clients"] = new JsonArray([.. clients]),
        };
        return document.ToJsonString(Indented) + "\n";
    }

    /// <exception cref="TopologyException">The text is not a topology of the known format, or contradicts
    /// itself.</exception>
    public static Topology Read(string text)
    {
        try
        {
            return Read(JsonNode.Parse(text)?.AsObject() ?? throw Wrong("an object", "nothing"));
        }
        catch (Exception failure) when (failure is JsonException or FormatException or InvalidOperationException
            or OverflowException or ArgumentException)
        {
            throw Wrong("a topology written by 'holdfast init'", Short(failure.Message));
        }
    }

    /// <summary>What a parser says of a text may hold much of that text.</summary>
    private static string Short(string message)
    {
        var line = message.Split('\n')[0].TrimEnd('\r', '.');
        return line.Length <= ReasonLengthMax ? line : $"{line[..ReasonLengthMax]} ...";
    }

    private static JsonObject WriteSite(GenesisSite site, SiteAddresses addresses)
    {
        var replicas = new JsonArray();
        for (var replica = 0; replica < site.Size.Replicas; replica++)
        {
            var address = addresses.Replicas[replica];
            replicas.Add(new JsonObject
            {
                ["host"] = address.Host,
                ["peerPort"] = address.PeerPort,
                ["clientPort"] = address.ClientPort,
                ["transportPin"] = address.TransportPin.ToHex(),
                ["key"] = site.ReplicaKeys[replica].ToHex(),
                ["publicShare"] = site.PublicShares[replica].ToHex(),
            });
        }

        var written = new JsonObject
        {
            ["name"] = addresses.Name,
            ["faults"] = site.Size.Faults,
            ["publicKey"] = site.PublicKey.ToHex(),
        };
        if (site.Life > Speaker.FirstLife)
        {
            written["life"] = site.Life;
            written["takesPartAtOnce"] = site.TakesPartAtOnce;
        }

        written["replicas"] = replicas;
        return written;
    }

    private static Topology Read(JsonObject document)
    {
        var format = Number(document, "format");
        if (format != Format)
        {
            throw Wrong($"format {Format}", $"format {format}; use the holdfast version that made this system");
        }

        var sites = Array(document, "sites").Select(node => ReadSite(node!.AsObject())).ToArray();
        var preference = Array(document, "preference").Select(node => new SiteId((int)node!)).ToArray();
        var clients = Array(document, "clients").Select(node => new GenesisClient(
            Key(node!.AsObject(), "key"), Enum.Parse<Roles>(Text(node.AsObject(), "roles"))));
        var genesis = new Genesis(
            Key(document, "random"),
            new([.. sites.Select(site => site.Genesis)]),
            new(preference),
            ValueList.From(clients),
            Text(document, "application"),
            (uint)Number(document, "applicationVersion"))
        {
            MachineVersion = (uint)Number(document, "machineVersion"),
        };

        // The codec of the genesis knows what is sound; what it would refuse, nobody may start with.
        var sound = Genesis.Decode(genesis.Encode().Span)
            ?? throw Wrong("a sound list of sites and preferences", "another");
        if (sound.Cluster.ToHex() != Text(document, "cluster"))
        {
            throw Wrong($"cluster {sound.Cluster.ToHex()}, the digest of its contents", "another: the file was edited");
        }

        var pins = sites.SelectMany(static site => site.Addresses.Replicas).Select(static one => one.TransportPin);
        if (pins.GroupBy(static pin => pin).FirstOrDefault(static same => same.Skip(1).Any()) is { } twice)
        {
            throw Wrong("a transport key of its own for each replica", $"pin {twice.Key.ToHex()[..16]} twice");
        }

        // Lives are no part of the genesis: they go on while the system stays the same.
        for (var site = 0; site < sites.Length; site++)
        {
            var (life, atOnce) = (sites[site].Genesis.Life, sites[site].Genesis.TakesPartAtOnce);
            sound = life == Speaker.FirstLife ? sound : sound.WithLife(new(site), life, atOnce);
        }

        return new Topology(sound, new([.. sites.Select(site => site.Addresses)]));
    }

    private static (GenesisSite Genesis, SiteAddresses Addresses) ReadSite(JsonObject site)
    {
        var replicas = Array(site, "replicas").Select(node => node!.AsObject()).ToArray();
        var faults = Number(site, "faults");
        if (faults is < 0 or > Limits.FaultsPerSite || replicas.Length != new SiteSize((int)faults).Replicas)
        {
            throw Wrong("3f + 1 replicas in each site", $"faults = {faults} and {replicas.Length} replicas");
        }

        var genesis = new GenesisSite(
            new((int)faults),
            Key(site, "publicKey"),
            ValueList.From(replicas.Select(replica => Key(replica, "publicShare"))),
            ValueList.From(replicas.Select(replica => Key(replica, "key"))))
        {
            Life = Life(site),
            TakesPartAtOnce = (bool?)site["takesPartAtOnce"] ?? false,
        };
        var addresses = replicas.Select(replica => new ReplicaAddress(
            Text(replica, "host"),
            Port(replica, "peerPort"),
            Port(replica, "clientPort"),
            Key(replica, "transportPin")));
        return (genesis, new(Text(site, "name"), ValueList.From(addresses)));
    }

    private static uint Life(JsonObject site) => (long?)site["life"] switch
    {
        null => Speaker.FirstLife,
        > Speaker.FirstLife and <= uint.MaxValue and var life => (uint)life,
        var life => throw Wrong("a life above 1, or none", $"{life}"),
    };

    private static JsonNode Field(JsonObject parent, string name) =>
        parent[name] ?? throw Wrong($"a field '{name}'", "none");

    private static JsonArray Array(JsonObject parent, string name) => Field(parent, name).AsArray();

    private static string Text(JsonObject parent, string name) => (string?)Field(parent, name) ?? string.Empty;

    private static long Number(JsonObject parent, string name) => (long)Field(parent, name);

    private static int Port(JsonObject parent, string name) =>
        Number(parent, name) is var port and > 0 and <= ushort.MaxValue
        ? (int)port
        : throw Wrong($"a port from 1 to {ushort.MaxValue} as '{name}'", $"{Number(parent, name)}");

    private static Bytes Key(JsonObject parent, string name)
    {
        var key = Bytes.FromHex(Text(parent, name));
        return key.Length == Limits.PublicKeyBytes ? key : throw Wrong($"32 bytes as '{name}'", $"{key.Length}");
    }

    private static TopologyException Wrong(string expected, string found) =>
        new($"The topology cannot be used: expected {expected}, found {found}.");
}
