using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>Keeps the view changes that it hears, and some of the votes, over all crashes of whoever said them, and says
/// them again to anyone: also when a replica that lost its disk does not know any more what it has promised.</summary>
public sealed class LongMemory(Seat seat) : Adversary(seat)
{
    private const int KindAt = 1;

    public override void Hears(Bytes frame)
    {
        var isKept = (SiteWordKind)frame.Span[KindAt] switch
        {
            SiteWordKind.ViewChange or SiteWordKind.NewView or SiteWordKind.Inquiry => true,
            SiteWordKind.PrePrepare or SiteWordKind.Prepare or SiteWordKind.Checkpoint => Seat.Dice.OneIn(16),
            _ => false,
        };
        if (isKept)
        {
            Seat.Story.AddWord(frame, Seat.Dice);
        }
    }

    public override void ToPeer(int replica, Bytes frame)
    {
        base.ToPeer(replica, frame);
        if (Seat.Dice.OneIn(8) && Seat.Story.AnyWord(Seat.Dice) is { } old)
        {
            base.ToPeer(replica, old);
        }
    }
}
