using System.CommandLine;
using System.Globalization;
using Holdfast.Simulation.Costs;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast bench counts</c>: what an update costs, counted in simulated worlds.</summary>
internal static class BenchCounts
{
    private const double CeilingAbove = 1.04;

    public static Command Build()
    {
        var command = new Command(
            "counts",
            "Count what an update costs in fixed simulated worlds: the same on every machine. Prints the table of "
            + "docs/performance.md with ceilings 4 % above.");
        command.SetAction((parsed, stop) => CountAsync(parsed.InvocationConfiguration.Output, stop));
        return command;
    }

    private static async Task<int> CountAsync(TextWriter output, CancellationToken stop)
    {
        var columns = await Task.WhenAll(CostScene.All.Select(
            scene => Task.Run(() => CostWorld.Count(scene).All.ToList(), stop))).ConfigureAwait(false);
        await output.WriteLineAsync(
            $"| counted | {string.Join(" | ", CostScene.All.Select(scene => scene.Name))} |").ConfigureAwait(false);
        await output.WriteLineAsync($"| --- |{string.Concat(CostScene.All.Select(_ => " --- |"))}")
            .ConfigureAwait(false);
        for (var row = 0; row < columns[0].Count; row++)
        {
            await output.WriteLineAsync(
                $"| {columns[0][row].Name} | {string.Join(" | ", columns.Select(column => Cell(column[row].Value)))} |")
                .ConfigureAwait(false);
        }

        return ExitCode.Success;
    }

    private static string Cell(double value) => $"{Digits(value)} ({Digits(value * CeilingAbove)})";

    private static string Digits(double value) =>
        value.ToString(value < 100 ? "0.##" : "0", CultureInfo.InvariantCulture);
}
