using System.Globalization;
using System.Text.RegularExpressions;
using Holdfast.Simulation.Costs;

namespace Holdfast.Simulation.Tests;

/// <summary>What an update costs, counted and not timed, stays below the ceilings that docs/performance.md
/// states.</summary>
public sealed partial class UpdateCostTests
{
    private static readonly string[][] Table = [.. File
        .ReadLines(Path.Combine(AppContext.BaseDirectory, "performance.md"))
        .SkipWhile(line => !line.StartsWith("| counted |", StringComparison.Ordinal))
        .TakeWhile(line => line.StartsWith('|'))
        .Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries))];

    public static TheoryData<string> Scenes => [.. CostScene.All.Select(scene => scene.Name)];

    [Theory]
    [MemberData(nameof(Scenes))]
    public void An_update_costs_no_more_than_is_stated(string name)
    {
        var costs = CostWorld.Count(CostScene.All.First(scene => scene.Name == name));

        var above = costs.All
            .Select(figure => (figure.Name, figure.Value, Ceiling: CeilingOf(figure.Name, name)))
            .Where(figure => figure.Value > figure.Ceiling)
            .Select(figure => string.Create(
                CultureInfo.InvariantCulture, $"{figure.Name}: {figure.Value:0.##}, ceiling {figure.Ceiling}"));
        Assert.True(!above.Any(), $"{name}: {string.Join("; ", above)}. './holdfast bench counts' makes the table anew.");
    }

    [Fact]
    public void Counts_of_two_runs_are_equal() =>
        Assert.Equal(CostWorld.Count(Short).Figures, CostWorld.Count(Short).Figures);

    private static CostScene Short => new("short", Sites: 2, Faults: 0, Clients: 1, Site: 0, Seconds: 1);

    /// <summary>In the column of this scene: what was measured, and the ceiling in brackets.</summary>
    private static double CeilingOf(string figure, string scene)
    {
        var column = Array.IndexOf(Table[0], scene);
        var row = Assert.Single(Table, row => row[0] == figure);
        return double.Parse(Bracketed().Match(row[column]).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"\((.+)\)")]
    private static partial Regex Bracketed();
}
