using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>Gives shares of its site's signature that do not fit, under its own good signature.</summary>
public sealed class BadShares(Seat seat) : Adversary(seat)
{
    public override void ToPeer(int replica, Bytes frame) => base.ToPeer(
        replica,
        Forgery.WordOf(Seat.Self.Index, frame) is ThresholdShare share
            ? Forgery.FrameOf(Seat, share with { Response = Spoiled(share.Response) })
            : frame);

    // Still a canonical scalar: the highest byte, the last one, stays as it is.
    private static Digest Spoiled(Digest response)
    {
        Span<byte> bytes = stackalloc byte[Digest.Size];
        response.CopyTo(bytes);
        bytes[0] ^= 1;
        return new Digest(bytes);
    }
}
