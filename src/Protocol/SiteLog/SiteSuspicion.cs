using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>How long this replica is patient, and who complains. The bound is four times the usual ordering time and a
/// flush, at least 100 ms: so a slow or choosy primary is replaced, not only a dead one. It doubles with each change of
/// view and halves after 10 s of calm.</summary>
internal sealed class SiteSuspicion(SiteLogState state, Instant now)
{
    private const int DoublingsMax = 8;
    private static readonly TimeSpan BoundMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan CalmNeeded = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Smallest = TimeSpan.FromMicroseconds(1);
    private static readonly TimeSpan LateAtLeast = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LateAtMost = TimeSpan.FromSeconds(2);

    private readonly Said?[] _complaints = new Said?[state.Size.Replicas];
    private Instant _calmSince = now;
    private int _doublings;

    // The highest that this replica, or a former self that peers have shown it, has told.
    private Timestamp _told;

    // Null after a start: what a former self said of this view is not known.
    private bool? _hasComplained = false;

    // In the current view: something was waited for in vain, and the primary was gone.
    private bool _hasWaited;
    private bool _hasMissedPrimary;
    private TimeSpan _late;
    private Instant _lateAt;

    /// <summary>What this replica said last about the current view, with its signature, once it is said: a withdrawal
    /// has to arrive just as much as a complaint.</summary>
    public Said? OwnWord { get; private set; }

    public TimeSpan Bound
    {
        get
        {
            var usual = (state.OrderingTimes.Median * 4) + state.FlushTimes.Median;
            return (usual > BoundMin ? usual : BoundMin) * (1 << _doublings);
        }
    }

    /// <summary>The bound, and what this replica itself has lost of late: the primary's answer may lie unread
    /// here.</summary>
    public TimeSpan Patience => Bound + _late;

    /// <summary>Every step tells how long after the time it was due. Bounded, so that a replica that is always late
    /// still complains in the end.</summary>
    public void OnStep(Instant now, Instant due)
    {
        if (now - _lateAt > LateAtMost)
        {
            _late = TimeSpan.Zero;
        }

        if (now - due >= LateAtLeast)
        {
            var late = _late + (now - due);
            (_late, _lateAt) = (late < LateAtMost ? late : LateAtMost, now);
        }
    }

    public void OnComplain(Said said, Effects effects)
    {
        var word = (Complain)said.Word;
        if (_complaints[said.Replica] is { Word: Complain known } newer
            && (known.View > word.View || (known.View == word.View && known.Told >= word.Told)))
        {
            effects.Reject(said.Replica, Rejection.AlreadyKnown);
            if (said.Replica != state.Self && known.View == word.View && known.Told > word.Told)
            {
                // Its clock may have been set back since: it has to know what it must be later than.
                effects.Add(new Effect.Relay(said.Replica, newer));
            }

            return;
        }

        _complaints[said.Replica] = said;
        if (said.Replica == state.Self)
        {
            OnOwn(said, word);
        }
    }

    public bool ComplainsAbout(int replica, SiteView view) =>
        _complaints[replica]?.Word is Complain { Stands: true } complaint && complaint.View == view;

    /// <summary>Says or withdraws the own complaint, as the cause comes and goes.</summary>
    /// <param name="isLate">Something was waited for as long as patience lasts.</param>
    public void Set(bool isLate, Instant now, Effects effects)
    {
        var isGone = state.IsPrimaryGone;
        (_hasWaited, _hasMissedPrimary) = (_hasWaited || isLate, _hasMissedPrimary || isGone);
        var hasCause = isLate || isGone || state.IsPrimarySilent;
        if (hasCause || !state.IsInstalled)
        {
            _calmSince = now;
        }
        else if (now - _calmSince >= CalmNeeded)
        {
            _calmSince = now;
            _doublings = Math.Max(0, _doublings - 1);
        }

        if (hasCause != _hasComplained)
        {
            // Later than all before, although the clock may have gone back.
            _told = Timestamp.Later(state.Clock.At(now), _told + Smallest);
            _hasComplained = hasCause;
            effects.Broadcast(new Complain(state.View, _told, hasCause));
        }
    }

    private void OnOwn(Said said, Complain word)
    {
        OwnWord = said;
        if (word.Told > _told)
        {
            // A former self said it, and peers count that until they hear something later.
            _told = word.Told;
            _hasComplained = word.View == state.View ? word.Stands : _hasComplained;
        }
    }

    /// <summary>The own view is over: more patience with the next, unless nobody was impatient with this one. Of those
    /// whose primary was only gone the first counts, for a new view takes its time: that connections end says nothing
    /// of how long ordering takes, and who ends them for a moment must not make a site patient for minutes. A primary
    /// cannot know why others leave its view; where all of them waited, they are more patient, and they decide.</summary>
    public void OnViewLeft(Instant now)
    {
        var isOnlyGone = (_hasMissedPrimary || state.MayBeMissed) && !_hasWaited;
        var doublings = state.IsPrimarySilent || (isOnlyGone && _doublings > 0) ? 0 : 1;
        _doublings = Math.Min(DoublingsMax, _doublings + doublings);
        (_hasWaited, _hasMissedPrimary) = (false, false);
        _calmSince = now;
        _hasComplained = false;
        OwnWord = null;
    }

    /// <summary>What was awaited is here. A complaint that it was late still stands at others until it is
    /// withdrawn.</summary>
    public void OnViewEntered(Instant now) => _calmSince = now;

    /// <summary>Whether a former self has complained is not known: what it said is withdrawn, or said again.</summary>
    public void OnRestarted() => _hasComplained = null;
}
