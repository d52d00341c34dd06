using System.Globalization;

namespace Holdfast.Cli.Bench.Plots;

/// <summary>One line of a plot: how long so many in a hundred took at most.</summary>
internal sealed record PlotLine(string Name, IReadOnlyList<(double Percent, double Milliseconds)> Points);

/// <summary>Distributions of latencies. Percentiles are drawn by how few are above them, so that one in a thousand has as
/// much room as one in ten.</summary>
internal static class LatencyPlot
{
    private const int Ticks = 5;

    private static readonly double[] Percents =
        [0, 20, 40, 50, 60, 70, 80, 90, 95, 98, 99, 99.5, 99.8, 99.9, 99.95, 99.99];

    private static readonly double[] Marked = [0, 50, 90, 99, 99.9, 99.99];

    /// <summary>The lines of a result: each operation at each place.</summary>
    public static IReadOnlyList<PlotLine> LinesOf(BenchResult result) =>
    [
        .. from operation in result.Workload.Mix.Operations
           from place in Enumerable.Range(0, result.Book.Places)
           let histogram = result.Book.Of(place, operation)
           where histogram.TotalCount > 0
           select new PlotLine(
               $"{operation.ToString().ToLowerInvariant()}, site {place}",
               [.. Percents
                   .Where(percent => percent == 0 || histogram.TotalCount * (100 - percent) >= 100)
                   .Select(percent => (percent, histogram.GetValueAtPercentile(percent) / 1000.0))]),
    ];

    public static string Draw(string title, IReadOnlyList<PlotLine> lines)
    {
        var most = Math.Max(1, lines.SelectMany(line => line.Points).Select(point => point.Milliseconds).Max());
        var chart = new SvgChart(title, "so many took at most", "ms");
        foreach (var percent in Marked)
        {
            chart.MarkAcross(Across(percent), string.Create(CultureInfo.InvariantCulture, $"{percent} %"));
        }

        for (var tick = 0; tick <= Ticks; tick++)
        {
            chart.MarkUp((double)tick / Ticks, BenchTables.Number(most * tick / Ticks));
        }

        foreach (var line in lines)
        {
            chart.Line(line.Name, [.. line.Points.Select(point => (Across(point.Percent), point.Milliseconds / most))]);
        }

        return chart.ToString();
    }

    private static double Across(double percent) => Math.Log10(100 / (100 - percent)) / Math.Log10(100 / (100 - Marked[^1]));
}
