using System.CommandLine;
using Holdfast.Cli.Bench;
using Holdfast.Cli.Demo;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast bench soak</c>: whether anything grows under full load.</summary>
internal static class BenchSoak
{
    private const double MinutesMax = 7 * 24 * 60;
    private const double WarmUpSecondsMax = 600;

    private static readonly Option<double> Minutes = new("--minutes")
    {
        Description = "Of full load.",
        HelpName = "M",
        DefaultValueFactory = _ => 30,
    };

    private static readonly Option<int> Clients = BenchOptions.Count(
        "--clients", $"At all sites, 1 to {Workload.ClientsMax}, with one update under way each.", "N", 300);

    private static readonly Option<double> WarmUp = BenchOptions.Seconds("--warm-up", "Seconds before it begins.", 30);

    private static readonly Option<FileInfo?> Json =
        BenchOptions.File("--json", "What was measured, and the memory of every replica over time, as JSON.");

    public static Command Build()
    {
        var (sites, faults) = (InitCommand.SitesOption(), InitCommand.FaultsOption());
        var command = new Command(
            "soak", "Put a system under full load for long, and judge whether the memory of its replicas grows.")
        {
            Minutes, Clients, WarmUp, sites, faults, Json,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var shape = InitCommand.FaultsOf(parsed.GetRequiredValue(sites), parsed.GetRequiredValue(faults));
            var workload = Workload.Find("updates") with
            {
                Name = "soak",
                Clients = BenchOptions.Within(parsed, Clients, 1, Workload.ClientsMax),
                WarmUp = TimeSpan.FromSeconds(BenchOptions.Within(parsed, WarmUp, 0, WarmUpSecondsMax)),
                Duration = TimeSpan.FromMinutes(BenchOptions.Within(parsed, Minutes, 0.01, MinutesMax)),
            };
            await using var system = new HoldfastSystem(new("holdfast", shape, DelayMatrix.Read("25", shape.Count)));
            var run = new SoakRun(system, workload, parsed.InvocationConfiguration.Output);
            await run.RunAsync(stop).ConfigureAwait(false);
            BenchTables.Show(run.Results, run.Bars);
            BenchTables.Show(run.Results[0]);
            await BenchOptions.WriteAsync(parsed.GetValue(Json), run.ToJson()).ConfigureAwait(false);
            return BenchOptions.CodeOf(run.Bars);
        });
        return command;
    }
}
