using System.Diagnostics.CodeAnalysis;
using Holdfast.Protocol;

namespace Holdfast.Server.Hosting;

/// <summary>
/// What waits, of many sources: each in its own order, and among one another so that all have as many bytes looked at
/// (start-time fair queueing; Goyal, Vin and Cheng 1996). Bytes, since the work in a frame grows with them: turns by
/// frames would let one that sends long ones have nearly all the time. Who has something here may add more only while
/// at least as much as it has stays free, as in <see cref="ClientShares"/>. So one that floods waits for itself alone,
/// and shuts nobody out. The caller locks.
/// </summary>
internal sealed class FairQueue<TSource, TItem>(int itemsMax, long bytesMax)
    where TSource : notnull
{
    /// <summary>So many bytes' worth of work is any item, however short.</summary>
    private const int ItemBytesMin = 1024;

    /// <summary>Beyond it, sources that have nothing here and owe no time are forgotten.</summary>
    private const int SourcesKept = 1024;

    private readonly Dictionary<TSource, Line> _lines = [];
    private readonly PriorityQueue<Line, (long Start, long Arrival)> _turns = new();
    private long _bytes;
    private long _now;
    private long _arrivals;

    public int Count { get; private set; }

    /// <summary>Who has something here or owes time.</summary>
    public int Sources => _lines.Count;

    /// <param name="bytes">What it holds on to.</param>
    public Rejection Offer(TSource source, TItem item, int bytes)
    {
        var (itemsLeft, bytesLeft) = (itemsMax - Count - 1, bytesMax - _bytes - bytes);
        if (itemsLeft < 0 || bytesLeft < 0)
        {
            return Rejection.Overloaded;
        }

        var line = LineOf(source);
        if (line.Items.Count > itemsLeft || line.Bytes > bytesLeft)
        {
            return Rejection.ShareUsedUp;
        }

        var start = Math.Max(_now, line.Finish);
        line.Finish = start + Math.Max(bytes, ItemBytesMin);
        line.Items.Enqueue((item, bytes, start));
        line.Bytes += bytes;
        _bytes += bytes;
        Count++;
        if (line.Items.Count == 1)
        {
            _turns.Enqueue(line, (start, _arrivals++));
        }

        return Rejection.None;
    }

    /// <summary>The oldest item of the source whose turn it is. False where there is none: then the caller is idle, and
    /// what was taken before is forgotten.</summary>
    public bool TryTake([MaybeNullWhen(false)] out TItem item)
    {
        if (!_turns.TryDequeue(out var line, out var turn))
        {
            _lines.Clear();
            item = default;
            return false;
        }

        _now = turn.Start;
        (item, var bytes, _) = line.Items.Dequeue();
        line.Bytes -= bytes;
        _bytes -= bytes;
        Count--;
        if (line.Items.TryPeek(out var next))
        {
            _turns.Enqueue(line, (next.Start, _arrivals++));
        }

        return true;
    }

    private Line LineOf(TSource source)
    {
        if (!_lines.TryGetValue(source, out var line))
        {
            if (_lines.Count >= SourcesKept)
            {
                ForgetSettled();
            }

            _lines.Add(source, line = new());
        }

        return line;
    }

    private void ForgetSettled()
    {
        foreach (var (source, line) in _lines)
        {
            if (line.Items.Count == 0 && line.Finish <= _now)
            {
                // Removal while enumerating is allowed.
                _lines.Remove(source);
            }
        }
    }

    /// <summary>One source's items, and the time at which its next one may start: kept while it owes time, so that
    /// nobody does better by sending one long frame after the other than many at once.</summary>
    private sealed class Line
    {
        public Queue<(TItem Item, int Bytes, long Start)> Items { get; } = new();

        public long Bytes { get; set; }

        public long Finish { get; set; }
    }
}
