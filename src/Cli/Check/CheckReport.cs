using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.Cli.Check;

/// <summary>One thing that was checked, and what was found.</summary>
internal sealed record CheckResult(string Name, bool Ok, string Detail);

/// <summary>What a check found and measured: for people as a table, for programs as JSON.</summary>
internal sealed class CheckReport
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private readonly List<CheckResult> _checks = [];
    private readonly List<(string Name, double Value)> _figures = [];

    public IReadOnlyList<CheckResult> Checks => _checks;

    public IReadOnlyList<(string Name, double Value)> Figures => _figures;

    /// <summary>Whether all checks held; at least one must have been made.</summary>
    public bool Ok => _checks.Count > 0 && _checks.TrueForAll(check => check.Ok);

    public void Check(string name, bool ok, string detail) => _checks.Add(new(name, ok, detail));

    public void Measure(string name, double value) => _figures.Add((name, Math.Round(value, 3)));

    public double Figure(string name) => _figures.Last(figure => figure.Name == name).Value;

    public string ToJson()
    {
        var document = new JsonObject { ["ok"] = Ok };
        foreach (var (name, value) in _figures)
        {
            document[name] = value;
        }

        document["checks"] = new JsonArray([.. _checks.Select(check => (JsonNode)new JsonObject
        {
            ["name"] = check.Name,
            ["ok"] = check.Ok,
            ["detail"] = check.Detail,
        })]);
        return document.ToJsonString(Indented);
    }
}
