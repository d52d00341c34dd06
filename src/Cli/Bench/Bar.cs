using System.Text.Json.Nodes;

namespace Holdfast.Cli.Bench;

/// <summary>One promise about speed, and what was measured.</summary>
/// <param name="Most">The bar is the most (else the least) that it may be.</param>
internal sealed record Bar(string Name, double Value, string Unit, double Limit, bool Most)
{
    /// <summary>What is a share of nothing was not measured.</summary>
    public bool Ok => double.IsFinite(Value) && (Most ? Value <= Limit : Value >= Limit);

    public string LimitText => $"{(Most ? "<=" : ">=")} {BenchTables.Number(Limit)}";

    public JsonObject ToJson() => new()
    {
        ["name"] = Name,
        ["value"] = double.IsFinite(Value) ? BenchResult.Round(Value) : null,
        ["unit"] = Unit,
        ["bar"] = LimitText,
        ["ok"] = Ok,
    };
}
