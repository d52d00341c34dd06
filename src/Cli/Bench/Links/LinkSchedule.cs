namespace Holdfast.Cli.Bench.Links;

/// <summary>When what leaves one place arrives at another: first it waits for its turn on the road out of its place, then
/// the road is so long. What comes to a road on which too much waits is lost, as at a router, and so is a share of all, by
/// dice. What leaves a place for another keeps its order. For one thread; times are in nanoseconds of any clock.</summary>
internal sealed class LinkSchedule<TPacket>
{
    /// <summary>What would wait longer for its turn is lost.</summary>
    public const long QueueMax = 100_000_000;

    /// <summary>On all roads together; beyond that packets are lost.</summary>
    public const int UnderWayMax = 200_000;

    private const double BitsPerMegabit = 1e6;
    private const double NanosecondsPerSecond = 1e9;

    private readonly long[][] _oneWay;
    private readonly double _loss;
    private readonly Random _dice = new(Seed: 1);
    private readonly long[] _freeAt;
    private readonly PriorityQueue<(int To, TPacket Packet), (long Due, long Number)> _underWay = new();
    private long _number;

    /// <param name="loss">Of each packet, from 0 to 1.</param>
    public LinkSchedule(IReadOnlyList<IReadOnlyList<TimeSpan>> oneWay, double loss)
    {
        _oneWay = [.. oneWay.Select(row => row.Select(delay => (long)delay.TotalNanoseconds).ToArray())];
        _freeAt = new long[oneWay.Count];
        _loss = loss;
    }

    /// <summary>A second, out of each place; null for as many as anyone likes.</summary>
    public double? Megabits { get; set; }

    /// <summary>When the next packet arrives; <see cref="long.MaxValue"/> if none is under way.</summary>
    public long NextDue => _underWay.TryPeek(out _, out var next) ? next.Due : long.MaxValue;

    /// <summary>False if the packet is lost.</summary>
    public bool Offer(int from, int to, int bytes, TPacket packet, long now)
    {
        var begins = Math.Max(now, _freeAt[from]);
        if (_underWay.Count >= UnderWayMax || begins - now > QueueMax)
        {
            return false;
        }

        var takes = Megabits is { } megabits
            ? (long)(bytes * 8 * NanosecondsPerSecond / (megabits * BitsPerMegabit))
            : 0;
        _freeAt[from] = begins + takes;
        if (_loss > 0 && _dice.NextDouble() < _loss)
        {
            return false;
        }

        _underWay.Enqueue((to, packet), (begins + takes + _oneWay[from][to], _number++));
        return true;
    }

    /// <summary>The next packet that has arrived by now.</summary>
    /// <param name="lateBy">So long ago.</param>
    public bool TryTake(long now, out int to, out TPacket packet, out long lateBy)
    {
        if (!_underWay.TryPeek(out var next, out var place) || place.Due > now)
        {
            (to, packet, lateBy) = (0, default!, 0);
            return false;
        }

        _underWay.Dequeue();
        ((to, packet), lateBy) = (next, now - place.Due);
        return true;
    }
}
