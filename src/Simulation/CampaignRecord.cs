using System.Globalization;

namespace Holdfast.Simulation;

/// <summary>What a campaign was asked to play, how far it is, and what came of it.</summary>
public sealed class CampaignRecord
{
    /// <summary>The options that all its worlds share, as on the command line.</summary>
    public required string Options { get; init; }

    /// <summary>The first seed.</summary>
    public required ulong First { get; init; }

    /// <summary>How many seeds there are in all.</summary>
    public required int Count { get; set; }

    /// <summary>How many were played, from the first one on.</summary>
    public int Played { get; set; }

    /// <summary>Seconds that playing took.</summary>
    public double Seconds { get; set; }

    /// <summary>Operations that clients had answered.</summary>
    public long Answered { get; set; }

    public long Events { get; set; }

    public long Transfers { get; set; }

    /// <summary>Replicas that lost their disk and had their vote back.</summary>
    public long Returns { get; set; }

    /// <summary>What was injected, by kind, into worlds that held.</summary>
    public SortedDictionary<string, long> Injected { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Seeds in which a checker saw what must never be.</summary>
    public SortedSet<ulong> Failed { get; init; } = [];

    public string Summarize() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Played} worlds, {Events} events, {Answered} answers, {Transfers} state transfers, {Returns} returns, {Failed.Count} failed, {Seconds:F1} s");

    public void Take(WorldResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        Answered += result.Answered;
        Events += result.Events;
        Transfers += result.Transfers;
        Returns += result.Returns;
        foreach (var (what, count) in result.Injected)
        {
            Injected[what] = Injected.GetValueOrDefault(what) + count;
        }
    }
}
