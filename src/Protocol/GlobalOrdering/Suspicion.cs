namespace Holdfast.Protocol;

/// <summary>When a site thinks that another view would do better, and how long it waits before it thinks so.</summary>
internal sealed class Suspicion
{
    private Timestamp _last;
    private Timestamp _timersFrom;
    private Timestamp _movedAt;
    private Timestamp _calmSince;

    /// <summary>How often the time-out is doubled at present.</summary>
    public int Doublings { get; private set; }

    /// <summary>Whether a cause lasts for longer than the time-out.</summary>
    public bool IsSuspicious { get; private set; }

    /// <summary>When the next cause will have lasted too long, if nothing changes.</summary>
    public Timestamp Deadline { get; private set; } = Timestamp.Never;

    /// <summary>Every move without an install doubles the time-out.</summary>
    public void OnMove(Timestamp now, bool wasInstalled)
    {
        if (!wasInstalled)
        {
            Doublings = Math.Min(Doublings + 1, Limits.GlobalTimeoutDoublings);
        }

        (_movedAt, _calmSince, IsSuspicious) = (now, now, false);
    }

    /// <summary>Restarts the timers if the site slept.</summary>
    public void OnTime(Timestamp now)
    {
        if (now - _last > Limits.TimeStep)
        {
            (_timersFrom, _calmSince) = (now, now);
        }

        _last = now;
    }

    /// <summary>Since when something lasts, as far as timers are concerned.</summary>
    public Timestamp Since(Timestamp since) =>
        since == Timestamp.Never ? since : Timestamp.Later(since, Timestamp.Later(_timersFrom, _movedAt));

    /// <param name="oldestCause">Since when the oldest cause lasts; never, if there is none.</param>
    public void Judge(Timestamp now, Timestamp oldestCause, TimeSpan globalTimeout)
    {
        Deadline = Since(oldestCause) + globalTimeout;
        IsSuspicious = Deadline <= now;
        if (IsSuspicious)
        {
            _calmSince = now;
        }
        else if (Doublings > 0 && _calmSince + Limits.Calm <= now)
        {
            Doublings--;
            _calmSince = now;
        }
    }

    public void Save(WireWriter writer)
    {
        writer.Time(_last);
        writer.Time(_timersFrom);
        writer.Time(_movedAt);
        writer.Time(_calmSince);
        writer.Byte((byte)Doublings);
        writer.Boolean(IsSuspicious);
        writer.Time(Deadline);
    }

    public void Load(ref WireReader reader)
    {
        (_last, _timersFrom, _movedAt) = (reader.Time(), reader.Time(), reader.Time());
        (_calmSince, Doublings, IsSuspicious, Deadline) =
            (reader.Time(), reader.Byte(), reader.Boolean(), reader.Time());
    }
}
