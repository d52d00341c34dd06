namespace Holdfast.Simulation.Adversaries;

/// <summary>Spoils a byte of many a frame that it sends, to whomever: what arrives is hostile in form as
/// well.</summary>
public sealed class Garbling(Seat seat) : Adversary(seat)
{
    public override void ToPeer(int replica, Bytes frame) => base.ToPeer(replica, Garbled(frame));

    public override void ToSite(ReplicaId receiver, Bytes frame) => base.ToSite(receiver, Garbled(frame));

    public override void ToClient(Bytes client, Bytes frame) => base.ToClient(client, Garbled(frame));

    private Bytes Garbled(Bytes frame)
    {
        if (!Seat.Dice.OneIn(3))
        {
            return frame;
        }

        var bytes = frame.ToArray();
        if (Seat.Dice.OneIn(4))
        {
            // Not to nothing: a frame of no bytes cannot be sent at all.
            return new Bytes(bytes[..Math.Max(1, Seat.Dice.Below(bytes.Length))]);
        }

        // The head decides what the rest is, so it is hit as often as all of the rest.
        var place = Seat.Dice.OneIn(2) ? Seat.Dice.Below(Math.Min(bytes.Length, 96)) : Seat.Dice.Below(bytes.Length);
        bytes[place] ^= (byte)(1 << Seat.Dice.Below(8));
        return new Bytes(bytes);
    }
}
