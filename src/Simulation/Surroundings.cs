namespace Holdfast.Simulation;

/// <summary>Microseconds of a replica.</summary>
/// <param name="Update">To order and execute one, wherever it comes from.</param>
/// <param name="LetIn">To look at a client's request that is let in: its signature.</param>
/// <param name="TurnedAway">To look at one that is not.</param>
internal sealed record WorkCosts(long Update, long LetIn, long TurnedAway);

/// <summary>What all replicas of a world share.</summary>
/// <param name="Skew">Wall clocks are wrong by so much at most.</param>
/// <param name="RetainedBytes">So much of their journals replicas keep for others.</param>
internal sealed record Surroundings(
    VirtualTime Time,
    VirtualNetwork Network,
    WorldKeys Keys,
    Judge Judge,
    PlaceTable Places,
    TimeSpan Skew,
    long RetainedBytes,
    Action<string> Trace)
{
    /// <summary>How far back all sites keep what others may miss.</summary>
    public Retention Retention { get; init; } = Retention.Usual;

    /// <summary>What replicas spend their time on, beside turns and flushes.</summary>
    public WorkCosts Costs { get; init; } = new(0, 0, 0);

    /// <summary>Who dies hangs up: all to whom it had connections are told.</summary>
    public bool HasHangUps { get; init; }

    /// <summary>Values take much room in the state.</summary>
    public bool HasLargeValues { get; init; }

    /// <summary>What is done to this world.</summary>
    public Injections Injected { get; } = new();

    /// <summary>The true time of day.</summary>
    public Timestamp WallClock => VirtualClock.WorldBegan + TimeSpan.FromMicroseconds(Time.Now);
}
