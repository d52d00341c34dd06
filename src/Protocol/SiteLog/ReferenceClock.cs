namespace Holdfast.Protocol;

/// <summary>A replica's idea of the time of day: its monotonic clock plus an offset that is drawn, by at most 5 % of
/// the time that passes, to the median of the site's clocks. Never runs backwards.</summary>
public sealed class ReferenceClock
{
    private const long DrawDivisor = 20;
    private static readonly TimeSpan ToldIsFresh = TimeSpan.FromSeconds(10);

    private readonly SiteSize _size;
    private readonly int _self;
    private readonly (long Offset, Instant At)?[] _told;
    private long _offset;
    private Instant _drawnAt;

    public ReferenceClock(SiteSize size, int self, Instant now, Timestamp start)
    {
        (_size, _self, _drawnAt) = (size, self, now);
        _told = new (long, Instant)?[size.Replicas];
        _offset = start.Microseconds - now.Microseconds;
    }

    public Timestamp At(Instant now)
    {
        Draw(now);
        return new(now.Microseconds + _offset);
    }

    /// <summary>A peer said what its clock shows; the way of the word makes it late, never early.</summary>
    public void OnTold(int replica, Instant now, Timestamp clock)
    {
        if (replica != _self)
        {
            _told[replica] = (unchecked(clock.Microseconds - now.Microseconds), now);
        }
    }

    /// <summary>Only while starting: agreed time that is replayed from disk lies in the past.</summary>
    public void NotBefore(Instant now, Timestamp agreed)
    {
        if (At(now) < agreed)
        {
            _offset = agreed.Microseconds - now.Microseconds;
        }
    }

    private void Draw(Instant now)
    {
        var room = Math.Max(0, (now.Microseconds - _drawnAt.Microseconds) / DrawDivisor);
        if (room == 0)
        {
            return;
        }

        _drawnAt = now;
        if (Median(now) is { } median)
        {
            // A quorum's median lies between two correct clocks, so the difference is small; compared without overflow.
            _offset = median > _offset ? Math.Min(median, _offset + room) : Math.Max(median, _offset - room);
        }
    }

    private long? Median(Instant now)
    {
        var offsets = new List<long> { _offset };
        foreach (var told in _told)
        {
            if (told is { } one && now - one.At <= ToldIsFresh)
            {
                offsets.Add(one.Offset);
            }
        }

        offsets.Sort();
        return offsets.Count >= _size.Quorum ? offsets[(offsets.Count - 1) / 2] : null;
    }
}
