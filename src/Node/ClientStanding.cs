using Holdfast.Protocol;

namespace Holdfast.Node;

/// <summary>What a door knows of one client: what it has under way, whether it was refused, and whether it goes on as if
/// it had not been.</summary>
internal sealed class ClientStanding
{
    /// <summary>Before anything happened.</summary>
    public static readonly Instant LongAgo = new(-(long)TimeSpan.FromDays(1000).TotalMicroseconds);

    /// <summary>What was settled is counted over so long.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private readonly Dictionary<Digest, Instant> _refusedBefore = [];
    private readonly Queue<Digest> _refusedOrder = new();
    private Instant _refusedSince = LongAgo;
    private int _refused;
    private int _refusedAny;
    private TimeSpan _rest;
    private Instant _restsUntil = LongAgo;
    private Instant _periodEnds = LongAgo;
    private int _settledInPeriod;
    private int _settledBefore;

    public int UnderWay { get; set; }

    /// <summary>One that was let in here.</summary>
    public Instant SettledAt { get; set; } = LongAgo;

    public Instant RefusedAt { get; private set; } = LongAgo;

    public TimeSpan RestFor(Instant now) => _restsUntil > now ? _restsUntil - now : TimeSpan.Zero;

    /// <summary>It floods, or did a moment ago.</summary>
    public bool IsFlooding(Instant now)
    {
        if (_rest > TimeSpan.Zero && now > _restsUntil + Admission.QuietFor)
        {
            _rest = TimeSpan.Zero;
        }

        return _rest > TimeSpan.Zero;
    }

    /// <returns>What is left of its rest. What was on the way when that began does not make it longer.</returns>
    public TimeSpan Refuse(Digest request, Instant now)
    {
        RefusedAt = now;
        if (now < _restsUntil)
        {
            return RestFor(now);
        }

        var isKnown = IsFlooding(now);

        // What waited on its connections while nobody listened comes all at once then, and says nothing of what it does now.
        var hears = (isKnown ? _restsUntil : _refusedSince) + Admission.HeardAfter;
        var isNew = IsNew(request, now);
        if (now > hears + Admission.QuietFor)
        {
            (_refusedSince, _refused, _refusedAny) = (now, 0, 0);
        }
        else if (now >= hears)
        {
            (_refused, _refusedAny) = (_refused + (isNew ? 1 : 0), _refusedAny + 1);
            var settled = SettledPerSecond(now);
            if (_refused > Math.Max(settled, RefusedMost(isKnown))
                || _refusedAny > Math.Max(2 * settled, Admission.RefusedAnyMax))
            {
                (_refused, _refusedAny) = (0, 0);
                _rest = isKnown ? Admission.RestMax : Admission.RestMin;
                _restsUntil = now + _rest;
            }
        }

        return RestFor(now);
    }

    /// <summary>An update of it was ordered, let in here or elsewhere.</summary>
    public void Settled(Instant now)
    {
        TurnPeriod(now);
        _settledInPeriod++;
    }

    /// <summary>It was refused, and not for a while.</summary>
    public bool HasWaited(Instant now) => RefusedAt > LongAgo && now - RefusedAt >= Admission.QuietFor;

    /// <summary>It was refused with this request, and has waited before it came again.</summary>
    public bool HasWaitedFor(Digest request, Instant now) =>
        _refusedBefore.TryGetValue(request, out var last) && now - last >= Admission.TriesAgainAfter;

    private int RefusedMost(bool isKnown) => isKnown
        ? Admission.RefusedPerSecond * (1 + (int)_rest.TotalSeconds)
        : Admission.RefusedMax;

    private int SettledPerSecond(Instant now)
    {
        TurnPeriod(now);
        return Math.Max(_settledInPeriod, _settledBefore) / (int)Period.TotalSeconds;
    }

    private void TurnPeriod(Instant now)
    {
        if (now >= _periodEnds)
        {
            (_settledBefore, _settledInPeriod) = (now - _periodEnds < Period ? _settledInPeriod : 0, 0);
            _periodEnds = now + Period;
        }
    }

    /// <summary>Or comes again too soon.</summary>
    private bool IsNew(Digest request, Instant now)
    {
        if (_refusedBefore.TryGetValue(request, out var last))
        {
            _refusedBefore[request] = now;
            return now - last < Admission.TriesAgainAfter;
        }

        if (_refusedOrder.Count >= Admission.RefusedKept)
        {
            _refusedBefore.Remove(_refusedOrder.Dequeue());
        }

        _refusedBefore.Add(request, now);
        _refusedOrder.Enqueue(request);
        return true;
    }
}
