using System.Globalization;
using Spectre.Console;

namespace Holdfast.Cli.Bench;

/// <summary>Results as tables for people.</summary>
internal static class BenchTables
{
    private const int WidthAtLeast = 120;
    private const double BusyCores = 0.1;

    public static void Show(BenchResult result)
    {
        Widen();
        AnsiConsole.Write(Latencies([result]));
        AnsiConsole.Write(Costs(result));
        AnsiConsole.Write(Processes(result));
        TellOthers(result);
    }

    public static void Show(IReadOnlyList<BenchResult> results, IReadOnlyList<Bar>? bars = null)
    {
        Widen();
        AnsiConsole.Write(Latencies(results));
        if (bars is not null)
        {
            AnsiConsole.Write(Judged(bars));
        }

        foreach (var result in results)
        {
            TellOthers(result);
        }
    }

    public static void ShowProcesses(BenchResult result)
    {
        Widen();
        AnsiConsole.Write(Processes(result));
    }

    /// <summary>Where it goes to a file nobody has said how wide that is.</summary>
    private static void Widen() => AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, WidthAtLeast);

    private static void TellOthers(BenchResult result)
    {
        foreach (var (why, count) in result.Book.Failures)
        {
            AnsiConsole.WriteLine($"Failed during '{result.Workload.Name}' of {result.System}: {count}. {why}");
        }

        if (result.CoresOfOthers is > BusyCores and { } cores)
        {
            AnsiConsole.WriteLine(
                $"Other processes used {Number(cores)} cores during '{result.Workload.Name}' of {result.System}: its "
                + "figures are theirs, too.");
        }
    }

    public static string Number(double value) => value.ToString(
        Math.Abs(value) switch { < 10 => "0.00", < 1000 => "0.0", _ => "0" }, CultureInfo.InvariantCulture);

    private static Table Judged(IReadOnlyList<Bar> bars)
    {
        var table = new Table().AddColumns("what", "measured", "unit", "bar", "held");
        foreach (var bar in bars)
        {
            table.AddRow(bar.Name, Number(bar.Value), bar.Unit, bar.LimitText, bar.Ok ? "yes" : "NO");
        }

        return table;
    }

    private static Table Latencies(IReadOnlyList<BenchResult> results)
    {
        var table = new Table().AddColumns(
            "system", "workload", "operation", "site", "count", "failed", "per second", "p50 ms", "p90", "p99", "p99.9",
            "max");
        foreach (var (result, row) in results.SelectMany(result => result.Rows().Select(row => (result, row))))
        {
            table.AddRow(
                result.System,
                result.Workload.Name,
                row.Operation.ToString().ToLowerInvariant(),
                row.Place is { } place ? $"{place}" : "all",
                $"{row.Count}",
                row.Place is null || result.Workload.Site is not null ? $"{result.Book.Failed}" : string.Empty,
                Number(row.PerSecond),
                Number(row.Median),
                Number(row.Percentile90),
                Number(row.Percentile99),
                Number(row.Percentile999),
                Number(row.Longest));
        }

        return table;
    }

    private static Table Costs(BenchResult result)
    {
        var table = new Table().AddColumns("cost, all replicas", result.HasUpdates ? "per update" : "per operation");
        foreach (var (name, value) in result.Costs())
        {
            table.AddRow(name, Number(value));
        }

        return table;
    }

    private static Table Processes(BenchResult result)
    {
        var table = new Table().AddColumns(
            "process", result.HasUpdates ? "processor ms per update" : "processor ms per operation", "cores", "memory MiB");
        foreach (var (name, milliseconds, cores, memory) in result.Processes())
        {
            table.AddRow(name, Number(milliseconds), Number(cores), Number(memory / 1048576.0));
        }

        return table;
    }
}
