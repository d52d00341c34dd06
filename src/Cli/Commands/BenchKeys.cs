using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Cli.Bench;
using Holdfast.Cli.Demo;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast bench keys</c>: what a million keys change.</summary>
internal static class BenchKeys
{
    private const int KeysMax = 10_000_000;
    private const double SecondsMax = 600;

    private static readonly Option<int> Keys =
        BenchOptions.Count("--keys", $"So many, {Workload.KeysUsual} to {KeysMax}.", "N", 1_000_000);

    private static readonly Option<int> Clients = BenchOptions.Count(
        "--clients", $"At all sites, 1 to {Workload.ClientsMax}, with one update under way each.", "N", 300);

    private static readonly Option<int> ValueSize = BenchOptions.Count(
        "--value-size", $"Bytes of each value, 0 to {KeyValueBytesMax}.", "BYTES", 200);

    private static readonly Option<double> WarmUp = BenchOptions.Seconds("--warm-up", "Seconds before the first measurement.", 30);
    private static readonly Option<double> Duration = BenchOptions.Seconds("--duration", "Seconds of each measurement.", 15);
    private static readonly Option<FileInfo?> Json = BenchOptions.File("--json", "What was measured, as JSON.");

    /// <summary>As many as one operation sets must fit into it.</summary>
    private const int KeyValueBytesMax = 2048;

    public static Command Build()
    {
        var (sites, faults) = (InitCommand.SitesOption(), InitCommand.FaultsOption());
        var command = new Command(
            "keys",
            "Compare updates among a thousand keys with updates among a million, and restart a replica; a quarter of an hour.")
        {
            Keys, Clients, ValueSize, WarmUp, Duration, sites, faults, Json,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var shape = InitCommand.FaultsOf(parsed.GetRequiredValue(sites), parsed.GetRequiredValue(faults));
            var few = Workload.Find("updates") with
            {
                Clients = BenchOptions.Within(parsed, Clients, 1, Workload.ClientsMax),
                ValueSize = BenchOptions.Within(parsed, ValueSize, 0, KeyValueBytesMax),
                WarmUp = TimeSpan.FromSeconds(BenchOptions.Within(parsed, WarmUp, 0, SecondsMax)),
                Duration = TimeSpan.FromSeconds(BenchOptions.Within(parsed, Duration, 0.1, SecondsMax)),
            };
            var keys = BenchOptions.Within(parsed, Keys, Workload.KeysUsual, KeysMax);
            await using var system = new HoldfastSystem(new("holdfast", shape, DelayMatrix.Read("25", shape.Count)));
            var run = new KeysRun(system, few, keys, parsed.InvocationConfiguration.Output);
            await run.RunAsync(stop).ConfigureAwait(false);
            BenchTables.Show(run.Results, run.Bars);
            foreach (var result in run.Results)
            {
                BenchTables.ShowProcesses(result);
            }

            await BenchOptions.WriteAsync(parsed.GetValue(Json), new JsonObject
            {
                ["results"] = BenchOptions.Rows(run.Results.Select(result => result.ToJson())),
                ["bars"] = BenchOptions.Rows(run.Bars.Select(bar => bar.ToJson())),
            }).ConfigureAwait(false);
            return BenchOptions.CodeOf(run.Bars);
        });
        return command;
    }
}
