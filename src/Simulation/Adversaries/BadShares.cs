using Holdfast.Node;
using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>Spoils its site's signature under its own good ones, in each life in one of three ways: with shares that
/// do not fit; with commitments that are no points, so that the others cannot sign and look silent; with good shares
/// that it accuses of being bad.</summary>
public sealed class BadShares : Adversary
{
    private readonly Way _way;

    public BadShares(Seat seat)
        : base(seat) => _way = seat.WayOr(dice => (Way)dice.Below(3));

    internal enum Way
    {
        Spoil = 0,
        CommitToNothing = 1,
        AccuseItself = 2,
    }

    public override void ToPeer(int replica, Bytes frame)
    {
        if (Forgery.WordOf(Seat.Self.Index, frame) is not ThresholdShare share)
        {
            base.ToPeer(replica, frame);
            return;
        }

        base.ToPeer(replica, _way == Way.Spoil
            ? Forgery.FrameOf(Seat, share with { Response = Spoiled(share.Response) })
            : frame);
        if (_way == Way.AccuseItself)
        {
            // Another R each time: the same good share, and yet another input.
            var other = share with { GroupCommitment = new Digest(Seat.Dice.Bytes(Digest.Size).Span) };
            var signature = Seat.Signer.Sign(other.SigningBytes(Seat.Speaker).Span);
            base.ToPeer(replica, Forgery.FrameOf(Seat, new HandOn(new BadShare(other, signature))));
        }
    }

    public override IShareSigner Around(IShareSigner shares) =>
        _way == Way.CommitToNothing ? new Committed(shares) : shares;

    // Still a canonical scalar: the highest byte, the last one, stays as it is.
    private static Digest Spoiled(Digest response)
    {
        Span<byte> bytes = stackalloc byte[Digest.Size];
        response.CopyTo(bytes);
        bytes[0] ^= 1;
        return new Digest(bytes);
    }

    /// <summary>Publishes rows of what is no point, and has a share for every place.</summary>
    private sealed class Committed(IShareSigner shares) : IShareSigner
    {
        public Input? MakeNonces(Effect.MakeNonces wish) => shares.MakeNonces(wish) is Input.NoncesMade made
            ? made with { Points = new(new NoncePoints[made.Points.Count]) }
            : null;

        public Input SignShare(Effect.SignShare wish) =>
            wish.Members.Count > 1 ? new Input.ShareMade(wish.Place, default, default) : shares.SignShare(wish);

        public Input.Combined Combine(Effect.Combine wish) => shares.Combine(wish);
    }
}
