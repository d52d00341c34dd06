using System.CommandLine;
using System.Globalization;
using Holdfast.Cryptography;
using Holdfast.Protocol;
using Holdfast.Server.Configuration;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast init</c>: makes a new system's topology and keys.</summary>
internal static class InitCommand
{
    private static readonly Option<string> Out = new("--out")
    {
        Description = "The folder to make; it must not exist or be empty.",
        HelpName = "DIR",
        Required = true,
    };

    private static readonly Option<string[]> Hosts = new("--host")
    {
        Description = "Where the replicas run: one name or address for all, one for each site in turn, or one for each replica, site "
            + "after site.",
        HelpName = "HOST",
        DefaultValueFactory = _ => ["127.0.0.1"],
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<int> FirstPort = new("--port")
    {
        Description = "First port: replica r of site s listens for peers at PORT + 100 s + 2 r, for clients one above.",
        HelpName = "PORT",
        DefaultValueFactory = _ => 7400,
    };

    /// <summary>Also used by the demo, which makes such a system for itself.</summary>
    public static Option<int> SitesOption() => new("--sites")
    {
        Description = $"Number of sites, 1 to {Limits.Sites}. One site is plain PBFT.",
        HelpName = "N",
        DefaultValueFactory = _ => 3,
    };

    public static Option<string> FaultsOption() => new("--faults")
    {
        Description =
            "Faults f that a site tolerates with its 3f + 1 replicas: one number for all sites, or one for each, "
            + "such as 1,1,0. With 0 everywhere it is plain multi-Paxos among single servers.",
        HelpName = "F",
        DefaultValueFactory = _ => "1",
    };

    public static Command Build()
    {
        var (sites, faults) = (SitesOption(), FaultsOption());
        var command = new Command("init", "Make a new system: its topology, and a folder with keys for each replica.")
        {
            Out, sites, faults, Hosts, FirstPort,
        };
        command.SetAction(parsed =>
        {
            StartupSelfTest.Run();
            var plan = new SystemPlan
            {
                Faults = FaultsOf(parsed.GetRequiredValue(sites), parsed.GetRequiredValue(faults)),
                Hosts = parsed.GetRequiredValue(Hosts),
                FirstPort = parsed.GetRequiredValue(FirstPort),
            };
            var folder = parsed.GetRequiredValue(Out);
            Tell(parsed.InvocationConfiguration.Output, folder, Initialization.Run(folder, plan));
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>One number of faults for each site.</summary>
    public static IReadOnlyList<int> FaultsOf(int sites, string text)
    {
        if (sites is < 1 or > Limits.Sites)
        {
            throw new CommandFailure(
                ExitCode.Usage, $"Expected 1 to {Limits.Sites} sites after --sites, found {sites}.");
        }

        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        var faults = new List<int>();
        foreach (var part in parts)
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                throw new CommandFailure(
                    ExitCode.Usage, $"Expected numbers such as 1 or 1,1,0 after --faults, found '{text}'.");
            }

            faults.Add(number);
        }

        if (faults.Count != 1 && faults.Count != sites)
        {
            throw new CommandFailure(
                ExitCode.Usage,
                $"Expected one number or {sites} (one for each site) after --faults, found {faults.Count}.");
        }

        return faults.Count == 1 ? [.. Enumerable.Repeat(faults[0], sites)] : faults;
    }

    private static void Tell(TextWriter output, string folder, Topology topology)
    {
        var cluster = topology.Genesis.Cluster.ToHex()[..16];
        output.WriteLine($"Made a system of {topology.Sites.Count} sites in {folder}, cluster {cluster}:");
        for (var site = 0; site < topology.Sites.Count; site++)
        {
            var size = topology.Genesis.Sites[site].Size;
            var replicas = topology.Sites[site].Replicas;
            output.WriteLine(
                $"  site {site}: {size.Replicas} replicas, tolerates {size.Faults}; at {replicas[0].Host}, "
                + $"ports {replicas[0].PeerPort} to {replicas[^1].ClientPort}; public key "
                + $"{HomeFiles.SitePublicKey(folder, new(site))}");
        }

        if (topology.Genesis.Sites.Any(site => site.Size.Faults == 0))
        {
            output.WriteLine(
                "  A site with f = 0 has one replica: its one share is the site's whole key, guard it as such.");
        }

        output.WriteLine(
            $"Carry each {folder}/site-S/replica-R to its host and start it there: holdfast replica --home DIR");
        output.WriteLine(
            $"Clients: {HomeFiles.ClientHome(folder, "first")}. Operator: {HomeFiles.OperatorHome(folder)}; keep it "
            + "off line.");
    }
}
