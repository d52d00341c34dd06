using System.CommandLine;
using Holdfast.Cli.Check;
using Holdfast.Cli.Demo;
using Holdfast.Server.Metrics;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast demo</c>: a whole system on this machine, to look at and to talk to.</summary>
internal static class DemoCommand
{
    private static readonly Option<string> Dir = new("--dir")
    {
        Description = "Where the demo keeps its keys and state; a second start goes on where the first stopped.",
        HelpName = "DIR",
        DefaultValueFactory = _ => DemoFolder.DefaultName,
    };

    private static readonly Option<string> Delay = DelayOption();

    private static readonly Option<bool> Processes = new("--processes")
    {
        Description = "A process for each replica, so that one can be killed alone. They end with the demo.",
    };

    private static readonly Option<int> FirstPort = new("--port")
    {
        Description = "First port of a new demo's replicas.",
        HelpName = "PORT",
        DefaultValueFactory = _ => 7400,
    };

    private static readonly Option<int> MetricsPort = new("--metrics-port")
    {
        Description =
            "Numbers for Prometheus on loopback: 0 takes a free port. With --processes each replica has a port of its "
            + "own, from this one on.",
        HelpName = "PORT",
        DefaultValueFactory = _ => 0,
    };

    private static readonly Option<bool> Check = new("--check")
    {
        Description =
            "Run unattended: load from every site, replicas and a whole site killed; exit code 0 only if all held.",
    };

    private static readonly Option<bool> Bars = new("--bars")
    {
        Description = "With --check: the promised timings count as well.",
    };

    private static readonly Option<FileInfo?> Json = new("--json")
    {
        Description = "With --check: what was found and measured, as JSON.",
        HelpName = "FILE",
    };

    public static Option<string> DelayOption() => new("--delay")
    {
        Description =
            $"One way delay between sites: milliseconds; '{DelayMatrix.Regions}' for Virginia, Oregon, Ireland, Frankfurt and "
            + "Tokyo, as many of them as there are sites; or a file with a row of milliseconds for each site.",
        HelpName = $"MS|{DelayMatrix.Regions}|FILE",
        DefaultValueFactory = _ => "25",
    };

    public static Command Build()
    {
        var (sites, faults) = (InitCommand.SitesOption(), InitCommand.FaultsOption());
        var level = ReplicaCommand.LogLevelOption();
        var command = new Command(
            "demo", "Run a whole system on this machine: sites, replicas, a wide area network between.")
        {
            Dir, sites, faults, Delay, Processes, FirstPort, MetricsPort, level, Check, Bars, Json,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var shape = InitCommand.FaultsOf(parsed.GetRequiredValue(sites), parsed.GetRequiredValue(faults));
            var settings = new DemoSettings(
                DelayMatrix.Read(parsed.GetRequiredValue(Delay), shape.Count),
                parsed.GetValue(Processes) || parsed.GetValue(Check),
                parsed.GetValue(level));
            if (parsed.GetValue(Check))
            {
                var request = new CheckRequest(
                    shape,
                    settings,
                    parsed.GetResult(Dir) is { Implicit: false } ? parsed.GetRequiredValue(Dir) : null,
                    parsed.GetValue(Bars),
                    parsed.GetValue(Json));
                return await DemoCheck.RunAsync(request, parsed.InvocationConfiguration.Output, stop)
                    .ConfigureAwait(false);
            }

            using var folder = DemoFolder.Open(parsed.GetRequiredValue(Dir), shape, parsed.GetValue(FirstPort));
            await RunAsync(folder, settings, parsed.GetValue(MetricsPort), parsed.InvocationConfiguration.Output, stop)
                .ConfigureAwait(false);
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task RunAsync(
        DemoFolder folder, DemoSettings settings, int metricsPort, TextWriter output, CancellationToken stop)
    {
        await using var metrics = settings.InProcesses
            ? null
            : await MetricsEndpoint.StartAsync(metricsPort, stop).ConfigureAwait(false);
        await using var system = new DemoSystem(
            folder, settings with { MetricsAt = metrics?.Address, FirstMetricsPort = metricsPort });
        await output.WriteLineAsync(
            $"{(folder.IsNew ? "Starting a new system" : "Going on with the system")} in {folder.Path}: "
            + $"{folder.Topology.Sites.Count} sites, {system.Replicas.Count} replicas, {settings.Delays.Describe()}.")
            .ConfigureAwait(false);
        try
        {
            await system.StartAsync(stop).ConfigureAwait(false);
            await TellAsync(folder, metrics?.Address, output).ConfigureAwait(false);
            await new DemoTable(system).ShowAsync(output, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Ctrl-C is how a demo ends.
        }

        await output.WriteLineAsync("Stopping ...").ConfigureAwait(false);
    }

    private static async Task TellAsync(DemoFolder folder, Uri? metrics, TextWriter output)
    {
        var command = Environment.GetEnvironmentVariable("HOLDFAST_COMMAND") ?? "holdfast";
        var home = folder.Path == DemoFolder.DefaultName ? string.Empty : $" --home {folder.Path}";
        var where = metrics is null ? $"a port for each replica, told by '{command} status{home}'" : $"{metrics}";
        await output.WriteLineAsync($"""
            Talk to it from another terminal:
              {command} put{home} hello world          an update, ordered among all sites
              {command} get{home} --site {folder.Topology.Sites.Count - 1} hello       what the last site knows
              {command} status{home}                   how each replica does
            Logs are in {folder.LogPath}. Numbers for Prometheus: {where}.
            Ctrl-C ends the demo; its state is kept.
            """).ConfigureAwait(false);
    }
}
