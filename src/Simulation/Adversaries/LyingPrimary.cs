using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>Begins its views with a lie, in each life in one of two ways: with a proof that holds its own word as often
/// as there must be words, and nothing in it; or with the true proof. Either way it offers other batches than follow from
/// the true one: empty ones of now.</summary>
public sealed class LyingPrimary(Seat seat) : Adversary(seat)
{
    private readonly bool _liesInProof = seat.Dice.OneIn(2);
    private ViewChange? _said;
    private NewViewChoice? _choice;
    private SiteView? _began;
    private Timestamp _clock;

    public override void ToPeer(int replica, Bytes frame)
    {
        var word = Forgery.WordOf(Seat.Self.Index, frame);
        _clock = word is Status status ? status.Clock : _clock;
        _said = word as ViewChange ?? _said;
        if (word is NewView begun)
        {
            (_began, _choice) = (begun.View, NewViewChoice.Of(begun));
        }

        SiteWord? other = word switch
        {
            NewView view when _liesInProof && _said?.View == view.View => view with { Changes = Repeated(view) },
            PrePrepare offer when IsGivenAgain(offer.View, offer.Sequence) =>
                PrePrepare.Of(offer.View, offer.Sequence, InsteadOf(offer.Digest)),
            Commit vote when IsGivenAgain(vote.View, vote.Sequence) =>
                vote with { Digest = InsteadOf(vote.Digest).Digest },
            _ => null,
        };
        base.ToPeer(replica, other is null ? frame : Forgery.FrameOf(Seat, other));
    }

    private bool IsGivenAgain(SiteView view, SiteSequence sequence) =>
        _began == view && _choice?.For(sequence) is not null;

    private Batch InsteadOf(Digest digest)
    {
        if (Seat.Story.InsteadOf(digest) is not { } other)
        {
            Seat.Story.Add(digest, other = new(_clock, []));
        }

        return other;
    }

    private ValueList<SignedViewChange> Repeated(NewView view)
    {
        var empty = _said! with { Prepared = [] };
        var own = new SignedViewChange(
            Seat.Self.Index, empty, Seat.Signer.Sign(empty.SigningBytes(Seat.Speaker).Span));
        return ValueList.From(view.Changes.Select(_ => own));
    }
}
