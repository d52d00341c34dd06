using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>Passes on to all replicas of another site what comes after a gap, and keeps the gap for itself: every third
/// place of a stream. Registers go alone, so that they stand behind what can not be taken yet.</summary>
public sealed class WithholdingRepresentative(Seat seat) : Adversary(seat)
{
    public override void ToSite(ReplicaId receiver, Bytes frame)
    {
        if (SiteInput.Decode(frame.Span[1..]) is not SiteMessage message)
        {
            return;
        }

        var places = message.Outputs.Where(output => StreamLeaf.FromLeaf(output.Leaf) is { } leaf && leaf.Sequence % 3 != 1);
        var registers = message.Outputs.Where(output => SiteStatus.FromLeaf(output.Leaf) is not null);
        for (var replica = 0; replica < Seat.Genesis[receiver.Site].Size.Replicas; replica++)
        {
            Send(new(receiver.Site, replica), message, ValueList.From(places));
            Send(new(receiver.Site, replica), message, ValueList.From(registers));
        }
    }

    private void Send(ReplicaId receiver, SiteMessage message, ValueList<AttestedOutput> outputs)
    {
        if (outputs.Count > 0)
        {
            base.ToSite(receiver, Gate.FrameOf(message with { Outputs = outputs }));
        }
    }
}
