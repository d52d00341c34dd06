using System.Diagnostics;
using Holdfast.Protocol;

namespace Holdfast.Server.Hosting;

/// <summary>How long clients' requests take here, from the gate to the reply. Bounded: of what is never answered the
/// oldest is forgotten.</summary>
internal sealed class LatencyMeter
{
    private const int UnansweredMax = 4096;
    private const int Kept = 256;

    private readonly Lock _gate = new();
    private readonly Dictionary<Digest, long> _began = [];
    private readonly Queue<Digest> _oldestFirst = new();
    private readonly double[] _last = new double[Kept];
    private long _answered;

    public long Answered
    {
        get
        {
            lock (_gate)
            {
                return _answered;
            }
        }
    }

    /// <summary>Of the last requests; null before the first.</summary>
    public TimeSpan? Median
    {
        get
        {
            lock (_gate)
            {
                var known = (int)Math.Min(_answered, Kept);
                return known == 0 ? null : TimeSpan.FromMilliseconds(_last.Take(known).Order().ElementAt(known / 2));
            }
        }
    }

    public void Began(Digest request)
    {
        lock (_gate)
        {
            if (!_began.TryAdd(request, Stopwatch.GetTimestamp()))
            {
                return;
            }

            _oldestFirst.Enqueue(request);
            if (_oldestFirst.Count > UnansweredMax)
            {
                _began.Remove(_oldestFirst.Dequeue());
            }
        }
    }

    public void Ended(Digest request)
    {
        lock (_gate)
        {
            if (_began.Remove(request, out var began))
            {
                _last[_answered++ % Kept] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            }
        }
    }
}
