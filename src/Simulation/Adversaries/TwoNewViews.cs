using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>As primary of a new view it proves to some by other view changes than to the rest that the view may begin: by one
/// of its own that tells of nothing, and another replica's where it has one more. Both proofs are sound. To whom the second
/// one leaves free what the first one does not, it offers an empty batch there, and votes for it. In some lives half of its
/// peers get the second proof; else f get another than the rest, in some lives when the rest may have decided.</summary>
public sealed class TwoNewViews : Adversary
{
    private readonly SortedDictionary<int, SignedViewChange> _heard = [];
    private readonly bool _isHalf;
    private readonly bool _isForMost;
    private readonly TimeSpan _delay;
    private Batch _empty = Batch.Null;
    private NewView? _begun;
    private NewView? _other;

    public TwoNewViews(Seat seat)
        : base(seat)
    {
        (_isHalf, _isForMost) = (seat.Dice.OneIn(4), seat.Dice.OneIn(2));
        _delay = TimeSpan.FromMilliseconds(seat.Dice.OneIn(3) ? 0 : seat.Dice.Between(5, 200));
    }

    public override void Hears(Bytes frame)
    {
        if (Forgery.SaidIn(frame) is { Word: ViewChange change } said)
        {
            _heard[said.Replica] = new(said.Replica, change, said.Signature);
        }
    }

    public override void ToPeer(int replica, Bytes frame)
    {
        var word = Forgery.WordOf(Seat.Self.Index, frame);
        _empty = word is Status status ? new(status.Clock, []) : _empty;
        if (word is NewView view)
        {
            Begin(replica, view, frame);
        }
        else if (word is PrePrepare offer && InsteadOf(replica, offer.View, offer.Sequence) is { } batch)
        {
            Seat.Did("other offer after a second new view");
            base.ToPeer(replica, Forgery.FrameOf(Seat, PrePrepare.Of(offer.View, offer.Sequence, batch)));
            base.ToPeer(replica, Forgery.FrameOf(Seat, new Commit(offer.View, offer.Sequence, batch.Digest)));
        }
        else if (word is not Commit vote || InsteadOf(replica, vote.View, vote.Sequence) is null)
        {
            base.ToPeer(replica, frame);
        }
    }

    private void Begin(int replica, NewView view, Bytes frame)
    {
        if (view.View != _begun?.View)
        {
            (_begun, _other) = (view, Other(view));
            Seat.Did(_other is null ? "new view of which there is no second" : "second new view");
        }

        var told = _other is not null && IsToldOther(replica) ? Forgery.FrameOf(Seat, _other) : frame;
        if (IsOfFew(replica))
        {
            Seat.Later(_delay, () => base.ToPeer(replica, told));
        }
        else
        {
            base.ToPeer(replica, told);
        }
    }

    private bool IsOfFew(int replica)
    {
        var size = Seat.Genesis[Seat.Self.Site].Size;
        return _isHalf ? replica % 2 == 1 : (replica - Seat.Self.Index + size.Replicas) % size.Replicas <= size.Faults;
    }

    private bool IsToldOther(int replica) => IsOfFew(replica) != _isForMost;

    /// <summary>Null where this replica's proof demands nothing else than the true one.</summary>
    private Batch? InsteadOf(int replica, SiteView view, SiteSequence sequence)
    {
        if (_other is null || view != _other.View || !IsToldOther(replica)
            || NewViewChoice.Of(_begun!).For(sequence) is not { } first
            || first == Batch.Null.Digest)
        {
            return null;
        }

        var second = NewViewChoice.Of(_other).For(sequence);
        return second is null ? _empty : second == Batch.Null.Digest ? Batch.Null : null;
    }

    private NewView? Other(NewView begun)
    {
        var changes = begun.Changes.ToDictionary(change => change.Replica);
        var more = _heard.Values.FirstOrDefault(one => one.Word.View == begun.View && !changes.ContainsKey(one.Replica));
        if (more is not null)
        {
            changes.Remove(begun.Changes.First(change => change.Replica != Seat.Self.Index).Replica);
            changes.Add(more.Replica, more);
        }

        if (changes.TryGetValue(Seat.Self.Index, out var own) && own.Word is { Prepared: not [] } told)
        {
            var empty = told with { Prepared = [] };
            changes[own.Replica] = new(own.Replica, empty, Seat.Signer.Sign(empty.SigningBytes(Seat.Speaker).Span));
        }

        var other = begun with { Changes = ValueList.From(changes.Values.OrderBy(change => change.Replica)) };
        return other != begun && other.IsSound(Seat.Genesis[Seat.Self.Site].Size) ? other : null;
    }
}
