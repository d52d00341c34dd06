using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>As slow a primary as it can be without being caught: it holds its proposals back by a little more each time,
/// and by half of it after it was replaced.</summary>
public sealed class CautiousPrimary(Seat seat) : Adversary(seat)
{
    private const double Grows = 1.02;
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(2);

    private (SiteView View, SiteSequence Sequence)? _last;
    private TimeSpan _delay = First;

    public override void ToPeer(int replica, Bytes frame)
    {
        if (Forgery.WordOf(Seat.Self.Index, frame) is not PrePrepare offer)
        {
            base.ToPeer(replica, frame);
            return;
        }

        if (offer.View > _last?.View)
        {
            _delay /= 2;
        }
        else if (offer.Sequence > _last?.Sequence)
        {
            _delay = _delay * Grows < Most ? _delay * Grows : Most;
        }

        // What is said again, or to the next peer, is nothing new.
        if (_last is not { } last || offer.View > last.View || offer.Sequence > last.Sequence)
        {
            _last = (offer.View, offer.Sequence);
        }

        Seat.Later(_delay, () => base.ToPeer(replica, frame));
    }
}
