using System.Globalization;
using System.Net;
using System.Text;

namespace Holdfast.Cli.Bench;

/// <summary>One line of a plot: how long so many in a hundred took at most.</summary>
internal sealed record PlotLine(string Name, IReadOnlyList<(double Percent, double Milliseconds)> Points);

/// <summary>Distributions of latencies as an SVG picture. Percentiles are drawn by how few are above them, so that one in
/// a thousand has as much room as one in ten.</summary>
internal static class LatencyPlot
{
    private const int Width = 760;
    private const int Height = 420;
    private const int Left = 70;
    private const int Right = 190;
    private const int Top = 40;
    private const int Bottom = 50;
    private const int Ticks = 5;
    private const int LegendStep = 20;

    private static readonly double[] Percents =
        [0, 20, 40, 50, 60, 70, 80, 90, 95, 98, 99, 99.5, 99.8, 99.9, 99.95, 99.99];

    private static readonly double[] Marked = [0, 50, 90, 99, 99.9, 99.99];

    private static readonly string[] Colours = ["#1b6ca8", "#c1440e", "#3a7d44", "#7b4ea3", "#8a6d1d", "#555555"];

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
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{Width}" height="{Height}" font-family="sans-serif" font-size="12">
            <rect width="{Width}" height="{Height}" fill="white"/>
            <text x="{Left}" y="24" font-size="14">{WebUtility.HtmlEncode(title)}</text>

            """);
        DrawGrid(svg, most);
        for (var index = 0; index < lines.Count; index++)
        {
            DrawLine(svg, lines[index], most, index);
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static void DrawGrid(StringBuilder svg, double most)
    {
        foreach (var percent in Marked)
        {
            svg.Append(CultureInfo.InvariantCulture, $"""
                <line x1="{X(percent):0.#}" y1="{Top}" x2="{X(percent):0.#}" y2="{Height - Bottom}" stroke="#dddddd"/>
                <text x="{X(percent):0.#}" y="{Height - Bottom + 18}" text-anchor="middle">{percent} %</text>

                """);
        }

        for (var tick = 0; tick <= Ticks; tick++)
        {
            var value = most * tick / Ticks;
            svg.Append(CultureInfo.InvariantCulture, $"""
                <line x1="{Left}" y1="{Y(value, most):0.#}" x2="{Width - Right}" y2="{Y(value, most):0.#}" stroke="#dddddd"/>
                <text x="{Left - 8}" y="{Y(value, most) + 4:0.#}" text-anchor="end">{BenchTables.Number(value)}</text>

                """);
        }

        svg.Append(CultureInfo.InvariantCulture, $"""
            <text x="{Left}" y="{Height - 10}">so many took at most</text>
            <text x="14" y="{Top - 6}">ms</text>

            """);
    }

    private static void DrawLine(StringBuilder svg, PlotLine line, double most, int index)
    {
        var colour = Colours[index % Colours.Length];
        var points = string.Join(' ', line.Points.Select(point => string.Create(
            CultureInfo.InvariantCulture, $"{X(point.Percent):0.#},{Y(point.Milliseconds, most):0.#}")));
        var legend = Top + 10 + (LegendStep * index);
        svg.Append(CultureInfo.InvariantCulture, $"""
            <polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>
            <line x1="{Width - Right + 12}" y1="{legend}" x2="{Width - Right + 32}" y2="{legend}" stroke="{colour}" stroke-width="2"/>
            <text x="{Width - Right + 38}" y="{legend + 4}">{WebUtility.HtmlEncode(line.Name)}</text>

            """);
    }

    private static double X(double percent)
    {
        var last = Math.Log10(100 / (100 - Marked[^1]));
        return Left + ((Width - Left - Right) * Math.Log10(100 / (100 - percent)) / last);
    }

    private static double Y(double milliseconds, double most) =>
        Height - Bottom - ((Height - Top - Bottom) * milliseconds / most);
}
