using System.Diagnostics;

namespace Holdfast.Cli.Check;

/// <summary>How long operations of one kind took, in milliseconds.</summary>
internal sealed class Latencies
{
    private readonly List<double> _milliseconds = [];

    public int Count => _milliseconds.Count;

    public async Task MeasureAsync(Func<Task> operation)
    {
        var started = Stopwatch.GetTimestamp();
        await operation().ConfigureAwait(false);
        _milliseconds.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    /// <summary>The smallest value that so many in a hundred do not exceed (nearest rank).</summary>
    public double Percentile(int percent)
    {
        var sorted = _milliseconds.Order().ToArray();
        return sorted.Length == 0 ? 0 : sorted[Math.Max(0, (int)Math.Ceiling(percent / 100.0 * sorted.Length) - 1)];
    }
}
