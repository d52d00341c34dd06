using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Cli.Bench;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast bench bars</c>: what is promised about speed, as far as one machine can tell.</summary>
internal static class BenchBars
{
    private const double SecondsMax = 600;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static readonly Option<FileInfo?> Json = new("--json")
    {
        Description = "The bars as JSON, an object for each: name, value, unit, bar, ok.",
        HelpName = "FILE",
    };

    private static readonly Option<FileInfo?> Details = new("--details")
    {
        Description = "Everything that was measured for them, as JSON.",
        HelpName = "FILE",
    };

    private static readonly Option<double> WarmUp = Seconds("--warm-up", "Seconds before a system is measured.", 35);
    private static readonly Option<double> Duration = Seconds("--duration", "Seconds of each measurement.", 12);

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
                SpanOf(parsed, WarmUp), SpanOf(parsed, Duration), parsed.InvocationConfiguration.Output);
            await run.RunAsync(stop).ConfigureAwait(false);
            BenchTables.Show(run.Results, run.Bars);
            await WriteAsync(parsed.GetValue(Json), run.Bars.Select(bar => bar.ToJson())).ConfigureAwait(false);
            await WriteAsync(parsed.GetValue(Details), run.Results.Select(result => result.ToJson()))
                .ConfigureAwait(false);
            return run.Bars.All(bar => bar.Ok) ? ExitCode.Success : ExitCode.CheckFailed;
        });
        return command;
    }

    private static Task WriteAsync(FileInfo? file, IEnumerable<JsonObject> rows) => file is null
        ? Task.CompletedTask
        : File.WriteAllTextAsync(
            file.FullName,
            new JsonArray([.. rows]).ToJsonString(Indented) + "\n",
            CancellationToken.None);

    private static TimeSpan SpanOf(ParseResult parsed, Option<double> option) =>
        parsed.GetValue(option) is > 0 and <= SecondsMax and var seconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new CommandFailure(
                ExitCode.Usage,
                $"Expected seconds up to {SecondsMax} after {option.Name}, found {parsed.GetValue(option)}.");

    private static Option<double> Seconds(string name, string description, double usual) => new(name)
    {
        Description = description,
        HelpName = "S",
        DefaultValueFactory = _ => usual,
    };
}
