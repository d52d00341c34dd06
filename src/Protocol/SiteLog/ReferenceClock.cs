namespace Holdfast.Protocol;

/// <summary>
/// A replica's idea of the time of day: its monotonic clock plus an offset, drawn to what the others' clocks show by at
/// most 5 % of the time that passes, and never running backwards. It goes there at once where being drawn would keep the
/// site waiting for hours: forward, when it is far behind, for its machine stood still and others need its vote; and
/// either way as long as the site orders nothing by it.
/// </summary>
public sealed class ReferenceClock
{
    private const long DrawDivisor = 20;
    private static readonly TimeSpan ToldIsFresh = TimeSpan.FromSeconds(10);

    // Below this the way of the words is as likely a reason as the clocks are, and drawing is soon done with it.
    private static readonly TimeSpan Near = TimeSpan.FromMilliseconds(25);

    // The offers of a primary that goes with the others would have to wait here.
    private static readonly TimeSpan FarBehind = SiteAgreement.AheadMax;

    // A site that works orders something each second.
    private static readonly TimeSpan GoneByLasts = TimeSpan.FromSeconds(2);

    private readonly SiteSize _size;
    private readonly int _self;
    private readonly (long Offset, Instant At)?[] _told;
    private long _offset;
    private Instant _drawnAt;
    private Instant? _goneByAt;

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
        if (replica == _self)
        {
            return;
        }

        _told[replica] = (unchecked(clock.Microseconds - now.Microseconds), now);
        if (Middle(now) is { } middle && IsTakenOver(now, middle - _offset))
        {
            (_offset, _drawnAt) = (middle, now);
        }
    }

    /// <summary>Agreed time is proof that a correct replica's clock has shown as much: this one was behind.</summary>
    public void NotBefore(Instant now, Timestamp agreed)
    {
        if (At(now) < agreed)
        {
            _offset = agreed.Microseconds - now.Microseconds;
        }
    }

    /// <summary>The site has ordered something whose time this clock has judged: others go by it.</summary>
    public void OnGoneBy(Instant now) => _goneByAt = now;

    /// <summary>Forward it is safe at any time: words that were long on their way make the middle lower, never
    /// higher.</summary>
    private bool IsTakenOver(Instant now, long ahead) => _goneByAt is { } at && now - at < GoneByLasts
        ? ahead > FarBehind.TotalMicroseconds
        : Math.Abs(ahead) > Near.TotalMicroseconds;

    private void Draw(Instant now)
    {
        var room = Math.Max(0, (now.Microseconds - _drawnAt.Microseconds) / DrawDivisor);
        if (room == 0)
        {
            return;
        }

        _drawnAt = now;
        if (Middle(now) is { } middle)
        {
            _offset = middle > _offset ? Math.Min(middle, _offset + room) : Math.Max(middle, _offset - room);
        }
    }

    /// <summary>
    /// The middle between the lowest and the highest clock of a quorum, without the f lowest and the f highest: it lies
    /// between two correct clocks. A median does, too, but one liar who tells each another time can hold two medians
    /// apart for ever; middles come together (Welch and Lynch, A New Fault-Tolerant Algorithm for Clock
    /// Synchronization, 1988).
    /// </summary>
    private long? Middle(Instant now)
    {
        var offsets = new List<long> { _offset };
        foreach (var told in _told)
        {
            if (told is { } one && now - one.At <= ToldIsFresh)
            {
                offsets.Add(one.Offset);
            }
        }

        if (offsets.Count < _size.Quorum)
        {
            return null;
        }

        // Both lie between correct clocks, so that their difference is small.
        offsets.Sort();
        var (low, high) = (offsets[_size.Faults], offsets[offsets.Count - 1 - _size.Faults]);
        return low + ((high - low) / 2);
    }
}
