using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>Says again and again what its site has said to another one at any time, also before its own or anybody's
/// restart: whole or in part, to any replica of that site or of a third one, and the new behind the old.</summary>
public sealed class RepeatingRepresentative(Seat seat) : Adversary(seat)
{
    private const int RepeatedEachTime = 2;
    private (ReplicaId Receiver, Bytes Frame)? _heldBack;

    public override void ToSite(ReplicaId receiver, Bytes frame)
    {
        if (SiteInput.Decode(frame.Span[1..]) is SiteMessage message)
        {
            Seat.Story.Add(message, Seat.Dice);
        }

        for (var times = 0; times < RepeatedEachTime; times++)
        {
            Repeat(Seat.Story.AnyMessage(Seat.Dice));
        }

        var before = _heldBack;
        _heldBack = before is null && Seat.Dice.OneIn(3) ? (receiver, frame) : null;
        if (_heldBack is null)
        {
            base.ToSite(receiver, frame);
        }

        if (before is { } late)
        {
            base.ToSite(late.Receiver, late.Frame);
        }
    }

    private void Repeat(SiteMessage? message)
    {
        if (message is null)
        {
            return;
        }

        // A third site hands it on.
        var site = Seat.Dice.OneIn(4) ? new SiteId(Seat.Dice.Below(Seat.Genesis.Sites.Count)) : message.To;
        if (site != Seat.Self.Site)
        {
            var receiver = new ReplicaId(site, Seat.Dice.Below(Seat.Genesis[site].Size.Replicas));
            base.ToSite(receiver, Gate.FrameOf(message with { Outputs = PartOf(message.Outputs) }));
        }
    }

    private ValueList<AttestedOutput> PartOf(ValueList<AttestedOutput> outputs)
    {
        var first = Seat.Dice.OneIn(2) ? 0 : Seat.Dice.Below(outputs.Count);
        var length = Seat.Dice.OneIn(2) ? outputs.Count - first : 1 + Seat.Dice.Below(outputs.Count - first);
        return ValueList.From(outputs.Skip(first).Take(length));
    }
}
