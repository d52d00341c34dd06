namespace Holdfast.Simulation.Adversaries;

/// <summary>Passes on late what its site says to other sites, and what it hears from them: by so much, in each life
/// anew, that a link's time-out is hardly missed or hardly met. Two of them are a sender and a receiver in
/// league.</summary>
public sealed class SlowRepresentative : Adversary
{
    private readonly TimeSpan _late;

    public SlowRepresentative(Seat seat)
        : base(seat) => _late = TimeSpan.FromMilliseconds(seat.Dice.Between(40, 220));

    public override void ToSite(ReplicaId receiver, Bytes frame) =>
        Seat.Later(_late, () => Seat.Network.ToSite(receiver, frame));

    public override void ToPeer(int replica, Bytes frame)
    {
        if (Forgery.HandedOn(Seat.Self.Index, frame) is null)
        {
            base.ToPeer(replica, frame);
            return;
        }

        Seat.Later(_late, () => Seat.Network.ToPeer(replica, frame));
    }
}
