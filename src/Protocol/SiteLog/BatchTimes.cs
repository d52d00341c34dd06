namespace Holdfast.Protocol;

/// <summary>The last 128 measurements of one duration. Their median is what is usual: no single replica can stretch it,
/// and neither can the few slow ones of a start, while peers are not there yet.</summary>
/// <param name="untilMeasured">Stands in for what is missing to 16 measurements.</param>
public sealed class BatchTimes(TimeSpan untilMeasured)
{
    private const int Kept = 128;
    private const int NeededAtLeast = 16;
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
        Span<long> sorted = stackalloc long[Math.Max(_count, NeededAtLeast)];
        sorted.Fill(untilMeasured.Ticks);
        _ring.AsSpan(0, _count).CopyTo(sorted);
        sorted.Sort();
        return new(sorted[sorted.Length / 2]);
    }
}
