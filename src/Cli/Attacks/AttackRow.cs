using System.Globalization;
using System.Text.Json.Nodes;
using Holdfast.Cli.Check;

namespace Holdfast.Cli.Attacks;

/// <summary>What one attack did, and what was found of it.</summary>
/// <param name="Found">Whether all were found that attacked, see <see cref="SiteRoles.IsFound"/>; null if none of them had
/// any task to lose.</param>
/// <param name="Bar">What was promised of its cost, and whether it held, in words.</param>
internal sealed record AttackRow(
    Attack Attack,
    Stretch Before,
    Stretch During,
    Stretch After,
    CheckReport Safety,
    bool? Found,
    IReadOnlyList<string> Replaced,
    IReadOnlyList<string> Noticed,
    string Bar,
    bool BarHolds)
{
    /// <summary>What each attacker did; whoever is not named did nothing.</summary>
    public IReadOnlyDictionary<string, Deeds> Did { get; init; } = new SortedDictionary<string, Deeds>();

    /// <summary>Of every run, if there were several.</summary>
    public IReadOnlyList<TimeSpan> Pauses { get; init; } = [During.LongestPause];

    public IReadOnlyList<double> KeptByRun { get; init; } = [Share(Before, During, After)];

    /// <summary>Whether every attacker did something: else the figures are those of an attack that was only half of
    /// one.</summary>
    public bool TookPlace => Did.Count > 0 && Did.Values.All(deeds => deeds.IsAny);

    public Deeds DidInAll => Did.Values.Aggregate(default(Deeds), (all, one) => all + one);

    public bool Ok => TookPlace && Safety.Ok && BarHolds;

    public double Kept => Share(Before, During, After);

    /// <summary>The run of the median pause, or of the median throughput where that is what is promised. One in which
    /// something false happened is no accident, whatever its figures were, nor does one count in which somebody did
    /// nothing.</summary>
    public static AttackRow Median(IReadOnlyList<AttackRow> runs)
    {
        var inOrder = runs
            .OrderBy(run => run.Attack.Pause is null ? run.Kept : run.During.LongestPause.TotalSeconds)
            .ToList();
        var median = inOrder.Find(run => !run.Safety.Ok) ?? inOrder.Find(run => !run.TookPlace) ?? inOrder[inOrder.Count / 2];
        return median with
        {
            Pauses = [.. runs.Select(run => run.During.LongestPause)],
            KeptByRun = [.. runs.Select(run => run.Kept)],
        };
    }

    /// <summary>Of the better of before and after: what slows the machine down before an attack must not flatter
    /// it.</summary>
    public static double Share(Stretch before, Stretch during, Stretch after)
    {
        var whole = Math.Max(before.UpdatesPerSecond, after.UpdatesPerSecond);
        return whole > 0 ? during.UpdatesPerSecond / whole : 0;
    }

    /// <summary>In a sentence.</summary>
    public string Verdict => string.Create(
        CultureInfo.InvariantCulture,
        $"verdict: {(TookPlace ? string.Empty : "IT DID NOT TAKE PLACE as it should; ")}"
        + $"{(Safety.Ok ? "nothing false happened" : "SAFETY IS BROKEN")}; {100 * Kept:0} % of the throughput "
        + $"stayed, the longest pause was {During.LongestPause.TotalMilliseconds:0} ms; promised: {Bar}, which "
        + $"{(BarHolds ? "held" : "DID NOT HOLD")}");

    public JsonObject ToJson() => new()
    {
        ["name"] = Attack.Name,
        ["updates_per_second_before"] = Math.Round(Before.UpdatesPerSecond, 1),
        ["updates_per_second_during"] = Math.Round(During.UpdatesPerSecond, 1),
        ["updates_per_second_after"] = Math.Round(After.UpdatesPerSecond, 1),
        ["kept"] = Math.Round(Kept, 3),
        ["kept_by_run"] = new JsonArray([.. KeptByRun.Select(kept => (JsonNode)Math.Round(kept, 3))]),
        ["latency_p50_ms_before"] = Math.Round(Before.Median, 1),
        ["latency_p50_ms_during"] = Math.Round(During.Median, 1),
        ["latency_p50_ms_after"] = Math.Round(After.Median, 1),
        ["latency_p99_ms_before"] = Math.Round(Before.Percentile99, 1),
        ["latency_p99_ms_during"] = Math.Round(During.Percentile99, 1),
        ["latency_p99_ms_after"] = Math.Round(After.Percentile99, 1),
        ["longest_pause_ms"] = Math.Round(During.LongestPause.TotalMilliseconds),
        ["longest_pause_ms_by_run"] =
            new JsonArray([.. Pauses.Select(pause => (JsonNode)Math.Round(pause.TotalMilliseconds))]),
        ["took_place"] = TookPlace,
        ["did"] = new JsonObject(Did.Select(one => KeyValuePair.Create(one.Key, (JsonNode?)one.Value.ToJson()))),
        ["safety_ok"] = Safety.Ok,
        ["culprit_found"] = Found,
        ["replaced"] = Array(Replaced),
        ["noticed"] = Array(Noticed),
        ["bar"] = Bar,
        ["bar_holds"] = BarHolds,
        ["ok"] = Ok,
    };

    private static JsonArray Array(IEnumerable<string> lines) => [.. lines.Select(line => (JsonNode)line)];
}
