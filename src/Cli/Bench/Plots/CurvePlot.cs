using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.Cli.Bench.Plots;

/// <summary>What so many clients of one system got done, and how long they waited.</summary>
/// <param name="Load">What they asked for.</param>
internal sealed record CurvePoint(
    string System, string Load, int Clients, double PerSecond, double Median, double Percentile99)
{
    /// <param name="result">Of operations of one kind.</param>
    public static CurvePoint Of(BenchResult result)
    {
        var row = result.Row(null, result.Workload.Mix.Operations.Single());
        var load = LoadOf(row.Operation.ToString().ToLowerInvariant(), result.Workload.ValueSize);
        return new(result.System, load, result.Workload.Clients, row.PerSecond, row.Median, row.Percentile99);
    }

    /// <summary>What a run of <c>bench curve</c> wrote.</summary>
    /// <exception cref="CommandFailure">It did not.</exception>
    public static IReadOnlyList<CurvePoint> Read(string text)
    {
        try
        {
            return [.. JsonNode.Parse(text)!.AsArray().Select(result =>
            {
                // All sites together stand last.
                var row = result!["latencies"]!.AsArray()[^1]!;
                return new CurvePoint(
                    (string)result["system"]!,
                    LoadOf((string)row["operation"]!, (int)result["value_bytes"]!),
                    (int)result["clients"]!,
                    (double)row["per_second"]!,
                    (double)row["p50_ms"]!,
                    (double)row["p99_ms"]!);
            })];
        }
        catch (Exception flaw) when (flaw is JsonException or InvalidOperationException
            or NullReferenceException or FormatException or ArgumentException)
        {
            throw new CommandFailure(
                ExitCode.Usage, "Expected a file after --from that an earlier 'bench curve --json' wrote, found another.");
        }
    }

    private static string LoadOf(string operation, int valueBytes) => $"{operation}, {valueBytes} bytes";
}

/// <summary>Throughput against latency: for each system a line through its loads, with the median drawn through and p99
/// dashed. Both axes are logarithmic.</summary>
internal static class CurvePlot
{
    public static string Draw(IEnumerable<CurvePoint> points)
    {
        var drawn = points.Where(point => point is { PerSecond: > 0, Median: > 0 }).ToList();
        var across = new LogAxis(drawn.Select(point => point.PerSecond));
        var up = new LogAxis(drawn.SelectMany(point => new[] { point.Median, point.Percentile99 }));
        var chart = new SvgChart(
            drawn.FirstOrDefault()?.Load ?? "nothing", "operations a second; at the points: clients", "ms: median, p99 dashed");
        foreach (var (at, label) in across.Marks)
        {
            chart.MarkAcross(at, label);
        }

        foreach (var (at, label) in up.Marks)
        {
            chart.MarkUp(at, label);
        }

        foreach (var system in drawn.GroupBy(point => point.System))
        {
            chart.Line(
                system.Key,
                [.. system.Select(point => (across.At(point.PerSecond), up.At(point.Median)))],
                [.. system.Select(point => point.Clients.ToString(CultureInfo.InvariantCulture))]);
            chart.Line(
                system.Key,
                [.. system.Select(point => (across.At(point.PerSecond), up.At(point.Percentile99)))],
                isDashed: true);
        }

        return chart.ToString();
    }
}
