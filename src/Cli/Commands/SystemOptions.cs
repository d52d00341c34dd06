using System.CommandLine;
using Holdfast.Cli.Demo;
using Holdfast.Client;
using Holdfast.Cryptography;
using Holdfast.Protocol;
using Holdfast.Server.Configuration;

namespace Holdfast.Cli.Commands;

/// <summary>Which system a command talks to, and as whom.</summary>
internal sealed class SystemOptions
{
    private readonly Option<string> _home = new("--home")
    {
        Description = "The demo's folder, one that 'holdfast init' made, or a client's own folder.",
        HelpName = "DIR",
        DefaultValueFactory = _ => DemoFolder.DefaultName,
    };

    private readonly Option<int> _site = new("--site")
    {
        Description = "The site to talk to, from 0.",
        HelpName = "N",
        DefaultValueFactory = _ => 0,
    };

    private readonly Option<bool> _only = new("--only-site")
    {
        Description = "Do not turn to another site if this one is cut off.",
    };

    private readonly Option<double> _timeout = new("--timeout")
    {
        Description = "Seconds to wait for an answer.",
        HelpName = "S",
        DefaultValueFactory = _ => 15,
    };

    public void AddTo(Command command)
    {
        command.Add(_home);
        command.Add(_site);
        command.Add(_only);
        command.Add(_timeout);
    }

    /// <summary>The folder in which the sites' public keys lie beside the topology.</summary>
    public string SystemFolder(ParseResult parsed)
    {
        var home = parsed.GetRequiredValue(_home);
        var demo = DemoFolder.SystemOf(home);
        return File.Exists(Path.Combine(demo, HomeFiles.Topology)) ? demo
            : File.Exists(Path.Combine(home, HomeFiles.Topology)) ? home
            : throw new ConfigurationException(
                $"Expected a demo or a system at {home}, found no topology there; start one with 'holdfast demo', or "
                + "name its folder with --home.");
    }

    /// <summary>Connects as the system's first client, or as the client whose folder was named.</summary>
    public Connection ConnectAsClient(ParseResult parsed)
    {
        var folder = SystemFolder(parsed);
        var own = Path.Combine(folder, HomeFiles.ClientKey);
        var key = File.Exists(own) ? own : Path.Combine(HomeFiles.ClientHome(folder, "first"), HomeFiles.ClientKey);
        return Connect(parsed, folder, key, KeyKind.Client);
    }

    public Connection ConnectAsOperator(ParseResult parsed)
    {
        var folder = SystemFolder(parsed);
        var own = Path.Combine(folder, HomeFiles.OperatorKey);
        var key = File.Exists(own) ? own : Path.Combine(HomeFiles.OperatorHome(folder), HomeFiles.OperatorKey);
        return Connect(parsed, folder, key, KeyKind.Operator);
    }

    private Connection Connect(ParseResult parsed, string folder, string keyFile, KeyKind kind)
    {
        StartupSelfTest.Run();
        var topology = HomeFiles.ReadTopology(folder);
        var site = parsed.GetValue(_site);
        if (site < 0 || site >= topology.Sites.Count)
        {
            throw new CommandFailure(
                ExitCode.Usage, $"Expected a site from 0 to {topology.Sites.Count - 1} after --site, found {site}.");
        }

        var seconds = parsed.GetValue(_timeout);
        if (seconds is not (> 0 and <= 3600))
        {
            throw new CommandFailure(
                ExitCode.Usage, $"Expected seconds from 0 to 3600 after --timeout, found {seconds}.");
        }

        var settings = new ClientSettings
        {
            Topology = topology,
            Key = KeyFiles.ReadSigningKey(keyFile, kind),
            Site = new SiteId(site),
            OtherSites = parsed.GetValue(_only) ? [] : null,
            Patience = TimeSpan.FromSeconds(seconds),
        };
        return new Connection(settings, folder);
    }
}

/// <summary>A client of a system, with the key that it holds.</summary>
internal sealed class Connection(ClientSettings settings, string folder) : IAsyncDisposable
{
    public HoldfastClient Client { get; } = HoldfastClient.Connect(settings);

    public Topology Topology => settings.Topology;

    public SiteId Site => settings.Site;

    public string Folder => folder;

    public TimeSpan Patience => settings.Patience;

    /// <summary>For this command's key-value operations.</summary>
    public KeyValueClient Store => new(Client);

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync().ConfigureAwait(false);
        settings.Key.Dispose();
    }
}
