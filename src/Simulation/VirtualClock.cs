namespace Holdfast.Simulation;

/// <summary>One machine's clocks: a monotonic one that starts anywhere and runs a little fast or slow, and a wall clock
/// that is wrong by some offset.</summary>
internal sealed class VirtualClock
{
    /// <summary>The time of day at which every world begins.</summary>
    public static readonly Timestamp WorldBegan = new(1_767_225_600_000_000);

    private const long PerMillion = 1_000_000;

    private readonly VirtualTime _time;
    private readonly long _start;
    private readonly long _rate;
    private readonly long _wallOffset;
    private long _stoodStill;

    public VirtualClock(VirtualTime time, Dice dice, TimeSpan skew)
    {
        _time = time;
        _start = dice.Between(1, 1L << 40);
        _rate = PerMillion + dice.Between(-200, 200);
        var bound = (long)skew.TotalMicroseconds;
        _wallOffset = dice.Between(-bound, bound);
    }

    public Instant Now => new(_start + (long)((Int128)(_time.Now - _stoodStill) * _rate / PerMillion));

    public Timestamp WallClock => new(WorldBegan.Microseconds + _time.Now + _wallOffset);

    /// <summary>The world's time when this clock shows that.</summary>
    public long WorldTime(Instant instant) =>
        (long)(((Int128)(instant.Microseconds - _start) * PerMillion / _rate) + 1) + _stoodStill;

    /// <summary>The monotonic clock goes on where it was, after its machine was stopped for so long.</summary>
    public void StoodStill(long microseconds) => _stoodStill += microseconds;
}
