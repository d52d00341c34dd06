using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>Wants its site to take over a state that nobody has: says that it holds one, of others' places and of none,
/// to each peer another one, and makes up the input that would do it. To other sites it gives chunks of such
/// states.</summary>
public sealed class FalseHolder(Seat seat) : Adversary(seat)
{
    public override void ToPeer(int replica, Bytes frame)
    {
        if (Forgery.WordOf(Seat.Self.Index, frame) is not GlobalStateHeld held)
        {
            base.ToPeer(replica, frame);
            return;
        }

        var truth = held.Wish.State.At;
        var at = Seat.Dice.OneIn(2) ? truth : new GlobalSequence(truth.Number + 1);
        var wish = held.Wish with { State = new(at, new Digest(Seat.Dice.Bytes(Digest.Size).Span)) };
        var lie = new GlobalStateHeld(wish);
        base.ToPeer(replica, Forgery.FrameOf(Seat, lie));
        var signature = Seat.Signer.Sign(lie.SigningBytes(Seat.Speaker).Span);
        var quorum = Seat.Genesis[Seat.Self.Site].Size.Quorum;
        var holders = Enumerable.Range(0, quorum).Select(holder => new SignedBy(holder, signature));
        var input = new InstallGlobalState(wish, ValueList.From(holders));
        base.ToPeer(replica, Forgery.FrameOf(Seat, new HandOn(input)));
    }

    public override void ToSite(ReplicaId receiver, Bytes frame) => base.ToSite(
        receiver,
        Forgery.FarWordOf(frame) is StateChunk chunk
            ? Gate.FrameOf(chunk with { Global = new Digest(Seat.Dice.Bytes(Digest.Size).Span) })
            : frame);
}
