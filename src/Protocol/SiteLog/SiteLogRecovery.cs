using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>What a replica promised before it stopped is in force again: the view, the accepted offers, the
/// certificates.
/// It says again what it had said in that view; signing again gives the same bytes.</summary>
internal sealed class SiteLogRecovery(SiteLogState state, SiteAgreement agreement)
{
    private readonly SortedDictionary<SiteSequence, AcceptedRecord> _accepted = [];

    /// <summary>What the disk knows of the own words.</summary>
    public DiskWords Words
    {
        get
        {
            var accepted = new SortedDictionary<SiteSequence, SiteView>();
            foreach (var (place, record) in _accepted)
            {
                accepted.Add(place, record.View);
            }

            return new(state.View, state.Stable, state.Replayed, accepted);
        }
    }

    /// <summary>Reads the records, and notes the last place that is committed on disk.</summary>
    public void Load(SiteSequence stored, Bytes proof, JournalRecord[] kept)
    {
        state.Executed = stored;
        if (stored != default)
        {
            // A state without its proof would leave this replica unable to say what it stands on.
            Invariant.Holds(StableCheckpoint.Decode(proof.Span) is { } known && known.Sequence == stored, "S5");
            state.StableProof = StableCheckpoint.Decode(proof.Span)!;
        }

        foreach (var record in kept.Where(record => record.Kind == JournalRecordKind.Checkpoint))
        {
            var stable = StableCheckpoint.Decode(record.Body.Span);
            Invariant.Holds(stable is not null, "S5");
            state.StableProof = stable.Sequence > state.Stable ? stable : state.StableProof;
        }

        state.Replayed = kept
            .Where(record => record.Kind == JournalRecordKind.Committed)
            .Aggregate(stored, (last, record) => record.Place > last ? record.Place : last);
        foreach (var record in kept)
        {
            Load(record);
        }

        state.ForgetBeforeGap();
        state.CollectGarbage();
    }

    /// <summary>Says again what was said in the view and is not decided yet; gives the last place offered in
    /// it.</summary>
    public SiteSequence SayAgain(Instant now, Effects effects)
    {
        if (state.ViewProof is { } proof && proof.Replica == state.Self)
        {
            effects.Broadcast(proof.Word);
        }

        var last = state.Choice.Last;
        foreach (var (sequence, accepted) in _accepted)
        {
            if (accepted.View == state.View && state.IsInstalled && SiteLogState.IsWithin(sequence, state.Stable))
            {
                last = sequence > last ? sequence : last;
                SayAgain(now, sequence, accepted, effects);
            }
        }

        foreach (var slot in state.Slots.ToArray())
        {
            agreement.ConcludeFrom(now, slot.Sequence, effects);
        }

        return last;
    }

    private void SayAgain(Instant now, SiteSequence sequence, AcceptedRecord accepted, Effects effects)
    {
        var slot = state.SlotAt(sequence);
        slot.OfferedAt = now;
        if (state.IsPrimary)
        {
            var isFresh = state.Choice.For(sequence) is null;
            slot.IsOffered = true;
            effects.Broadcast(new PrePrepare(
                accepted.View, sequence, accepted.Digest, isFresh ? slot.Body(accepted.Digest) : null));
        }
        else
        {
            slot.IsAccepted = true;
            slot.Proposal = new(
                state.Primary,
                new PrePrepare(accepted.View, sequence, accepted.Digest, null),
                accepted.PrimarySignature);
            effects.Broadcast(new Prepare(accepted.View, sequence, accepted.Digest));
        }

        if (slot.Prepared is { } prepared && prepared.View == state.View)
        {
            effects.Broadcast(new Commit(prepared.View, sequence, prepared.Digest));
        }
    }

    private void Load(JournalRecord record)
    {
        switch (record.Kind)
        {
            case JournalRecordKind.Accepted:
                LoadAccepted(record);
                break;
            case JournalRecordKind.Prepared:
                LoadPrepared(record);
                break;
            case JournalRecordKind.Committed:
                LoadCommitted(record);
                break;
            case JournalRecordKind.View:
                LoadView(SiteRecords.ReadView(record.Body));
                break;
            case JournalRecordKind.Life when LifeRecords.ReadOwn(record.Body).IsLost:
                // What was promised before is not all, and since then nothing was.
                state.ForgetPromises();
                _accepted.Clear();
                break;
        }
    }

    private void LoadAccepted(JournalRecord record)
    {
        var accepted = SiteRecords.ReadAccepted(record.Body);
        Invariant.Holds(accepted is not null, "S5");
        if (state.IsInWindow(record.Place))
        {
            LoadBody(record.Place, accepted.Digest, accepted.Body);
            _accepted[record.Place] = accepted;
        }
    }

    private void LoadPrepared(JournalRecord record)
    {
        var certificate = SiteRecords.ReadPrepared(record.Body);
        Invariant.Holds(certificate is not null, "S5");
        if (state.IsInWindow(record.Place))
        {
            var slot = state.SlotAt(record.Place);
            slot.Prepared = certificate;
            slot.CommittedIn = certificate.View;
        }
    }

    private void LoadCommitted(JournalRecord record)
    {
        var committed = SiteRecords.ReadCommitted(record.Body);
        Invariant.Holds(committed is not null, "S5");
        state.Remember(record.Place, committed.Value.Digest);
        if (state.IsInWindow(record.Place))
        {
            LoadBody(record.Place, committed.Value.Digest, committed.Value.Body);
            var slot = state.SlotAt(record.Place);

            // In which view the disk does not tell: perhaps in a later one than this replica was in.
            slot.Decide(committed.Value.Digest, null);
            slot.IsCommitted = slot.Body(committed.Value.Digest) is not null;
        }
    }

    private void LoadBody(SiteSequence sequence, Digest digest, Bytes body)
    {
        if (!body.IsEmpty && Batch.Decode(body.Span) is { } batch)
        {
            var slot = state.SlotAt(sequence);
            slot.AddBody(batch);
            slot.SetOnDisk(digest);
        }
    }

    private void LoadView(Said? said)
    {
        Invariant.Holds(said is not null, "S5");
        state.ViewProof = said;
        if (said.Word is NewView view)
        {
            (state.View, state.IsInstalled, state.Choice) = (view.View, true, NewViewChoice.Of(view));
            state.StableProof = state.Choice.Stable.Sequence > state.Stable ? state.Choice.Stable : state.StableProof;
        }
        else
        {
            (state.View, state.IsInstalled) = (((ViewChange)said.Word).View, false);
        }
    }
}
