using System.Text.Json.Nodes;

namespace Holdfast.Cli.Bench;

/// <summary>One promise about speed, and what was measured.</summary>
/// <param name="Most">The bar is the most (else the least) that it may be.</param>
internal sealed record Bar(string Name, double Value, string Unit, double Limit, bool Most)
{
    public bool Ok => Most ? Value <= Limit : Value >= Limit;

    public string LimitText => $"{(Most ? "<=" : ">=")} {BenchTables.Number(Limit)}";

    public JsonObject ToJson() => new()
    {
        ["name"] = Name,
        ["value"] = BenchResult.Round(Value),
        ["unit"] = Unit,
        ["bar"] = LimitText,
        ["ok"] = Ok,
    };
}
