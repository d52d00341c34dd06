using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Cli.Bench;
using Holdfast.Cli.Demo;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast bench return</c>: what a lost disk costs.</summary>
internal static class BenchReturn
{
    private const int MegabytesMax = 10_000;
    private const double SecondsMax = 600;

    private static readonly Option<int> Megabytes = BenchOptions.Count(
        "--megabytes", $"Of values in the store, 1 to {MegabytesMax}.", "MB", 100);

    private static readonly Option<int> Clients = BenchOptions.Count(
        "--clients", $"At the site, 1 to {Workload.ClientsMax}, with one update under way each.", "N", 24);

    private static readonly Option<double> WarmUp = BenchOptions.Seconds("--warm-up", "Seconds of load before anything is measured.", 20);
    private static readonly Option<double> Duration = BenchOptions.Seconds("--duration", "Seconds that are measured before.", 10);
    private static readonly Option<FileInfo?> Json = BenchOptions.File("--json", "What was measured, as JSON.");

    public static Command Build()
    {
        var (sites, faults) = (InitCommand.SitesOption(), InitCommand.FaultsOption());
        var command = new Command(
            "return",
            "Fill the store, take a replica of the leading site its disk away under load, and time its return; two minutes.")
        {
            Megabytes, Clients, WarmUp, Duration, sites, faults, Json,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var shape = InitCommand.FaultsOf(parsed.GetRequiredValue(sites), parsed.GetRequiredValue(faults));
            if (shape[0] == 0)
            {
                throw new CommandFailure(
                    ExitCode.Usage, "Expected --faults of 1 at least, for where f = 0 the lost disk is all that there was.");
            }

            var load = Workload.Find("updates") with
            {
                Clients = BenchOptions.Within(parsed, Clients, 1, Workload.ClientsMax),
                Site = 0,
                WarmUp = TimeSpan.FromSeconds(BenchOptions.Within(parsed, WarmUp, 0, SecondsMax)),
                Duration = TimeSpan.FromSeconds(BenchOptions.Within(parsed, Duration, 0.1, SecondsMax)),
            };
            var megabytes = BenchOptions.Within(parsed, Megabytes, 1, MegabytesMax);
            await using var system = new HoldfastSystem(new("holdfast", shape, DelayMatrix.Read("25", shape.Count)));
            var run = new ReturnRun(system, load, megabytes, parsed.InvocationConfiguration.Output);
            await run.RunAsync(stop).ConfigureAwait(false);
            BenchTables.Show([], run.Bars);
            await BenchOptions.WriteAsync(parsed.GetValue(Json), new JsonObject
            {
                ["life"] = run.Life,
                ["bars"] = BenchOptions.Rows(run.Bars.Select(bar => bar.ToJson())),
            }).ConfigureAwait(false);
            return BenchOptions.CodeOf(run.Bars);
        });
        return command;
    }
}
