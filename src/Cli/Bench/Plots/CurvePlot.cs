using System.Globalization;

namespace Holdfast.Cli.Bench.Plots;

/// <summary>Throughput against latency: for each system a line through its loads, which are of one kind of operation, with the
/// median drawn through and p99 dashed. Latencies have a logarithmic axis.</summary>
internal static class CurvePlot
{
    private const int Ticks = 5;

    public static string Draw(string title, IReadOnlyList<IReadOnlyList<BenchResult>> systems)
    {
        var rows = systems
            .Select(results => (
                Name: results[0].System,
                Points: results
                    .Select(result => (result.Workload.Clients, Total: result.Row(null, result.Workload.Mix.Operations.Single())))
                    .Where(point => point.Total.Count > 0).ToList()))
            .Where(system => system.Points.Count > 0).ToList();
        var all = rows.SelectMany(system => system.Points).Select(point => point.Total).ToList();
        var most = Math.Max(1, all.Select(row => row.PerSecond).DefaultIfEmpty().Max());
        var (least, decades) = Decades(all);
        double Up(double milliseconds) => (Math.Log10(Math.Max(milliseconds, least)) - Math.Log10(least)) / decades;

        var chart = new SvgChart(title, "operations a second; numbers of clients at the points", "ms: median, p99 dashed");
        for (var tick = 0; tick <= Ticks; tick++)
        {
            chart.MarkAcross((double)tick / Ticks, BenchTables.Number(most * tick / Ticks));
        }

        for (var decade = 0; decade <= decades; decade++)
        {
            var value = least * Math.Pow(10, decade);
            chart.MarkUp(Up(value), BenchTables.Number(value));
        }

        foreach (var (name, points) in rows)
        {
            chart.Line(
                name,
                [.. points.Select(point => (point.Total.PerSecond / most, Up(point.Total.Median)))],
                [.. points.Select(point => point.Clients.ToString(CultureInfo.InvariantCulture))]);
            chart.Line(
                name, [.. points.Select(point => (point.Total.PerSecond / most, Up(point.Total.Percentile99)))], isDashed: true);
        }

        return chart.ToString();
    }

    /// <summary>The power of ten below all medians, and how many of them there are to above all p99.</summary>
    private static (double Least, int Count) Decades(IReadOnlyList<LatencyRow> rows)
    {
        var least = Math.Floor(Math.Log10(rows.Select(row => Math.Max(row.Median, 0.01)).DefaultIfEmpty(1).Min()));
        var most = Math.Ceiling(Math.Log10(rows.Select(row => Math.Max(row.Percentile99, 0.01)).DefaultIfEmpty(10).Max()));
        return (Math.Pow(10, least), Math.Max(1, (int)(most - least)));
    }
}
