namespace Holdfast.Simulation.Throughput;

/// <summary>What is done to a world, and how much of its good clients' throughput is to stay.</summary>
/// <param name="Adversary">Wakes inside one replica of every site: its primary, or its representative to the leading
/// site (that one's to the next); null for none.</param>
public sealed record ThroughputScene(string Name, string? Adversary, bool IsInPrimary, double Keeps)
{
    private const double WhileSlow = 0.5;
    private const double WhileBad = 0.8;
    private const double WhileFlooded = 0.85;

    public static readonly IReadOnlyList<ThroughputScene> All =
    [
        new("slow primary", "SlowPrimary", IsInPrimary: true, WhileSlow),
        new("as slow a primary as can be", "CautiousPrimary", IsInPrimary: true, WhileSlow),
        new("primary that says it is full", "FullPrimary", IsInPrimary: true, WhileSlow),
        new("primary that hears no client", "DeafPrimary", IsInPrimary: true, WhileSlow),
        new("slow representative", "LateRepresentative", IsInPrimary: false, WhileSlow),
        new("bad shares", "BadShares", IsInPrimary: true, WhileBad),
        new("f silent in every site", "Mute", IsInPrimary: true, WhileBad),
        new("flood", Adversary: null, IsInPrimary: false, WhileFlooded),
    ];

    /// <summary>Replicas of every site that turn bad, beginning with the one that is named; more than f break the
    /// promise.</summary>
    public int InEverySite { get; init; } = 1;

    /// <summary>Bad clients send ten times what the system can do.</summary>
    public bool IsFlooded => Adversary is null;
}

/// <summary>What ten good clients got done in one world, and in the same one without that.</summary>
public sealed record KeptThroughput(GotDone Without, GotDone With)
{
    public double Share => With.Updates / (double)Without.Updates;
}

/// <param name="Longest">That one of them waited.</param>
public readonly record struct GotDone(int Updates, TimeSpan Longest);
