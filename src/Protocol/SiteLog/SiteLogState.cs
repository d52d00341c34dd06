using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>What the parts of a site log share: the view, the slots, and how far decided, executed and stable
/// reach.</summary>
internal sealed class SiteLogState
{
    private readonly SortedDictionary<SiteSequence, SiteSlot> _slots = [];
    private readonly SortedDictionary<SiteSequence, Digest> _history = [];

    private readonly SiteId _site;
    private readonly BrokenRoads _roads;

    public SiteLogState(
        Genesis genesis,
        ReplicaId self,
        IOrderedMachine machine,
        BrokenRoads roads,
        Instant now,
        Timestamp wallClock)
    {
        Size = genesis[self.Site].Size;
        (_site, Self, Machine, _roads) = (self.Site, self.Index, machine, roads);
        Clock = new(Size, self.Index, now, Timestamp.Later(wallClock, machine.Time));
    }

    public int Self { get; }

    public SiteSize Size { get; }

    public IOrderedMachine Machine { get; set; }

    public ReferenceClock Clock { get; }

    /// <summary>From an offer until its batch is executed here.</summary>
    public BatchTimes OrderingTimes { get; } = new(TimeSpan.FromMilliseconds(5));

    /// <summary>From an own word until it comes back from the own disk.</summary>
    public BatchTimes FlushTimes { get; } = new(TimeSpan.FromMilliseconds(1));

    /// <summary>False while this replica does not know whether its disk holds all that it has promised, or knows that
    /// it does not: then it says nothing but requests.</summary>
    public bool IsVoting { get; set; } = true;

    public SiteView View { get; set; }

    public int Primary => View.Primary(Size);

    public bool IsPrimary => Primary == Self;

    /// <summary>It lost its disk and may not vote yet, as all know: waiting for it is of no use.</summary>
    public bool IsPrimarySilent => Machine.LifeOf(Primary) is { } life && Stable < life.VotesBehind;

    /// <summary>Its connection has ended: its process is gone, or is another one that has not come back yet.</summary>
    public bool IsPrimaryGone => !IsPrimary && _roads.Contains(new(_site, Primary));

    /// <summary>Others may hold this replica, the primary, to be gone, and it cannot know.</summary>
    public bool MayBeMissed => IsPrimary && _roads.AreTold;

    /// <summary>False from the own ViewChange until the view's NewView: then nothing is offered or voted for.</summary>
    public bool IsInstalled { get; set; } = true;

    /// <summary>What the installed view offers again.</summary>
    public NewViewChoice Choice { get; set; } = NewViewChoice.None;

    /// <summary>Why this replica is in its view: the own ViewChange or the NewView that it follows, as it is on disk.
    /// None in view 0.</summary>
    public Said? ViewProof { get; set; }

    public StableCheckpoint StableProof { get; set; } = StableCheckpoint.Genesis;

    /// <summary>Votes count above this place, up to a window further. It may be ahead of what is executed
    /// here.</summary>
    public SiteSequence Stable => StableProof.Sequence;

    public SiteSequence Executed { get; set; }

    /// <summary>The newest stable checkpoint whose state is here; null before the first.</summary>
    public StableState? StableState { get; set; }

    /// <summary>While it is set no state is offered to be stored.</summary>
    public bool KeepsJournal { get; set; }

    /// <summary>No state of an earlier place is offered to be stored.</summary>
    public SiteSequence StoresFrom { get; set; }

    /// <summary>The last place that was committed on disk when this replica started. The stored state may lie more than
    /// a window behind it, and nobody else need have what lies between.</summary>
    public SiteSequence Replayed { get; set; }

    public IReadOnlyCollection<SiteSlot> Slots => _slots.Values;

    public SiteSequence OldestTold => _history.Count == 0 ? Executed.Next : _history.First().Key;

    public static bool IsWithin(SiteSequence sequence, SiteSequence low) =>
        sequence > low && sequence.Number - low.Number <= Limits.SiteWindow;

    /// <summary>Whether words about this place can still count.</summary>
    public bool IsInWindow(SiteSequence sequence) =>
        IsWithin(sequence, Stable) || IsWithin(sequence, Executed) || (sequence > Executed && sequence <= Replayed);

    /// <summary>What the bodies of all places above one take.</summary>
    public long BodyBytesAbove(SiteSequence sequence)
    {
        var bytes = 0L;
        foreach (var (place, slot) in _slots)
        {
            bytes += place > sequence ? slot.BodyBytes : 0;
        }

        return bytes;
    }

    public SiteSlot? Find(SiteSequence sequence) => _slots.GetValueOrDefault(sequence);

    public SiteSlot SlotAt(SiteSequence sequence)
    {
        Invariant.Holds(IsInWindow(sequence), "L1");
        if (!_slots.TryGetValue(sequence, out var slot))
        {
            _slots.Add(sequence, slot = new(sequence, Size));
        }

        return slot;
    }

    /// <summary>The digest that a place has or must have; null if it may have any.</summary>
    public Digest? KnownDigest(SiteSequence sequence) =>
        Find(sequence)?.Decided
        ?? (IsInstalled ? Choice.For(sequence) : null)
        ?? Find(sequence)?.Offer?.Digest;

    public Digest? HistoryAt(SiteSequence sequence) =>
        _history.TryGetValue(sequence, out var digest) ? digest : null;

    public void Remember(SiteSequence sequence, Digest digest)
    {
        _history[sequence] = digest;
        if (_history.Count > Limits.CommittedDigestsKept)
        {
            _history.Remove(_history.First().Key);
        }
    }

    /// <summary>What lies before a gap is of no use to peers: nobody could go on from there with this replica's help. A gap
    /// above what is executed is filled when that place is decided again, after a crash that it did not reach the disk
    /// before; or a state passes over it.</summary>
    public void ForgetBeforeGap()
    {
        if (_history.Count > 0 && _history.Last().Key < Executed)
        {
            Forget(Executed);
            return;
        }

        var expected = _history.Count == 0 ? default : _history.Last().Key;
        foreach (var sequence in _history.Keys.Reverse())
        {
            if (sequence != expected && sequence < Executed)
            {
                Forget(sequence);
                return;
            }

            expected = new(sequence.Number - 1);
        }
    }

    /// <summary>Batches up to here are kept no more: peers that lack them are told so.</summary>
    public void Forget(SiteSequence upTo)
    {
        while (_history.Count > 0 && _history.First().Key <= upTo)
        {
            _history.Remove(_history.First().Key);
        }
    }

    /// <summary>The agreed time before a place, as far as this replica holds what is before it; null if it does not.
    /// A null batch has the time before it.</summary>
    public Timestamp? TimeBefore(SiteSequence sequence)
    {
        var time = Machine.Time;
        for (var before = Executed.Next; before < sequence; before = before.Next)
        {
            if (Find(before) is not { } slot
                || !(slot.IsCommitted || slot.IsAccepted || slot.IsOffered)
                || slot.Body(KnownDigest(before)) is not { } batch)
            {
                return null;
            }

            time = Timestamp.Later(time, batch.Time);
        }

        return time;
    }

    /// <summary>Whether a replica has said this before it lost its disk, or says it too early after that. Of its
    /// earlier life its words count up to the place of its return, those of this life two windows behind
    /// it.</summary>
    public bool IsOfEarlierLife(Said said)
    {
        if (Machine.LifeOf(said.Replica) is not { } life)
        {
            return false;
        }

        return said.Word switch
        {
            PrePrepare offer => IsBetween(offer.Sequence, life),
            Prepare vote => IsBetween(vote.Sequence, life),
            Commit vote => IsBetween(vote.Sequence, life),
            Checkpoint checkpoint => IsBetween(checkpoint.Sequence, life),
            ViewChange change => change.Stable.Sequence < life.VotesBehind,
            _ => false,
        };
    }

    /// <summary>The offer or prepare of a replica at the highest place for which one is here.</summary>
    public Said? VoteOf(int replica)
    {
        foreach (var slot in _slots.Values.Reverse())
        {
            if ((slot.Prepares[replica] ?? OfferOf(replica, slot)) is { } said)
            {
                return said;
            }
        }

        return null;
    }

    /// <summary>What the execution of a batch says of the clock and of how long ordering takes.</summary>
    public void NoteTime(Instant now, SiteSequence sequence)
    {
        if (sequence <= Replayed)
        {
            Clock.NotBefore(now, Machine.Time);
            return;
        }

        // As much as a primary may be ahead, so that none can drive the clocks of its backups.
        Clock.NotBefore(now, Machine.Time + -SiteAgreement.AheadMax);
        if (Find(sequence) is { IsAccepted: true, AcceptedAt: { } acceptedAt } slot)
        {
            OrderingTimes.Add(now - acceptedAt);
            if (slot.IsTimely)
            {
                Clock.OnGoneBy(now);
            }
        }
    }

    /// <summary>Between the window above what is executed here and the stable checkpoint nothing counts any more: a
    /// replica far behind takes it from its peers when it gets there, and does not pile it up.</summary>
    public void DropOutsideWindows()
    {
        foreach (var sequence in _slots.Keys.Where(sequence => !IsInWindow(sequence) && sequence > Executed).ToArray())
        {
            _slots.Remove(sequence);
        }
    }

    /// <summary>The view and what was voted for in it: another life begins without.</summary>
    public void ForgetPromises()
    {
        (View, IsInstalled, Choice, ViewProof) = (default, true, NewViewChoice.None, null);
        foreach (var slot in _slots.Values)
        {
            slot.EnterView();
            (slot.Prepared, slot.CommittedIn) = (null, null);
        }
    }

    /// <summary>Slots at or below both marks are of no use to anyone: peers behind are told digests from the
    /// history.</summary>
    public void CollectGarbage()
    {
        while (_slots.Count > 0 && _slots.First().Key is var first && first <= Stable && first <= Executed)
        {
            _slots.Remove(first);
        }
    }

    private static bool IsBetween(SiteSequence place, ReplicaLife life) =>
        place > life.At && place <= life.VotesBehind;

    private static Said? OfferOf(int replica, SiteSlot slot) => slot.Proposal is { } proposal
        && proposal.Replica == replica && !proposal.Signature.IsEmpty
        ? proposal with { Word = slot.Offer! with { Batch = null } }
        : null;
}
