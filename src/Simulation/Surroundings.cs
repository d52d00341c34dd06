namespace Holdfast.Simulation;

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

    /// <summary>Who dies hangs up: all to whom it had connections are told.</summary>
    public bool HasHangUps { get; init; }

    /// <summary>What is done to this world.</summary>
    public Injections Injected { get; } = new();

    /// <summary>The true time of day.</summary>
    public Timestamp WallClock => VirtualClock.WorldBegan + TimeSpan.FromMicroseconds(Time.Now);
}
