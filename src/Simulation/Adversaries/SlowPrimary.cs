using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>Keeps its site waiting for each of its proposals, and is exemplary in everything else: it never stops, so
/// nobody who waits for a silence finds it.</summary>
public sealed class SlowPrimary(Seat seat) : Adversary(seat)
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(300);

    public override void ToPeer(int replica, Bytes frame)
    {
        if (Forgery.WordOf(Seat.Self.Index, frame) is PrePrepare)
        {
            Seat.Later(Delay, () => base.ToPeer(replica, frame));
        }
        else
        {
            base.ToPeer(replica, frame);
        }
    }
}
