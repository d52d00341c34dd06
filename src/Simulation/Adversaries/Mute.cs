namespace Holdfast.Simulation.Adversaries;

/// <summary>Hears everything and never says anything to anyone.</summary>
public sealed class Mute(Seat seat) : Adversary(seat)
{
    public override void ToPeer(int replica, Bytes frame)
    {
    }

    public override void ToSite(ReplicaId receiver, Bytes frame)
    {
    }

    public override void ToClient(Bytes client, Bytes frame)
    {
    }
}
