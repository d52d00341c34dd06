using System.CommandLine;
using System.Diagnostics;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;
using Holdfast.Server.Configuration;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast site rejoin</c>: the operator's drill for a site that lost more than f disks. The others are told
/// of its next life; then the files are written with which its replicas start in it.</summary>
internal static class SiteCommand
{
    private static readonly Option<int> Lost = new("--lost")
    {
        Description = "The site that lost more than f disks, from 0. All its replicas must be stopped, for good.",
        HelpName = "N",
        Required = true,
    };

    private static readonly Option<bool> Told = new("--already-told")
    {
        Description = "Write the files only: an earlier run told the others, and ended before it knew.",
    };

    private static readonly Option<bool> Whole = new("--other-site-is-whole")
    {
        Description = "With two sites: start before the other one can agree. What the other one lacks is lost.",
    };

    public static Command Build() => new("site", "Bring a whole site back, as the system's operator.") { BuildRejoin() };

    private static Command BuildRejoin()
    {
        var system = new SystemOptions();
        var command = new Command("rejoin", "Let a site that lost more than f disks go on in its next life.")
        {
            Lost, Told, Whole,
        };
        system.AddTo(command);
        command.SetAction((parsed, cancel) => RejoinAsync(parsed, system, cancel));
        return command;
    }

    private static async Task<int> RejoinAsync(ParseResult parsed, SystemOptions system, CancellationToken cancel)
    {
        var folder = system.SystemFolder(parsed);
        var topology = HomeFiles.ReadTopology(folder);
        var site = SiteOf(parsed, topology);
        var present = topology.Genesis[site];
        var (output, isOfTwo) = (parsed.InvocationConfiguration.Output, topology.Sites.Count == 2);
        if (isOfTwo && !present.TakesPartAtOnce)
        {
            RequireWhole(parsed, site);
            var paths = Write(folder, topology, site, present.Life + 1, takesPartAtOnce: true);
            await TellWhatIsLeftAsync(output, paths, site, present.Life + 1).ConfigureAwait(false);
            await output.WriteLineAsync("When they run, give this command once more: it tells the other site.")
                .ConfigureAwait(false);
            return ExitCode.Success;
        }

        var life = isOfTwo ? present.Life : present.Life + 1;
        if (!parsed.GetValue(Told))
        {
            await TellAsync(parsed, system, site, life, cancel).ConfigureAwait(false);
        }

        var written = Write(folder, topology, site, life, takesPartAtOnce: false);
        await TellWhatIsLeftAsync(output, written, site, life).ConfigureAwait(false);
        return ExitCode.Success;
    }

    private static SiteId SiteOf(ParseResult parsed, Topology topology)
    {
        var (lost, sites) = (parsed.GetRequiredValue(Lost), topology.Sites.Count);
        if (sites == 1)
        {
            throw new CommandFailure(
                ExitCode.Usage,
                "Expected a system of two sites or more, found one: no other site has the state, so it cannot be brought "
                + "back from there. Start its replicas with what disks are left, or from a copy of all of them.");
        }

        return lost >= 0 && lost < sites
            ? new(lost)
            : throw new CommandFailure(
                ExitCode.Usage, $"Expected a site from 0 to {sites - 1} after --lost, found {lost}.");
    }

    private static void RequireWhole(ParseResult parsed, SiteId site)
    {
        if (!parsed.GetValue(Whole))
        {
            throw new CommandFailure(
                ExitCode.Usage,
                $"Of two sites the other one cannot agree alone that {site} goes on in its next life. With "
                + "--other-site-is-whole it goes on all the same; then every update that is not on the disks of the other "
                + "site is lost, acknowledged or not, and if that site has lost disks too, what both order may fork.");
        }
    }

    private static async Task TellAsync(
        ParseResult parsed, SystemOptions system, SiteId site, uint life, CancellationToken cancel)
    {
        await using var connection = system.ConnectAsOperator(parsed);
        var began = Stopwatch.GetTimestamp();
        var rejoin = new Administration.RejoinSite(site, life);
        var outcome = await connection.Client.AdministerAsync(rejoin.Encode().Memory, options: null, cancel)
            .ConfigureAwait(false);
        if (outcome is { Outcome: Outcome.Rejected, Because: RefusedBecause.NotPermitted })
        {
            throw new CommandFailure(
                ExitCode.Refused,
                $"Expected the operator's key, and life {life} to be the next one of {site}; the system refuses one of the "
                + "two. If an earlier run of this command ended without an answer, give it again with --already-told.");
        }

        if (outcome.Outcome != Outcome.Committed)
        {
            throw Answers.Explain(connection, outcome);
        }

        await parsed.InvocationConfiguration.Error.WriteLineAsync(Answers.HowKnown(outcome, began))
            .ConfigureAwait(false);
    }

    /// <summary>The topology in the system's folder and in those of the site's replicas, as far as they are
    /// here.</summary>
    private static List<string> Write(
        string folder, Topology topology, SiteId site, uint life, bool takesPartAtOnce)
    {
        var genesis = topology.Genesis.WithLife(site, life, takesPartAtOnce);
        var text = TopologyText.Write(topology with { Genesis = genesis });
        var homes = Enumerable.Range(0, topology.Sites[site.Index].Replicas.Count)
            .Select(replica => HomeFiles.ReplicaHome(folder, new(site, replica)));
        var paths = homes.Append(HomeFiles.OperatorHome(folder)).Append(folder)
            .Select(home => Path.Combine(home, HomeFiles.Topology))
            .Where(File.Exists)
            .ToList();
        foreach (var path in paths)
        {
            // Beside its place and then there whole: a crash in between leaves the old one.
            File.WriteAllText(path + ".new", text);
            File.Move(path + ".new", path, overwrite: true);
        }

        return paths;
    }

    private static async Task TellWhatIsLeftAsync(TextWriter output, List<string> paths, SiteId site, uint life)
    {
        await output.WriteLineAsync($"{site} goes on in life {life}. Written:").ConfigureAwait(false);
        foreach (var path in paths)
        {
            await output.WriteLineAsync($"  {path}").ConfigureAwait(false);
        }

        await output.WriteLineAsync(
            $"Carry {HomeFiles.Topology} to the folder of each of its replicas, and start them all. They begin in "
            + $"{HomeFiles.StateOf(life)}, which must not be there yet.").ConfigureAwait(false);
    }
}
