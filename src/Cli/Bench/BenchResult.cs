using System.Text.Json.Nodes;

namespace Holdfast.Cli.Bench;

/// <summary>What one workload got from one system, and what that cost.</summary>
internal sealed record BenchResult(
    string System,
    Workload Workload,
    LatencyBook Book,
    CostSnapshot Before,
    CostSnapshot After)
{
    private const double MicrosecondsPerMillisecond = 1000;

    /// <summary>What there is to tell of each place and kind, and of all places where there are more.</summary>
    public IEnumerable<LatencyRow> Rows()
    {
        foreach (var operation in Workload.Mix.Operations)
        {
            var places = Enumerable.Range(0, Book.Places)
                .Select(place => Row(place, operation)).Where(row => row.Count > 0).ToList();
            foreach (var row in places)
            {
                yield return row;
            }

            if (places.Count != 1)
            {
                yield return Row(null, operation);
            }
        }
    }

    public LatencyRow Row(int? place, BenchOperation operation)
    {
        var histogram = Book.Of(place, operation);
        double At(double percent) =>
            histogram.TotalCount == 0 ? 0 : histogram.GetValueAtPercentile(percent) / MicrosecondsPerMillisecond;
        return new(
            place,
            operation,
            histogram.TotalCount,
            histogram.TotalCount / Book.Span.TotalSeconds,
            At(50),
            At(90),
            At(99),
            At(99.9),
            At(100));
    }

    /// <summary>For each update; where there was none, for each operation.</summary>
    public IReadOnlyList<(string Name, double Value)> Costs()
    {
        var divisor = Divisor;
        return
        [
            .. After.PerUpdateSince(Before, divisor),
            ("processor ms of the clients", (After.Clients - Before.Clients).TotalMilliseconds / divisor),
        ];
    }

    public bool HasUpdates => Book.CountOf(BenchOperation.Update) > 0;

    /// <summary>How much of one core each process used.</summary>
    public IEnumerable<(string Name, double MillisecondsPerUpdate, double Cores, long MemoryBytes)> Processes() =>
        After.ProcessorSince(Before).Select(one => (
            one.Name,
            one.Used.TotalMilliseconds / Divisor,
            one.Used / Book.Span,
            After.Processes.First(process => process.Name == one.Name).MemoryBytes));

    public double? CoresOfOthers => After.CoresOfOthersSince(Before, Book.Span);

    public JsonObject ToJson()
    {
        var costs = new JsonObject();
        foreach (var (name, value) in Costs())
        {
            costs[name] = Round(value);
        }

        return new JsonObject
        {
            ["system"] = System,
            ["workload"] = Workload.Name,
            ["clients"] = Workload.IsOpenLoop ? null : Workload.Clients,
            ["rate"] = Workload.Rate,
            ["site"] = Workload.Site,
            ["mix"] = Workload.Mix.ToString(),
            ["keys"] = Workload.Keys,
            ["value_bytes"] = Workload.ValueSize,
            ["grouped"] = Workload.IsGrouped,
            ["uplink_mbit"] = Workload.Uplink,
            ["seconds"] = Round(Book.Span.TotalSeconds),
            ["failed"] = Book.Failed,
            ["failures"] = new JsonObject(Book.Failures.Select(one => KeyValuePair.Create(one.Why, (JsonNode?)one.Count))),
            ["cores_of_others"] = CoresOfOthers is { } cores ? Round(cores) : null,
            ["latencies"] = new JsonArray([.. Rows().Select(row => (JsonNode)row.ToJson())]),
            [HasUpdates ? "per_update" : "per_operation"] = costs,
            ["processes"] = new JsonArray([.. Processes().Select(process => (JsonNode)new JsonObject
            {
                ["name"] = process.Name,
                ["processor_ms"] = Round(process.MillisecondsPerUpdate),
                ["cores"] = Round(process.Cores),
                ["memory_mib"] = Round(process.MemoryBytes / 1048576.0),
            })]),
        };
    }

    internal static double Round(double value) => Math.Round(value, 3);

    private double Divisor => Math.Max(
        1, HasUpdates ? Book.CountOf(BenchOperation.Update) : Workload.Mix.Operations.Sum(Book.CountOf));
}

/// <summary>How long operations of one kind took at one place (null: at all), in milliseconds.</summary>
internal sealed record LatencyRow(
    int? Place,
    BenchOperation Operation,
    long Count,
    double PerSecond,
    double Median,
    double Percentile90,
    double Percentile99,
    double Percentile999,
    double Longest)
{
    public JsonObject ToJson() => new()
    {
        ["site"] = Place,
        ["operation"] = Operation.ToString().ToLowerInvariant(),
        ["count"] = Count,
        ["per_second"] = BenchResult.Round(PerSecond),
        ["p50_ms"] = BenchResult.Round(Median),
        ["p90_ms"] = BenchResult.Round(Percentile90),
        ["p99_ms"] = BenchResult.Round(Percentile99),
        ["p999_ms"] = BenchResult.Round(Percentile999),
        ["max_ms"] = BenchResult.Round(Longest),
    };
}
