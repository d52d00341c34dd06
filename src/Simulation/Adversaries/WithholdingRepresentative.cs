using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>Passes on to all replicas of another site what comes after a gap, and keeps the gap for itself: every third
/// place of a stream. All else goes alone, so that registers stand behind what can not be taken yet.</summary>
public sealed class WithholdingRepresentative(Seat seat) : Adversary(seat)
{
    public override void ToSite(ReplicaId receiver, Bytes frame)
    {
        if (SiteInput.Decode(frame.Span[1..]) is not SiteMessage message)
        {
            return;
        }

        foreach (var output in message.Outputs)
        {
            if (StreamLeaf.FromLeaf(output.Leaf) is { } leaf && leaf.Sequence % 3 == 1)
            {
                continue;
            }

            var part = Gate.FrameOf(message with { Outputs = [output] });
            for (var replica = 0; replica < Seat.Genesis[receiver.Site].Size.Replicas; replica++)
            {
                base.ToSite(new(receiver.Site, replica), part);
            }
        }
    }
}
