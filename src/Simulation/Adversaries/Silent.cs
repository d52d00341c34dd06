namespace Holdfast.Simulation.Adversaries;

/// <summary>Hears everything and, in spells, says nothing to anyone.</summary>
public sealed class Silent(Seat seat) : Adversary(seat)
{
    private int _left;
    private bool _isSilent;

    public override void ToPeer(int replica, Bytes frame)
    {
        if (Speaks())
        {
            base.ToPeer(replica, frame);
        }
    }

    public override void ToSite(ReplicaId receiver, Bytes frame)
    {
        if (Speaks())
        {
            base.ToSite(receiver, frame);
        }
    }

    public override void ToClient(Bytes client, Bytes frame)
    {
        if (Speaks())
        {
            base.ToClient(client, frame);
        }
    }

    private bool Speaks()
    {
        if (_left-- <= 0)
        {
            (_isSilent, _left) = (!_isSilent, Seat.Dice.Below(1500));
        }

        return !_isSilent;
    }
}
