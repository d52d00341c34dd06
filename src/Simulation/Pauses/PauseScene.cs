namespace Holdfast.Simulation.Pauses;

/// <summary>What is done to a calm world under load, and how long a client may then wait.</summary>
/// <param name="HangsUp">Who dies hangs up, as a killed process does; else it falls silent.</param>
/// <param name="Bar">The longest wait that is promised, for sites 50 ms of round trip apart.</param>
public sealed record PauseScene(string Name, int Faults, Misfortune Misfortune, bool HangsUp, TimeSpan Bar)
{
    private static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan OfReplicas = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan OfSite = (5 * RoundTrip) + TimeSpan.FromSeconds(2);
    private static readonly TimeSpan OfPartition = (10 * RoundTrip) + TimeSpan.FromSeconds(2);

    public static readonly IReadOnlyList<PauseScene> All =
    [
        new("killed primary", 1, Misfortune.DeadPrimaries, HangsUp: true, OfReplicas),
        new("silent primary", 1, Misfortune.DeadPrimaries, HangsUp: false, OfReplicas),
        new("killed representative", 1, Misfortune.DeadRepresentatives, HangsUp: true, OfReplicas),
        new("silent representative", 1, Misfortune.DeadRepresentatives, HangsUp: false, OfReplicas),
        new("two killed primaries in a row", 2, Misfortune.DeadPrimaries, HangsUp: true, OfReplicas),
        new("killed leading site", 1, Misfortune.DeadLeadingSite, HangsUp: true, OfSite),
        new("leading site cut off", 1, Misfortune.LeadingSiteCutOff, HangsUp: false, OfPartition),
        new("all sites cut off", 1, Misfortune.AllSitesCutOff, HangsUp: false, OfPartition),
    ];
}

/// <summary>What befalls a world.</summary>
public enum Misfortune
{
    /// <summary>The primary of every site dies, and the f - 1 that would follow it.</summary>
    DeadPrimaries,

    /// <summary>In each site, the representative to the leading site dies (its own to the next site).</summary>
    DeadRepresentatives,

    /// <summary>All replicas of the leading site die.</summary>
    DeadLeadingSite,

    /// <summary>No site hears the leading site, nor it them, for some seconds; watched from the mending on.</summary>
    LeadingSiteCutOff,

    /// <summary>No site hears another, for some seconds; watched from the mending on.</summary>
    AllSitesCutOff,
}

/// <summary>What clients waited for in one world.</summary>
/// <param name="Longest">The longest wait of any client that was watched; it may have begun before.</param>
/// <param name="ViewChanges">The most that any site went through.</param>
public sealed record Pause(TimeSpan Longest, ulong ViewChanges);
