using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>The one way of resending (Castro's thesis, section 4.7.1): each replica tells where it stands, and a peer
/// sends the stored words that it lacks. And of catching up: digests that f + 1 tell alike, and one copy of each
/// batch.</summary>
internal sealed class StatusExchange(
    SiteLogState state, SiteViewChanges viewChanges, SiteSuspicion suspicion, CheckpointCollector checkpoints)
{
    private static readonly TimeSpan StuckPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Busy = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CatchingUp = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan AnswerGap = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan OfferAge = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan OfferAgeOfOthers = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan HeavyGap = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan ServeAgain = TimeSpan.FromMilliseconds(40);

    private readonly (SiteSequence Executed, SiteSequence Oldest)[] _peers =
        new (SiteSequence, SiteSequence)[state.Size.Replicas];

    private readonly bool[] _hasTold = new bool[state.Size.Replicas];
    private readonly (Instant Since, SortedSet<SiteSequence> Places)[] _served =
        [.. Enumerable.Range(0, state.Size.Replicas).Select(_ => (default(Instant), new SortedSet<SiteSequence>()))];
    private readonly Instant?[] _answeredAt = new Instant?[state.Size.Replicas];
    private readonly Instant?[] _heavyAt = new Instant?[state.Size.Replicas];
    private ulong _round;
    private Instant _saidAt;
    private SiteSequence _saidExecuted;
    private Instant? _stuckSince;

    // Nothing else said that this replica is beyond retention: once it has got further, it is not.
    private bool _wasStuck;
    private Instant? _pendingSince;

    /// <summary>Peers cannot tell any more what this replica lacks: it needs the state itself.</summary>
    public bool IsBeyondRetention { get; private set; }

    /// <summary>f + 1 peers, so one correct replica, have executed more than this one.</summary>
    public bool IsBehind
    {
        get
        {
            var ahead = 0;
            foreach (var peer in _peers)
            {
                ahead += peer.Executed > state.Executed ? 1 : 0;
            }

            return ahead >= state.Size.OneCorrect;
        }
    }

    /// <summary>2f peers have told where they stand since this process started, and this replica is not behind them.
    /// Who has heard nobody knows nothing of that.</summary>
    public bool IsCaughtUp => _hasTold.Count(hasTold => hasTold) >= state.Size.Quorum - 1 && !IsBehind;

    public Instant NextSay
    {
        get
        {
            if (state.Size.Replicas == 1)
            {
                return Instant.Never;
            }

            if (IsBehind)
            {
                return _saidAt + (state.Executed > _saidExecuted ? CatchingUp : Busy);
            }

            // What has just begun is on its way: to ask for it at once would have it sent twice.
            var whenPending = _pendingSince is { } since ? (since > _saidAt ? since : _saidAt) + Busy : Instant.Never;
            return whenPending < _saidAt + Idle ? whenPending : _saidAt + Idle;
        }
    }

    /// <summary>Told after each step whether anything is pending.</summary>
    public void OnStepped(Instant now, bool isPending) => _pendingSince = isPending ? _pendingSince ?? now : null;

    /// <summary>The state has come by another way: whatever was missing is not missing any more.</summary>
    public void OnInstalled() => (IsBeyondRetention, _stuckSince, _wasStuck) = (false, null, false);

    public void Say(Instant now, Effects effects)
    {
        NoteStuck(now, effects);
        (_saidAt, _saidExecuted) = (now, state.Executed);
        _round++;
        effects.Broadcast(new Status(
            Speaker.FirstLife,
            _round,
            state.View,
            state.IsInstalled,
            viewChanges.Held,
            state.Executed,
            state.Stable,
            state.Clock.At(now),
            ValueList.From(Slots())));
    }

    public void OnStatus(Instant now, int replica, Status status, Effects effects)
    {
        if (replica == state.Self)
        {
            return;
        }

        state.Clock.OnTold(replica, now, status.Clock);
        _peers[replica].Executed = status.Executed;
        _hasTold[replica] = true;
        if (!state.IsVoting)
        {
            return;
        }

        if (_answeredAt[replica] is { } at && now - at < AnswerGap)
        {
            // A peer cannot make this replica work for it without end.
            effects.Reject(replica, Rejection.TooSoon);
            return;
        }

        _answeredAt[replica] = now;
        AnswerView(now, replica, status, effects);
        AnswerCheckpoints(replica, status, effects);
        var hasBody = AnswerSlots(now, replica, status, effects);
        AnswerCommitted(now, replica, status, hasBody, effects);
    }

    public void OnDigests(Said said, Effects effects)
    {
        var word = (CommittedDigests)said.Word;
        _peers[said.Replica].Oldest = word.Oldest;
        if (_peers.Count(peer => peer.Oldest > state.Executed.Next) >= state.Size.OneCorrect && IsBehind)
        {
            IsBeyondRetention = true;
            effects.Reject(said.Replica, Rejection.BeyondRetention);
        }
        else
        {
            IsBeyondRetention &= IsBehind;
        }

        var sequence = word.First;
        foreach (var digest in word.Digests)
        {
            if (SiteLogState.IsWithin(sequence, state.Executed))
            {
                state.SlotAt(sequence).Told[said.Replica] = digest;
            }

            sequence = sequence.Next;
        }
    }

    /// <summary>Every peer had its turn many times, and the next batch did not come. Its digest is decided: then they keep
    /// the digest, but the batch no more. Or there is a checkpoint ahead, and one peer says that it keeps no more what is
    /// lacked: of 2f that can be reached, f may have let go of it and f not, and neither are enough to be believed. Should
    /// that one lie, it costs a transfer of what a quorum has signed.</summary>
    private void NoteStuck(Instant now, Effects effects)
    {
        var next = state.Find(state.Executed.Next);
        var hasMoved = state.Executed > _saidExecuted;
        IsBeyondRetention &= !(_wasStuck && hasMoved);
        _wasStuck &= !hasMoved;
        var isStuck = !hasMoved
            && next is not { IsCommitted: true }
            && (next is { Decided: not null } || (state.Stable > state.Executed && IsLetGoOf(state.Executed.Next)));
        _stuckSince = isStuck ? _stuckSince ?? now : null;
        if (_stuckSince is { } since && now - since >= StuckPatience && !IsBeyondRetention)
        {
            (IsBeyondRetention, _wasStuck) = (true, true);
            effects.Reject("the site", Rejection.BeyondRetention);
        }
    }

    private bool IsLetGoOf(SiteSequence sequence) => Array.Exists(_peers, peer => peer.Oldest > sequence);

    private List<SlotTold> Slots()
    {
        var slots = new List<SlotTold>();
        for (var sequence = state.Executed.Next; slots.Count < Limits.SlotsPerStatus; sequence = sequence.Next)
        {
            if (state.Find(sequence) is not { } slot)
            {
                slots.Add(default);
                continue;
            }

            var (prepares, commits) = (0, 0);
            for (var replica = 0; replica < state.Size.Replicas; replica++)
            {
                prepares |= slot.Prepares[replica] is null ? 0 : 1 << replica;
                commits |= slot.Commits[replica]?.View == state.View ? 1 << replica : 0;
            }

            var hasBody = slot.Body(state.KnownDigest(sequence)) is not null;
            slots.Add(new(hasBody, slot.Proposal is not null, (ushort)prepares, (ushort)commits));
        }

        while (slots.Count > 0 && slots[^1] == default)
        {
            slots.RemoveAt(slots.Count - 1);
        }

        return slots;
    }

    private void AnswerView(Instant now, int replica, Status status, Effects effects)
    {
        if (suspicion.OwnWord is { } complaint && ((Complain)complaint.Word).View == status.View)
        {
            effects.Add(new Effect.Relay(replica, complaint));
        }

        var needsNewView = status.View < state.View || (status.View == state.View && !status.IsInstalled);
        var needsChange = status.View < state.View || (status.ViewChanges & (1 << state.Self)) == 0;
        var proof = state.IsInstalled
            ? needsNewView ? state.ViewProof : null
            : needsChange && status.View <= state.View ? viewChanges.OwnWord : null;
        if (proof is null || (_heavyAt[replica] is { } at && now - at < HeavyGap))
        {
            return;
        }

        _heavyAt[replica] = now;
        Repeat(replica, proof, effects);
    }

    private void AnswerCheckpoints(int replica, Status status, Effects effects)
    {
        if (status.Stable < state.Stable)
        {
            foreach (var signed in state.StableProof.Signatures.Where(signed => signed.Replica != replica))
            {
                var said = new Said(signed.Replica, state.StableProof.Word, signed.Signature);
                effects.Add(new Effect.Relay(replica, said));
            }
        }

        foreach (var own in checkpoints.OwnWords.Where(own => ((Checkpoint)own.Word).Sequence > status.Stable))
        {
            effects.Add(new Effect.Relay(replica, own));
        }
    }

    /// <summary>Repeats own words at the places that the peer tells of, and gives the last place whose body it
    /// has.</summary>
    private SortedSet<SiteSequence> AnswerSlots(Instant now, int replica, Status status, Effects effects)
    {
        var served = new SortedSet<SiteSequence>();
        var sequence = status.Executed;
        for (var index = 0; index < Limits.SlotsPerStatus; index++)
        {
            sequence = sequence.Next;
            var told = index < status.Slots.Count ? status.Slots[index] : default;
            if (told.HasBody)
            {
                served.Add(sequence);
            }

            if (state.Find(sequence) is { } slot && status.View == state.View && state.IsInstalled)
            {
                AnswerSlot(now, replica, slot, told, status, served, effects);
            }
        }

        return served;
    }

    private void AnswerSlot(
        Instant now,
        int replica,
        SiteSlot slot,
        SlotTold told,
        Status status,
        SortedSet<SiteSequence> served,
        Effects effects)
    {
        if (slot.Proposal is { } proposal && !told.HasProposal && replica != state.Primary
            && now - slot.OfferedAt >= (state.IsPrimary ? OfferAge : OfferAgeOfOthers))
        {
            effects.Add(new Effect.Relay(replica, proposal));
            if (slot.Offer!.Batch is not null)
            {
                served.Add(slot.Sequence);
            }
        }

        if (slot.Prepares[state.Self] is { } prepare && (told.Prepares & (1 << state.Self)) == 0)
        {
            Repeat(replica, prepare, effects);
        }

        if (slot.CommittedIn == state.View && (told.Commits & (1 << state.Self)) == 0
            && slot.Commits[state.Self] is { } commit)
        {
            effects.Send(replica, new Commit(commit.View, slot.Sequence, commit.Digest));
        }

        // A new primary may lack the body of what it has to offer again, and nobody else offers it.
        if (!served.Contains(slot.Sequence)
            && (told.HasProposal || (replica == state.Primary && status.IsInstalled))
            && IsOwnTurn(replica, slot.Sequence, status.Round)
            && slot.Body(state.KnownDigest(slot.Sequence)) is { } batch
            && batch != Batch.Null)
        {
            served.Add(slot.Sequence);
            effects.Send(replica, new CommittedBatch(slot.Sequence, batch));
        }
    }

    /// <summary>What is committed here and not executed there: all tell the digests, one at a time sends the
    /// body.</summary>
    private void AnswerCommitted(
        Instant now, int replica, Status status, SortedSet<SiteSequence> hasBody, Effects effects)
    {
        var digests = new List<Digest>();
        var first = status.Executed.Next;
        for (var sequence = first; digests.Count < Limits.CommittedPerStatus; sequence = sequence.Next)
        {
            if (state.HistoryAt(sequence) is not { } digest)
            {
                break;
            }

            digests.Add(digest);
        }

        if (digests.Count == 0 && (status.Executed >= state.Executed || state.OldestTold <= first))
        {
            return;
        }

        if (digests.Count == 0)
        {
            effects.Reject(replica, Rejection.BeyondRetention);
        }

        effects.Send(replica, new CommittedDigests(state.OldestTold, first, ValueList.From(digests)));
        SendBodies(now, replica, status, digests, hasBody, effects);
    }

    /// <summary>What was sent is on its way, and not read from the journal again at once, whatever the peer says to lack: a short
    /// word must not make this replica work for long.</summary>
    private void SendBodies(
        Instant now, int replica, Status status, List<Digest> digests, SortedSet<SiteSequence> hasBody, Effects effects)
    {
        if (now - _served[replica].Since >= ServeAgain)
        {
            _served[replica].Since = now;
            _served[replica].Places.Clear();
        }

        var (first, bytes) = (status.Executed.Next, 0);
        for (var index = 0; index < digests.Count && bytes < Limits.CommittedBytesPerStatus; index++)
        {
            var sequence = new SiteSequence(first.Number + (ulong)index);
            if (!hasBody.Contains(sequence)
                && IsOwnTurn(replica, sequence, status.Round)
                && _served[replica].Places.Add(sequence))
            {
                bytes += SendBody(replica, sequence, digests[index], effects);
            }
        }
    }

    private int SendBody(int replica, SiteSequence sequence, Digest digest, Effects effects)
    {
        if (digest == Batch.Null.Digest)
        {
            return 0;
        }

        if (state.Find(sequence)?.Body(digest) is { } batch)
        {
            effects.Send(replica, new CommittedBatch(sequence, batch));
            return batch.Encoded.Length;
        }

        // Behind the stable checkpoint the journal holds it; how long it is, is not known here.
        effects.Add(new Effect.SendCommitted(replica, sequence));
        return Limits.CommittedBytesPerStatus / Limits.CommittedPerStatus;
    }

    /// <summary>Each peer in its turn, so that one that keeps silent costs a round and no more.</summary>
    private bool IsOwnTurn(int asker, SiteSequence sequence, ulong round)
    {
        var others = (ulong)(state.Size.Replicas - 1);
        var turn = (int)((sequence.Number + round) % others);
        return (turn < asker ? turn : turn + 1) == state.Self;
    }

    /// <summary>Own words are signed again, which gives the same bytes; those of others carry their
    /// signature.</summary>
    private void Repeat(int replica, Said said, Effects effects)
    {
        if (said.Replica == state.Self && said.Signature.IsEmpty)
        {
            effects.Send(replica, said.Word);
        }
        else
        {
            effects.Add(new Effect.Relay(replica, said));
        }
    }
}
