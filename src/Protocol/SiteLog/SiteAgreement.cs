using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>The normal case of PBFT (OSDI '99, section 4.2): pre-prepare, prepare, commit. Handlers record one fact;
/// one method, <see cref="Conclude"/>, draws what follows.</summary>
/// <remarks>
/// <code>
/// place is        | PrePrepare of the primary   | 2f prepares of others      | 2f + 1 commits, or f + 1 told
/// empty           | accepted: disk, Prepare     | -                          | decided; body is asked for
/// offered, held   | kept until time, body,      | adopted: disk, Commit      | decided
///                 | or the place before comes   |                            |
/// accepted        | second one: refused         | prepared: disk, Commit     | committed: handed out in order
/// committed       | accepted if the same        | prepared, for the others   | checked against the decision (S1)
/// </code>
/// </remarks>
internal sealed class SiteAgreement(SiteLogState state)
{
    /// <summary>How far after a backup's reference clock an offer's time may lie.</summary>
    public static readonly TimeSpan AheadMax = TimeSpan.FromMilliseconds(50);

    private readonly SortedSet<SiteSequence> _held = [];
    private readonly SortedDictionary<SiteSequence, Instant> _spoken = [];

    /// <summary>Something was offered, voted for or decided at one of the next places.</summary>
    public bool IsBusy =>
        state.Find(state.Executed.Next) is not null || state.Find(state.Executed.Next.Next) is not null;

    /// <summary>How far before a backup's reference clock an offer's time may lie, beyond 50 ms: the bound of
    /// suspicion, and what this replica itself has lost of late, for so long the offer may have lain unread here.</summary>
    public TimeSpan BehindMax { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Offers that wait for their time or for what is before them.</summary>
    public bool HasHeld => _held.Count > 0;

    public void OnPrePrepare(Instant now, Said said, Effects effects)
    {
        var offer = (PrePrepare)said.Word;
        if (Refusal(offer.View, offer.Sequence) is { } reason)
        {
            effects.Reject(said.Replica, reason);
        }
        else if (said.Replica != state.Primary)
        {
            effects.Reject(said.Replica, Rejection.NotThePrimary);
        }
        else if (offer.Batch is { } body && body.Digest != offer.Digest)
        {
            effects.Reject(said.Replica, Rejection.BadInput);
        }
        else if (state.SlotAt(offer.Sequence) is { Offer: { } first } slot)
        {
            OnSecondOffer(slot, first, said, effects);
        }
        else
        {
            RecordOffer(now, state.SlotAt(offer.Sequence), said);
            ConcludeFrom(now, offer.Sequence, effects);
        }
    }

    public void OnPrepare(Instant now, Said said, Effects effects)
    {
        var vote = (Prepare)said.Word;
        if (Refusal(vote.View, vote.Sequence) is { } reason)
        {
            effects.Reject(said.Replica, reason);
        }
        else if (said.Replica == state.Primary)
        {
            // The pre-prepare is the primary's vote; counting both would make two of one.
            effects.Reject(said.Replica, Rejection.NotABackup);
        }
        else if (state.SlotAt(vote.Sequence).Prepares[said.Replica] is { } first)
        {
            RejectSecond(said, ((Prepare)first.Word).Digest == vote.Digest, Rejection.SecondVote, effects);
        }
        else
        {
            MeasureFlush(now, said);
            state.SlotAt(vote.Sequence).Prepares[said.Replica] = said;
            ConcludeFrom(now, vote.Sequence, effects);
        }
    }

    /// <summary>A commit counts whatever view this replica is in: a quorum of equal ones is a decision.</summary>
    public void OnCommit(Instant now, Said said, Effects effects)
    {
        var vote = (Commit)said.Word;
        if (!state.IsInWindow(vote.Sequence))
        {
            effects.Reject(said.Replica, Rejection.OutsideWindow);
            return;
        }

        var commits = state.SlotAt(vote.Sequence).Commits;
        if (commits[said.Replica] is { } first && first.View >= vote.View)
        {
            var isContradiction = first.View == vote.View && first.Digest != vote.Digest;
            effects.Reject(said.Replica, isContradiction ? Rejection.SecondVote : Rejection.AlreadyKnown);
            return;
        }

        commits[said.Replica] = new(vote.View, vote.Digest);
        ConcludeFrom(now, vote.Sequence, effects);
    }

    /// <summary>Puts an own offer on disk and says it. It counts, like any other, when it comes back.</summary>
    public void Offer(Instant now, PrePrepare offer, Effects effects)
    {
        var slot = state.SlotAt(offer.Sequence);
        Invariant.Holds(!slot.IsOffered && slot.Proposal is null, "S3");
        if (offer.Batch is { } batch)
        {
            slot.AddBody(batch);
        }

        (slot.IsOffered, slot.OfferedAt, slot.AcceptedAt) = (true, now, now);
        effects.Persist(SiteRecords.Accepted(offer, Bytes.Empty, slot.BodyForDisk(offer.Digest)));
        effects.Broadcast(offer);
    }

    /// <summary>A body that was missing is here, by whatever way.</summary>
    public void OnBody(Instant now, Said said, Effects effects)
    {
        var word = (CommittedBatch)said.Word;
        if (!state.IsInWindow(word.Sequence)
            || state.KnownDigest(word.Sequence) is not { } wanted
            || wanted != word.Batch.Digest)
        {
            effects.Reject(said.Replica, Rejection.NotForUs);
            return;
        }

        var slot = state.SlotAt(word.Sequence);
        if (!KeepsBody(slot, word.Batch))
        {
            effects.Reject(said.Replica, Rejection.TooFarAhead);
            return;
        }

        slot.AddBody(word.Batch);
        ConcludeFrom(now, word.Sequence, effects);
    }

    /// <summary>Draws what follows at a place and, as far as it unblocks them, at those after it.</summary>
    public void ConcludeFrom(Instant now, SiteSequence sequence, Effects effects)
    {
        for (var slot = state.Find(sequence); slot is not null; slot = state.Find(slot.Sequence.Next))
        {
            var wasAccepted = slot.IsAccepted;
            Conclude(now, slot, effects);
            if (wasAccepted || !slot.IsAccepted)
            {
                return;
            }
        }
    }

    /// <summary>Time has passed: offers that were ahead of the clock are judged again.</summary>
    public void ConcludeHeld(Instant now, Effects effects)
    {
        foreach (var sequence in _held.ToArray())
        {
            ConcludeFrom(now, sequence, effects);
        }
    }

    /// <summary>Another view begins, or is waited for: words of the one before count no more.</summary>
    public void EnterView()
    {
        _held.Clear();
        foreach (var slot in state.Slots)
        {
            slot.EnterView();
            if (slot.Sequence > Near)
            {
                // They would keep out those of the next primary.
                slot.ForgetOnlyOffered();
            }
        }
    }

    /// <summary>Peers told digests from this place on: all that follows may be decided.</summary>
    public void ConcludeAll(Instant now, SiteSequence first, Effects effects)
    {
        foreach (var slot in state.Slots.Where(slot => slot.Sequence >= first).ToArray())
        {
            ConcludeFrom(now, slot.Sequence, effects);
        }
    }

    /// <summary>The view may begin. What was decided in a lower one must be what it offers again. What was decided in this very
    /// view need not be: its primary may have said another, as sound, to those who decided, so it is a liar, and the decision
    /// stands.</summary>
    public void OnInstalled(Instant now, Effects effects)
    {
        foreach (var slot in state.Slots)
        {
            if (slot.Decided is { } decided && state.Choice.For(slot.Sequence) is { } chosen && decided != chosen)
            {
                Invariant.Holds(slot.DecidedIn is not { } view || view >= state.View, "S1");
                effects.Reject(state.Primary, Rejection.BadNewView);
            }
        }

        ConcludeAll(now, default, effects);
    }

    private void OnSecondOffer(SiteSlot slot, PrePrepare first, Said said, Effects effects)
    {
        var offer = (PrePrepare)said.Word;
        if (offer.Digest == first.Digest && offer.Batch is { } body && KeepsBody(slot, body))
        {
            slot.AddBody(body);
        }

        RejectSecond(said, offer.Digest == first.Digest, Rejection.SecondProposal, effects);
    }

    private void RejectSecond(Said second, bool isSame, Rejection reason, Effects effects)
    {
        // The own disk is asked before each vote, so the own name can never stand here.
        Invariant.Holds(isSame || second.Replica != state.Self, "S3");
        effects.Reject(second.Replica, isSame ? Rejection.AlreadyKnown : reason);
    }

    private Rejection? Refusal(SiteView view, SiteSequence sequence)
    {
        if (view != state.View)
        {
            return Rejection.WrongView;
        }

        return SiteLogState.IsWithin(sequence, state.Stable) ? null : Rejection.OutsideWindow;
    }

    private void RecordOffer(Instant now, SiteSlot slot, Said said)
    {
        var offer = (PrePrepare)said.Word;
        if (said.Replica != state.Self)
        {
            slot.OfferedAt = now;
        }

        slot.OfferedClock = state.Clock.At(now);
        slot.Proposal = KeepsBody(slot, offer.Batch) ? said : said with { Word = offer with { Batch = null } };
        if (slot.Offer!.Batch is { } batch)
        {
            slot.AddBody(batch);
        }
    }

    /// <summary>A primary may offer a whole window at once, and as long bodies as there can be. What is far ahead cannot be
    /// accepted yet, and its body comes when it can, from the primary or any other that has accepted it.</summary>
    private bool KeepsBody(SiteSlot slot, Batch? body) =>
        slot.Sequence <= Near || slot.Decided is not null || body is null
        || state.BodyBytesAbove(Near) + body.Encoded.Length <= Limits.OfferedBytesAhead;

    private SiteSequence Near => new(state.Executed.Number + Limits.OfferedBodiesAhead);

    private void Conclude(Instant now, SiteSlot slot, Effects effects)
    {
        if (!slot.IsCommitted && slot.DecidedByVotes() is { } decided)
        {
            slot.Decide(decided.Digest, decided.View);
        }

        if (state is { IsVoting: true, IsInstalled: true }
            && SiteLogState.IsWithin(slot.Sequence, state.Stable) && slot.Offer is { } offer)
        {
            Accept(now, slot, offer, effects);
            Prepare(now, slot, offer, effects);
        }

        if (!slot.IsCommitted && slot.Decided is { } digest && slot.Body(digest) is not null)
        {
            slot.IsCommitted = true;
            state.Remember(slot.Sequence, digest);
            effects.Persist(SiteRecords.Committed(slot.Sequence, digest, slot.BodyForDisk(digest)));
        }
    }

    private void Accept(Instant now, SiteSlot slot, PrePrepare offer, Effects effects)
    {
        if (slot.IsAccepted || slot.IsRefused)
        {
            return;
        }

        if (offer.View.Primary(state.Size) == state.Self)
        {
            // It went to disk when it was offered, and comes back from there.
            slot.IsAccepted = slot.IsOffered;
            slot.IsTimely = slot.IsOffered && IsFresh(slot);
            return;
        }

        var judged = JudgeOffer(now, slot, offer);
        if (judged == Rejection.Late)
        {
            _held.Add(slot.Sequence);
            return;
        }

        _held.Remove(slot.Sequence);
        if (judged != Rejection.None)
        {
            slot.IsRefused = true;
            effects.Reject(state.Primary, judged);
            return;
        }

        (slot.IsAccepted, slot.IsTimely, slot.AcceptedAt) = (true, IsFresh(slot), now);
        effects.Persist(SiteRecords.Accepted(offer, slot.Proposal!.Signature, slot.BodyForDisk(offer.Digest)));
        Say(now, new Prepare(offer.View, offer.Sequence, offer.Digest), effects);
    }

    /// <summary>Late: not now, but perhaps later. The body, the place before, or the offer's own time has to come
    /// first. An offer at most a little ahead of the clock is so accepted when the clock gets there, and not
    /// lost.</summary>
    private Rejection JudgeOffer(Instant now, SiteSlot slot, PrePrepare offer)
    {
        var chosen = state.Choice.For(offer.Sequence);
        if (chosen is not null && chosen != offer.Digest)
        {
            return Rejection.BadNewView;
        }

        if (slot.Decided is { } decided && decided != offer.Digest)
        {
            return Rejection.SecondProposal;
        }

        if (slot.Body(offer.Digest) is not { } batch)
        {
            return Rejection.Late;
        }

        // Time is judged in fresh offers only: what was chosen or decided has been judged by others, in its time.
        if (!IsFresh(slot))
        {
            return Rejection.None;
        }

        if (state.TimeBefore(offer.Sequence) is not { } before)
        {
            return Rejection.Late;
        }

        if (batch.Time < before || batch.Time + (AheadMax + BehindMax) < slot.OfferedClock)
        {
            return Rejection.TimeOutOfBounds;
        }

        return batch.Time > state.Clock.At(now) + AheadMax ? Rejection.Late : Rejection.None;
    }

    private bool IsFresh(SiteSlot slot) => state.Choice.For(slot.Sequence) is null && slot.Decided is null;

    /// <summary>What 2f others and the primary hold is prepared here too, even if this replica alone refused its time:
    /// the certificate is what counts.</summary>
    private void Prepare(Instant now, SiteSlot slot, PrePrepare offer, Effects effects)
    {
        if ((slot.Prepared is { } known && known.View >= offer.View)
            || !slot.IsPrepared(offer.View)
            || slot.Body(offer.Digest) is null
            || (state.IsPrimary && !slot.IsAccepted))
        {
            return;
        }

        if (!slot.IsAccepted)
        {
            _held.Remove(slot.Sequence);
            (slot.IsAccepted, slot.AcceptedAt) = (true, now);
            effects.Persist(SiteRecords.Accepted(offer, slot.Proposal!.Signature, slot.BodyForDisk(offer.Digest)));
        }

        slot.Prepared = slot.Certificate(offer.View);
        slot.CommittedIn = offer.View;
        effects.Persist(SiteRecords.Prepared(slot.Prepared));
        effects.Broadcast(new Commit(offer.View, offer.Sequence, offer.Digest));
    }

    private void Say(Instant now, Prepare word, Effects effects)
    {
        _spoken[word.Sequence] = now;
        if (_spoken.Count > Limits.SiteWindow)
        {
            _spoken.Remove(_spoken.First().Key);
        }

        effects.Broadcast(word);
    }

    private void MeasureFlush(Instant now, Said said)
    {
        if (said.Replica == state.Self && _spoken.Remove(((Prepare)said.Word).Sequence, out var at))
        {
            state.FlushTimes.Add(now - at);
        }
    }
}
