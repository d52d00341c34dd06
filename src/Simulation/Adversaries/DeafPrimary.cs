using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>Hears no client, and orders what others hand on: to them it is as good a primary as any. It costs its clients the
/// time until they ask all.</summary>
public sealed class DeafPrimary(Seat seat) : Adversary(seat)
{
    public override bool LetsIn(ClientRequest request) => false;
}
