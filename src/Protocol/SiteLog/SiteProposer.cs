using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>When and what a primary offers. At most two batches are undecided; the second starts only when it is full
/// or the first has taken twice the usual time.</summary>
internal sealed class SiteProposer(SiteLogState state, SiteAgreement agreement, InputPool pool)
{
    /// <summary>A machine that shows a deadline which has passed by its own time gets no more than this many
    /// ticks.</summary>
    private static readonly TimeSpan DeadlineAgain = TimeSpan.FromMilliseconds(10);

    private SiteSequence _lastOffered;
    private SiteSequence _lastChosen;
    private (ulong Pool, SiteSequence Executed)? _nothingAt;

    /// <summary>When a riding input that waits alone opens a batch.</summary>
    public Instant RidingDue { get; private set; } = Instant.Never;

    private bool HasCommittedNext => state.Find(state.Executed.Next) is { IsCommitted: true };

    public void OnInstalled(SiteSequence lastOffered)
    {
        (_lastOffered, _lastChosen) = (lastOffered, state.Choice.Stable.Sequence);
        _nothingAt = null;
    }

    public void Propose(Instant now, Effects effects)
    {
        if (!state.IsVoting || !state.IsInstalled || !state.IsPrimary)
        {
            return;
        }

        OfferChosen(now, effects);

        // What is committed is executed before the step ends, and may make obsolete or less urgent what waits.
        while (!HasCommittedNext && TryOfferFresh(now, effects))
        {
            // A second batch may be full already.
        }
    }

    /// <summary>When a second batch may start although it is not full.</summary>
    public Instant SecondDue()
    {
        var first = state.Find(Oldest(_lastOffered));
        return first is null ? Instant.Never : first.OfferedAt + (state.OrderingTimes.Median * 2);
    }

    /// <summary>Offers again what the view's certificate says, by digest: a quorum has held the bodies. A body that
    /// this primary lacks itself comes first, through its Status.</summary>
    private void OfferChosen(Instant now, Effects effects)
    {
        var choice = state.Choice;
        _lastChosen = state.Stable > _lastChosen ? state.Stable : _lastChosen;
        for (var sequence = _lastChosen.Next; sequence <= choice.Last; sequence = sequence.Next)
        {
            if (!SiteLogState.IsWithin(sequence, state.Stable))
            {
                return;
            }

            var slot = state.SlotAt(sequence);
            var digest = choice.For(sequence)!.Value;
            if (slot.Body(digest) is null)
            {
                return;
            }

            if (!slot.IsOffered)
            {
                agreement.Offer(now, new(state.View, sequence, digest, null), effects);
            }

            _lastChosen = sequence;
        }
    }

    private bool TryOfferFresh(Instant now, Effects effects)
    {
        // What is stable or executed here needs no offer; nothing above it was offered in this view, or it were on
        // disk.
        _lastOffered = Later(_lastOffered, Later(state.Stable, state.Executed));
        var sequence = _lastOffered.Next;
        var undecided = Undecided();
        if (undecided >= Limits.UndecidedBatches
            || !SiteLogState.IsWithin(sequence, state.Stable)
            || state.TimeBefore(sequence) is not { } before)
        {
            return false;
        }

        var time = Timestamp.Later(before, state.Clock.At(now));
        var isDeadline = time >= state.Machine.NextDeadline
            && (before < state.Machine.NextDeadline || (undecided == 0 && time >= before + DeadlineAgain));
        if (undecided > 0 && now < SecondDue() && !MayBeFull())
        {
            return false;
        }

        if (!isDeadline && !HasNews(now))
        {
            return false;
        }

        return Offer(now, sequence, time, isDeadline, mustBeFull: undecided > 0 && now < SecondDue(), effects);
    }

    private bool Offer(
        Instant now, SiteSequence sequence, Timestamp time, bool isDeadline, bool mustBeFull, Effects effects)
    {
        var draft = BatchBuilder.Build(pool);
        RidingDue = draft.OpensAt;
        var opens = isDeadline || now >= RidingDue;
        if (!opens || (mustBeFull && !draft.IsFull))
        {
            _nothingAt = (pool.Version, state.Executed);
            return false;
        }

        foreach (var pooled in draft.Inputs)
        {
            pool.SetInFlight(pooled, isInFlight: true);
        }

        _lastOffered = sequence;
        RidingDue = Instant.Never;
        var batch = new Batch(time, ValueList.From(draft.Inputs.Select(pooled => pooled.Input)));
        agreement.Offer(now, PrePrepare.Of(state.View, sequence, batch), effects);
        return true;
    }

    private int Undecided()
    {
        var undecided = 0;
        for (var sequence = Oldest(_lastOffered); sequence <= _lastOffered; sequence = sequence.Next)
        {
            undecided += state.Find(sequence) is { IsCommitted: true } ? 0 : 1;
        }

        return undecided;
    }

    private SiteSequence Oldest(SiteSequence last)
    {
        var oldest = state.Executed.Next;
        while (oldest < last && state.Find(oldest) is { IsCommitted: true })
        {
            oldest = oldest.Next;
        }

        return oldest;
    }

    private static SiteSequence Later(SiteSequence left, SiteSequence right) => left > right ? left : right;

    private bool MayBeFull() =>
        pool.Waiting >= Limits.InputsPerBatch || pool.WaitingBytes > Limits.FilledBatchBytes;

    private bool HasNews(Instant now) =>
        pool.Waiting > 0 && (_nothingAt != (pool.Version, state.Executed) || now >= RidingDue);
}
