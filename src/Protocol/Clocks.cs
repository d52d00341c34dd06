namespace Holdfast.Protocol;

/// <summary>A reading of one replica's own monotonic clock, in microseconds from an arbitrary zero. Never leaves the
/// replica, except as the reference clock derived from it.</summary>
public readonly record struct Instant(long Microseconds) : IComparable<Instant>
{
    public static readonly Instant Never = new(long.MaxValue);

    public int CompareTo(Instant other) => Microseconds.CompareTo(other.Microseconds);

    public static Instant Earlier(Instant left, Instant right) => left < right ? left : right;

    public static Instant Later(Instant left, Instant right) => left > right ? left : right;

    public static Instant operator +(Instant left, TimeSpan right) =>
        left == Never ? Never : new(left.Microseconds + (right.Ticks / TimeSpan.TicksPerMicrosecond));

    public static TimeSpan operator -(Instant left, Instant right) =>
        TimeSpan.FromMicroseconds(left.Microseconds - right.Microseconds);

    public static bool operator <(Instant left, Instant right) => left.Microseconds < right.Microseconds;

    public static bool operator >(Instant left, Instant right) => left.Microseconds > right.Microseconds;

    public static bool operator <=(Instant left, Instant right) => left.Microseconds <= right.Microseconds;

    public static bool operator >=(Instant left, Instant right) => left.Microseconds >= right.Microseconds;
}

/// <summary>A time of day, in microseconds since 1970-01-01 UTC: a site's agreed <c>Time</c>, the <c>GlobalTime</c> of
/// entries, a replica's reference clock.</summary>
public readonly record struct Timestamp(long Microseconds) : IComparable<Timestamp>
{
    public static readonly Timestamp Never = new(long.MaxValue);

    public int CompareTo(Timestamp other) => Microseconds.CompareTo(other.Microseconds);

    public static Timestamp Later(Timestamp left, Timestamp right) => left > right ? left : right;

    public static Timestamp Earlier(Timestamp left, Timestamp right) => left < right ? left : right;

    public static Timestamp operator +(Timestamp left, TimeSpan right) =>
        left == Never ? Never : new(left.Microseconds + (right.Ticks / TimeSpan.TicksPerMicrosecond));

    /// <summary>At most what a <see cref="TimeSpan"/> can be, or as little: a time in an entry is whatever another site said.</summary>
    public static TimeSpan operator -(Timestamp left, Timestamp right)
    {
        var between = (Int128)left.Microseconds - right.Microseconds;
        var most = (Int128)(TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMicrosecond);
        return TimeSpan.FromMicroseconds((long)Int128.Clamp(between, -most, most));
    }

    public static bool operator <(Timestamp left, Timestamp right) => left.Microseconds < right.Microseconds;

    public static bool operator >(Timestamp left, Timestamp right) => left.Microseconds > right.Microseconds;

    public static bool operator <=(Timestamp left, Timestamp right) => left.Microseconds <= right.Microseconds;

    public static bool operator >=(Timestamp left, Timestamp right) => left.Microseconds >= right.Microseconds;
}
