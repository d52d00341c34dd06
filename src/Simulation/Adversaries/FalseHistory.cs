using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>Keeps silent as primary in spells, so that views change, and lies about what was: in each life it either
/// tells nothing of what it has prepared, or shows certificates that it made itself, of null batches in the newest view,
/// or says that other batches were committed than were.</summary>
public sealed class FalseHistory : Adversary
{
    private readonly Way _way;
    private int _left;
    private bool _isSilent;

    public FalseHistory(Seat seat)
        : base(seat) => _way = (Way)seat.Dice.Below(3);

    private enum Way
    {
        LeaveOut = 0,
        Invent = 1,
        TellOther = 2,
    }

    public override void ToPeer(int replica, Bytes frame)
    {
        var word = Forgery.WordOf(Seat.Self.Index, frame);
        if (word is PrePrepare && BecomesSilent())
        {
            return;
        }

        SiteWord? other = word switch
        {
            ViewChange change when _way == Way.LeaveOut => change with { Prepared = [] },
            ViewChange change when _way == Way.Invent => change with { Prepared = Invented(change) },
            CommittedDigests told when _way == Way.TellOther =>
                told with { Digests = ValueList.From(told.Digests.Select(_ => Batch.Null.Digest)) },
            _ => null,
        };
        base.ToPeer(replica, other is null ? frame : Forgery.FrameOf(Seat, other));
    }

    private bool BecomesSilent()
    {
        if (_left-- <= 0)
        {
            (_isSilent, _left) = (!_isSilent && Seat.Dice.OneIn(2), 30 + Seat.Dice.Below(300));
        }

        return _isSilent;
    }

    /// <summary>For all that is prepared, and as much again: here nothing was, in the view before.</summary>
    private ValueList<PreparedCertificate> Invented(ViewChange change)
    {
        var size = Seat.Genesis[Seat.Self.Site].Size;
        var view = new SiteView(change.View.Number - 1);
        var (first, last) = (change.Stable.Sequence.Number + 1, change.Prepared is [.., var newest] ? newest.Sequence.Number : 0);
        var certificates = new List<PreparedCertificate>();
        for (var sequence = first; sequence <= last + 2; sequence++)
        {
            var place = new SiteSequence(sequence);
            var prepares = Enumerable.Range(0, size.Replicas)
                .Where(replica => replica != view.Primary(size))
                .Take(size.PreparesOfOthers)
                .Select(replica => new SignedBy(replica, Sign(new Prepare(view, place, Batch.Null.Digest))));
            certificates.Add(new(
                view,
                place,
                Batch.Null.Digest,
                Sign(new PrePrepare(view, place, Batch.Null.Digest, null)),
                ValueList.From(prepares)));
        }

        return ValueList.From(certificates);
    }

    // The own key, whoever is named: there is no other at a seat.
    private Bytes Sign(SiteWord word) => Seat.Signer.Sign(word.SigningBytes(Seat.Speaker).Span);
}
