using System.Globalization;
using System.Net;
using System.Text;

namespace Holdfast.Cli.Bench.Plots;

/// <summary>An SVG picture with a title, two axes, and a legend beside them. Whoever draws says where values lie: from 0 to 1 along
/// each axis.</summary>
internal sealed class SvgChart
{
    private const int Width = 760;
    private const int Height = 420;
    private const int Left = 70;
    private const int Right = 210;
    private const int Top = 48;
    private const int Bottom = 50;
    private const int LegendStep = 20;

    private static readonly string[] Colours =
        ["#1b6ca8", "#c1440e", "#3a7d44", "#7b4ea3", "#8a6d1d", "#555555", "#c2185b", "#0097a7"];

    private readonly StringBuilder _svg = new();
    private int _legends;

    /// <param name="across">What the horizontal axis counts.</param>
    /// <param name="up">What the vertical one counts.</param>
    public SvgChart(string title, string across, string up)
    {
        Append($"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{Width}" height="{Height}" font-family="sans-serif" font-size="12">
            <rect width="{Width}" height="{Height}" fill="white"/>
            <text x="{Left}" y="24" font-size="14">{Text(title)}</text>
            <text x="{Left}" y="{Height - 10}">{Text(across)}</text>
            <text x="14" y="{Top - 8}">{Text(up)}</text>

            """);
    }

    public void MarkAcross(double at, string label) => Append($"""
        <line x1="{X(at):0.#}" y1="{Top}" x2="{X(at):0.#}" y2="{Height - Bottom}" stroke="#dddddd"/>
        <text x="{X(at):0.#}" y="{Height - Bottom + 18}" text-anchor="middle">{Text(label)}</text>

        """);

    public void MarkUp(double at, string label) => Append($"""
        <line x1="{Left}" y1="{Y(at):0.#}" x2="{Width - Right}" y2="{Y(at):0.#}" stroke="#dddddd"/>
        <text x="{Left - 8}" y="{Y(at) + 4:0.#}" text-anchor="end">{Text(label)}</text>

        """);

    /// <summary>A line through points, with its name in the legend.</summary>
    /// <param name="labels">One for each point; null for points that are not marked.</param>
    /// <param name="isDashed">Without an entry in the legend of its own: it belongs to the line before.</param>
    public void Line(
        string name, IReadOnlyList<(double X, double Y)> points, IReadOnlyList<string>? labels = null, bool isDashed = false)
    {
        var colour = isDashed ? Colours[(_legends - 1) % Colours.Length] : Legend(name);
        var path = string.Join(' ', points.Select(point => string.Create(
            CultureInfo.InvariantCulture, $"{X(point.X):0.#},{Y(point.Y):0.#}")));
        var dashes = isDashed ? " stroke-dasharray=\"5 4\"" : string.Empty;
        Append($"""
            <polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>

            """);
        for (var index = 0; labels is not null && index < points.Count; index++)
        {
            Append($"""
                <circle cx="{X(points[index].X):0.#}" cy="{Y(points[index].Y):0.#}" r="3" fill="{colour}"/>
                <text x="{X(points[index].X) + 5:0.#}" y="{Y(points[index].Y) + 14:0.#}" font-size="10">{Text(labels[index])}</text>

                """);
        }
    }

    /// <summary>A bar that stands on the axis.</summary>
    /// <param name="width">A share of the axis.</param>
    public void Bar(double from, double width, double height, string colour, string label) => Append($"""
        <rect x="{X(from):0.#}" y="{Y(height):0.#}" width="{X(from + width) - X(from):0.#}" height="{Y(0) - Y(height):0.#}" fill="{colour}"><title>{Text(label)}</title></rect>

        """);

    /// <summary>An entry of the legend, and its colour.</summary>
    public string Legend(string name)
    {
        var colour = Colours[_legends % Colours.Length];
        var at = Top + 10 + (LegendStep * _legends++);
        Append($"""
            <line x1="{Width - Right + 12}" y1="{at}" x2="{Width - Right + 32}" y2="{at}" stroke="{colour}" stroke-width="2"/>
            <text x="{Width - Right + 38}" y="{at + 4}">{Text(name)}</text>

            """);
        return colour;
    }

    public override string ToString() => _svg + "</svg>\n";

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static double X(double share) => Left + ((Width - Left - Right) * share);

    private static double Y(double share) => Height - Bottom - ((Height - Top - Bottom) * share);

    private void Append(FormattableString text) => _svg.Append(text.ToString(CultureInfo.InvariantCulture));
}
