using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>Complains about every view that it hears of, and about the next ones before they begin, whenever it tells where it
/// stands; and never takes a complaint back.</summary>
public sealed class Complaining(Seat seat) : Adversary(seat)
{
    private const int ViewsAhead = 3;

    public override void ToPeer(int replica, Bytes frame)
    {
        var word = Forgery.WordOf(Seat.Self.Index, frame);
        if (word is Complain)
        {
            return;
        }

        base.ToPeer(replica, frame);
        if (word is Status status)
        {
            var view = new SiteView(status.View.Number + (ulong)Seat.Dice.Below(ViewsAhead));
            base.ToPeer(replica, Forgery.FrameOf(Seat, new Complain(view, status.Clock, Stands: true)));
        }
    }
}
