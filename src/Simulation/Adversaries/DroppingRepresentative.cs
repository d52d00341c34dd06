namespace Holdfast.Simulation.Adversaries;

/// <summary>An exemplary replica inside its site that passes nothing on to other sites and answers no client.</summary>
public sealed class DroppingRepresentative(Seat seat) : Adversary(seat)
{
    public override void ToSite(ReplicaId receiver, Bytes frame)
    {
    }

    public override void ToClient(Bytes client, Bytes frame)
    {
    }
}
