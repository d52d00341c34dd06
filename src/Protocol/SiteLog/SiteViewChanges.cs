using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>Leaving a view and entering the next (PBFT, OSDI '99, section 4.4; thesis, section 2.3.5).</summary>
/// <remarks>
/// <code>
/// this replica   | 2f + 1 complain         | f + 1 ViewChanges above | 2f + 1 ViewChanges, primary | NewView
/// in view v      | disk, ViewChange(v + 1) | disk, join the highest  | -                           | of a higher
/// view: follow
/// waiting for v  | disk, ViewChange(v + 1) | disk, join the highest  | disk, NewView(v)            | disk, install
/// </code>
/// </remarks>
internal sealed class SiteViewChanges(SiteLogState state, SiteSuspicion suspicion)
{
    private readonly Said?[] _changes = new Said?[state.Size.Replicas];
    private SiteView? _announced;

    /// <summary>Since when a quorum waits for the view's NewView; from then on its primary's time runs.</summary>
    public Instant? WaitingSince { get; private set; }

    public Said? OwnWord => _changes[state.Self];

    /// <summary>Bit i: the view change of replica i for the current view is here.</summary>
    public ushort Held
    {
        get
        {
            var held = 0;
            for (var replica = 0; replica < _changes.Length; replica++)
            {
                held |= ViewOf(replica) == state.View ? 1 << replica : 0;
            }

            return (ushort)held;
        }
    }

    public void OnViewChange(Instant now, Said said, Effects effects)
    {
        var word = (ViewChange)said.Word;
        if (word.View <= (ViewOf(said.Replica) ?? default))
        {
            effects.Reject(said.Replica, Rejection.AlreadyKnown);
        }
        else if (!word.IsSound())
        {
            effects.Reject(said.Replica, Rejection.BadViewChange);
        }
        else
        {
            _changes[said.Replica] = said;
            NoteWaiting(now);
        }
    }

    /// <summary>Null if it is refused, else the NewView to install; it is on disk before anything that follows
    /// leaves.</summary>
    public NewView? OnNewView(Said said, Effects effects)
    {
        var word = (NewView)said.Word;
        if (word.View < state.View || (word.View == state.View && state.IsInstalled))
        {
            effects.Reject(said.Replica, Rejection.AlreadyKnown);
        }
        else if (said.Replica != word.View.Primary(state.Size))
        {
            effects.Reject(said.Replica, Rejection.NotThePrimary);
        }
        else if (!word.IsSound(state.Size))
        {
            effects.Reject(said.Replica, Rejection.BadNewView);
        }
        else
        {
            if (said.Replica != state.Self)
            {
                effects.Persist(SiteRecords.View(state.Stable.Next, said));
            }

            state.ViewProof = said;
            WaitingSince = null;
            return word;
        }

        return null;
    }

    /// <summary>The view to leave for, if enough others want it: a quorum complains about the own, or f + 1 are
    /// above.</summary>
    public SiteView? Wanted()
    {
        var (above, complaints) = (0, 0);
        for (var replica = 0; replica < _changes.Length; replica++)
        {
            var isAbove = ViewOf(replica) > state.View;
            above += isAbove ? 1 : 0;
            complaints += isAbove || suspicion.ComplainsAbout(replica, state.View) ? 1 : 0;
        }

        if (above >= state.Size.OneCorrect)
        {
            return Enumerable.Range(0, _changes.Length)
                .Select(replica => ViewOf(replica) ?? default)
                .OrderDescending()
                .ElementAt(state.Size.OneCorrect - 1);
        }

        return complaints >= state.Size.Quorum ? state.View.Next : null;
    }

    /// <summary>Leaves all views below this one: on disk first, with all that is prepared.</summary>
    public void Start(Instant now, SiteView view, Effects effects)
    {
        Invariant.Holds(view > state.View, "S3");
        state.View = view;
        state.IsInstalled = false;
        var prepared = state.Slots
            .Where(slot => slot.Sequence > state.Stable && slot.Prepared is not null)
            .Select(slot => slot.Prepared!);
        var word = new ViewChange(view, state.StableProof, ValueList.From(prepared));
        state.ViewProof = new(state.Self, word, Bytes.Empty);
        effects.Persist(SiteRecords.View(state.Stable.Next, state.ViewProof));
        effects.Broadcast(word);
        WaitingSince = null;
        NoteWaiting(now);
    }

    /// <summary>As primary of the awaited view: with a quorum of view changes, says so; the whole certificate is on
    /// disk before it is sent, and is followed when it comes back.</summary>
    public void Announce(Effects effects)
    {
        if (!state.IsInstalled && state.IsPrimary && _announced != state.View)
        {
            AnnounceWithQuorum(effects);
        }
    }

    private void AnnounceWithQuorum(Effects effects)
    {
        var held = _changes.Where(said => said is not null && ViewOf(said.Replica) == state.View).ToArray();
        var newest = held.Select(said => ((ViewChange)said!.Word).Stable.Sequence).DefaultIfEmpty().Max();
        var changes = held
            .Where(said => ((ViewChange)said!.Word).IsNear(newest))
            .Take(state.Size.Quorum)
            .Select(said => new SignedViewChange(said!.Replica, (ViewChange)said.Word, said.Signature))
            .ToArray();
        if (changes.Length == state.Size.Quorum)
        {
            _announced = state.View;
            var word = new NewView(state.View, new(changes));

            // In force at once: a checkpoint that comes now writes it again, and not the view change before it.
            state.ViewProof = new(state.Self, word, Bytes.Empty);
            effects.Persist(SiteRecords.View(state.Stable.Next, state.ViewProof));
            effects.Broadcast(word);
        }
    }

    /// <summary>After a sleep nobody can be blamed for the time that passed.</summary>
    public void RestartWaiting(Instant now) => WaitingSince = WaitingSince is null ? null : now;

    /// <summary>The last view change of a replica, unless it is too long to be shown.</summary>
    public Said? WordOf(int replica) => _changes[replica] is { } said
        && SiteWords.Encode(said.Word).Length <= Limits.RecalledWordBytes
        ? said
        : null;

    private SiteView? ViewOf(int replica) => _changes[replica] is { Word: ViewChange change } said
        && !state.IsOfEarlierLife(said)
        ? change.View
        : null;

    private void NoteWaiting(Instant now)
    {
        if (!state.IsInstalled && Enumerable.Range(0, _changes.Length)
            .Count(replica => ViewOf(replica) >= state.View) >= state.Size.Quorum)
        {
            WaitingSince ??= now;
        }
    }
}
