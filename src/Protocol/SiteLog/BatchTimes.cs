namespace Holdfast.Protocol;

/// <summary>The last 128 measurements of one duration. Their median is what is usual: no single replica can stretch
/// it.</summary>
public sealed class BatchTimes(TimeSpan untilMeasured)
{
    private const int Kept = 128;
    private readonly long[] _ring = new long[Kept];
    private int _count;
    private int _next;
    private TimeSpan? _median;

    public TimeSpan Median => _median ??= Compute();

    public void Add(TimeSpan time)
    {
        _ring[_next] = Math.Max(0, time.Ticks);
        _next = (_next + 1) % Kept;
        _count = Math.Min(Kept, _count + 1);
        _median = null;
    }

    private TimeSpan Compute()
    {
        if (_count == 0)
        {
            return untilMeasured;
        }

        var sorted = _ring[.._count];
        Array.Sort(sorted);
        return new(sorted[_count / 2]);
    }
}
