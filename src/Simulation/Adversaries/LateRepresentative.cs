namespace Holdfast.Simulation.Adversaries;

/// <summary>An exemplary replica inside its site that hands everything on to other sites, late.</summary>
public sealed class LateRepresentative(Seat seat) : Adversary(seat)
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(400);

    public override void ToSite(ReplicaId receiver, Bytes frame) =>
        Seat.Later(Delay, () => base.ToSite(receiver, frame));
}
