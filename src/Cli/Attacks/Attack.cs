namespace Holdfast.Cli.Attacks;

/// <summary>Who is hit: the worst seats that f faulty replicas of each site can have for it.</summary>
internal enum AttackSeats
{
    /// <summary>Of every site its primary.</summary>
    Primaries,

    /// <summary>The representative of every site to the leading one, and of that to the next.</summary>
    Representatives,

    /// <summary>The primary of the leading site, the representative of the next, and backups elsewhere.</summary>
    Mixed,

    /// <summary>All of the leading site.</summary>
    LeadingSite,

    /// <summary>Nobody: all replicas are good.</summary>
    Nobody,
}

/// <summary>One attack on a system of real processes, and what it may cost.</summary>
/// <param name="Adversary">What is inside the replicas; null: they are killed.</param>
internal sealed record Attack(string Name, string Line, AttackSeats Seats, string? Adversary)
{
    /// <summary>So much of the throughput before stays while it lasts: while replicas of every site are mute, slow or
    /// lie, with the time that it takes to find them.</summary>
    public double Keeps { get; init; } = 0.8;

    /// <summary>What the adversary does, where it has several ways: from the leading site on, a site each, and from the
    /// first again where there are more sites. Said by name, so that each is played and none twice by chance.</summary>
    public IReadOnlyList<string> Ways { get; init; } = [];

    /// <summary>Each good client has a key of its own: under one that they share, all of them are the same to a replica.</summary>
    public bool IsAmongStrangers { get; init; }

    /// <summary>Clients flood it, and no replica is at fault.</summary>
    public bool IsFlood => Seats == AttackSeats.Nobody;

    /// <summary>No client waits longer; null where throughput is what is promised.</summary>
    public TimeSpan? Pause { get; init; }

    /// <summary>So many round trips between sites beside that.</summary>
    public int PauseRoundTrips { get; init; }

    /// <summary>How often it is played: one pause is an accident, the median of three is not; nor is that of three
    /// floods, of which the first second decides.</summary>
    public int Runs => Pause is null && !IsFlood ? 1 : 3;

    public static IReadOnlyList<Attack> All { get; } =
    [
        new("mute", "f replicas of every site hear everything and say nothing", AttackSeats.Mixed, "Mute"),
        new("silent", "f replicas of every site say nothing, in spells", AttackSeats.Mixed, "Silent"),
        new(
            "two-faced-primary",
            "every primary tells half of its site another story than the rest",
            AttackSeats.Primaries,
            "TwoFacedPrimary")
        {
            Ways = ["Brazen", "Sly"],
        },
        new("slow-primary", "every primary holds its proposals back", AttackSeats.Primaries, "SlowPrimary"),
        new(
            "cautious-primary",
            "every primary is as slow as it can be without being replaced, and searches for that",
            AttackSeats.Primaries,
            "CautiousPrimary")
        {
            Keeps = 0.5,
        },
        new("choosy-primary-client", "every primary leaves one client out", AttackSeats.Primaries, "ChoosyPrimary")
        {
            Ways = ["Client"],
            IsAmongStrangers = true,
        },
        new(
            "choosy-primary-link",
            "every primary leaves out what the leading site says, and that one what the next says",
            AttackSeats.Primaries,
            "ChoosyPrimary")
        {
            Ways = ["Link"],
        },
        new(
            "choosy-primary-rows",
            "every primary leaves out the commitments that others sign with",
            AttackSeats.Primaries,
            "ChoosyPrimary")
        {
            Ways = ["Rows"],
        },
        new(
            "choosy-primary-peer",
            "every primary offers nothing to its site's representative",
            AttackSeats.Primaries,
            "ChoosyPrimary")
        {
            Ways = ["Peer"],
        },
        new(
            "false-time-near",
            "every primary's clock is wrong by up to a second",
            AttackSeats.Primaries,
            "FalseTime")
        {
            Ways = ["SecondAhead", "LittleAhead", "SecondBehind"],
        },
        new(
            "false-time-far",
            "every primary's clock stands, or is wrong by an hour",
            AttackSeats.Primaries,
            "FalseTime")
        {
            Ways = ["Stands", "HourAhead", "HourBehind"],
        },
        new(
            "complaining",
            "f replicas of every site complain about every view, and never take it back",
            AttackSeats.Mixed,
            "Complaining"),
        new(
            "endless-rows",
            "f replicas of every site publish commitments without end, old, wrong and ahead",
            AttackSeats.Mixed,
            "EndlessRows"),
        new(
            "dropping-representative",
            "the representatives pass nothing on to other sites and answer no client",
            AttackSeats.Representatives,
            "DroppingRepresentative"),
        new(
            "withholding-representative",
            "the representatives keep every third message of a stream to themselves",
            AttackSeats.Representatives,
            "WithholdingRepresentative"),
        new("garbling", "f replicas of every site spoil bytes of what they send", AttackSeats.Mixed, "Garbling"),
        new(
            "slow-representative",
            "the representatives hold back what they hand on to other sites",
            AttackSeats.Representatives,
            "LateRepresentative"),
        new(
            "slow-disk",
            "a flush takes a quarter of a second on the disks of f replicas of every site",
            AttackSeats.Mixed,
            InsiderProgram.SlowDisk),
        new("dead-primary", "every primary is killed", AttackSeats.Primaries, null)
        {
            Pause = TimeSpan.FromMilliseconds(500),
        },
        new("dead-representative", "the representatives are killed", AttackSeats.Representatives, null)
        {
            Pause = TimeSpan.FromMilliseconds(500),
        },
        new("dead-leading-site", "all replicas of the leading site are killed", AttackSeats.LeadingSite, null)
        {
            Pause = TimeSpan.FromSeconds(2),
            PauseRoundTrips = 5,
        },
        new(
            "flood",
            "100 bad clients send ten times what the system can do",
            AttackSeats.Nobody,
            null)
        {
            Keeps = 0.85,
        },

        // The last, because who is banned stays banned.
        new("bad-shares", "f replicas of every site spoil its signatures", AttackSeats.Mixed, "BadShares")
        {
            Ways = ["Spoil", "CommitToNothing", "AccuseItself"],
        },
    ];

    /// <summary>The attack of that name, or all whose names go on behind it; none if there is no such attack.</summary>
    public static IReadOnlyList<Attack> Named(string name) =>
        [.. All.Where(attack => attack.Name == name || attack.Name.StartsWith($"{name}-", StringComparison.Ordinal))];
}
