using System.CommandLine;
using Holdfast.Cli.Bench;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast bench bars</c>: what is promised about speed, as far as one machine can tell.</summary>
internal static class BenchBars
{
    private const double SecondsMax = 600;

    private static readonly Option<FileInfo?> Json =
        BenchOptions.File("--json", "The bars as JSON, an object for each: name, value, unit, bar, ok.");

    private static readonly Option<FileInfo?> Details =
        BenchOptions.File("--details", "Everything that was measured for them, as JSON.");

    private static readonly Option<double> WarmUp =
        BenchOptions.Seconds("--warm-up", "Seconds before a system is measured.", 35);

    private static readonly Option<double> Duration =
        BenchOptions.Seconds("--duration", "Seconds of each measurement.", 10);

    public static Command Build()
    {
        var command = new Command(
            "bars",
            "Measure this system and those that it is compared with, and hold the bars against it; nine minutes.")
        {
            WarmUp, Duration, Json, Details,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var run = new BarsRun(
                TimeSpan.FromSeconds(BenchOptions.Within(parsed, WarmUp, 0.1, SecondsMax)),
                TimeSpan.FromSeconds(BenchOptions.Within(parsed, Duration, 0.1, SecondsMax)),
                parsed.InvocationConfiguration.Output);
            await run.RunAsync(stop).ConfigureAwait(false);
            BenchTables.Show(run.Results, run.Bars);
            await BenchOptions.WriteAsync(
                parsed.GetValue(Json), BenchOptions.Rows(run.Bars.Select(bar => bar.ToJson()))).ConfigureAwait(false);
            await BenchOptions.WriteAsync(
                parsed.GetValue(Details), BenchOptions.Rows(run.Results.Select(result => result.ToJson())))
                .ConfigureAwait(false);
            return BenchOptions.CodeOf(run.Bars);
        });
        return command;
    }
}
