using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>Publishes commitments without end: its newest row once more, rows that are not next, rows of lives that it
/// never had, and rows of points that are none.</summary>
public sealed class EndlessRows(Seat seat) : Adversary(seat)
{
    private NonceCommitments? _newest;

    public override void ToPeer(int replica, Bytes frame)
    {
        base.ToPeer(replica, frame);
        switch (Forgery.WordOf(Seat.Self.Index, frame))
        {
            case HandOn { Input: NonceCommitments row } when row.Replica == Seat.Self.Index:
                _newest = row;
                break;
            case PrePrepare { Batch: { } batch }:
                _newest = batch.Inputs.OfType<NonceCommitments>()
                    .LastOrDefault(row => row.Replica == Seat.Self.Index, _newest!);
                break;
            case Status when _newest is { } newest:
                base.ToPeer(replica, Forgery.FrameOf(Seat, new HandOn(Another(newest))));
                break;
            default:
                break;
        }
    }

    private NonceCommitments Another(NonceCommitments row) => Seat.Dice.Below(5) switch
    {
        0 => row,
        1 => Signed(row with { Row = row.Row + 1 + (uint)Seat.Dice.Below(3) }),
        2 => Signed(row with { Incarnation = row.Incarnation + 1 + (uint)Seat.Dice.Below(3) }),
        3 => Signed(row with { Row = 0 }),
        _ => Signed(row with
        {
            Row = row.Row + 1,
            Points = ValueList.From(row.Points.Select(_ => new NoncePoints(default, default))),
        }),
    };

    private NonceCommitments Signed(NonceCommitments row)
    {
        var writer = Seat.Speaker.Begin(NonceCommitments.SignedAs);
        row.WriteSigned(writer);

        // A new one: what a copy was encoded as before would be copied with it.
        return new(
            row.KeyEpoch, row.Replica, row.Incarnation, row.Row, row.Points, Seat.Signer.Sign(writer.WrittenSpan));
    }
}
