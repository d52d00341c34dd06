using System.Collections.Concurrent;
using System.Diagnostics;
using HdrHistogram;

namespace Holdfast.Cli.Bench;

/// <summary>How long operations took, by place and kind, to three digits. Used by all clients at once; only what falls
/// into the window counts.</summary>
internal sealed class LatencyBook
{
    private const long MicrosecondsMax = 600_000_000;
    private const int Digits = 3;

    private readonly LongConcurrentHistogram[][] _histograms;
    private readonly ConcurrentDictionary<string, long> _failures = new(StringComparer.Ordinal);
    private long _from = long.MaxValue;
    private long _until = long.MaxValue;

    public LatencyBook(int places) => _histograms = [.. Enumerable.Range(0, places).Select(_ =>
        Enum.GetValues<BenchOperation>().Select(_ => new LongConcurrentHistogram(1, MicrosecondsMax, Digits)).ToArray())];

    public int Places => _histograms.Length;

    /// <summary>Operations within the window that had no good end.</summary>
    public long Failed => _failures.Values.Sum();

    /// <summary>These by what became of them, the most frequent first.</summary>
    public IReadOnlyList<(string Why, long Count)> Failures =>
        [.. _failures.Select(one => (one.Key, one.Value)).OrderByDescending(one => one.Value)];

    /// <summary>How long the window was open.</summary>
    public TimeSpan Span => Stopwatch.GetElapsedTime(Volatile.Read(ref _from), Volatile.Read(ref _until));

    public void Open() => Volatile.Write(ref _from, Stopwatch.GetTimestamp());

    public void Close() => Volatile.Write(ref _until, Stopwatch.GetTimestamp());

    /// <param name="began">When it was to begin.</param>
    /// <param name="counted">The moment that must lie within the window.</param>
    public void Done(int place, BenchOperation operation, long began, long counted)
    {
        if (IsWithin(counted))
        {
            var took = (long)Stopwatch.GetElapsedTime(began).TotalMicroseconds;
            _histograms[place][(int)operation].RecordValue(Math.Clamp(took, 1, MicrosecondsMax));
        }
    }

    /// <param name="why">What became of it instead.</param>
    public void DidNotEnd(long counted, string why)
    {
        if (IsWithin(counted))
        {
            _failures.AddOrUpdate(why, 1, static (_, count) => count + 1);
        }
    }

    /// <summary>Of one place; null for all.</summary>
    public HistogramBase Of(int? place, BenchOperation operation)
    {
        var sum = new LongHistogram(1, MicrosecondsMax, Digits);
        foreach (var histograms in place is { } one ? [_histograms[one]] : _histograms)
        {
            sum.Add(histograms[(int)operation]);
        }

        return sum;
    }

    public long CountOf(BenchOperation operation) => _histograms.Sum(place => place[(int)operation].TotalCount);

    private bool IsWithin(long moment) => moment >= Volatile.Read(ref _from) && moment < Volatile.Read(ref _until);
}
