using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>
/// Tells the peers with odd numbers another story than the rest: as primary it proposes them a batch without the last
/// client's request, and it votes with each half for what that half was told. Several of them in one site lie alike.
/// In some lives it is brazen, and tells those with odd numbers both stories.
/// </summary>
public sealed class TwoFacedPrimary(Seat seat) : Adversary(seat)
{
    private readonly bool _isBrazen = seat.WayOr(dice => dice.OneIn(2) ? Way.Brazen : Way.Sly) == Way.Brazen;

    internal enum Way
    {
        Sly,
        Brazen,
    }

    public override void ToPeer(int replica, Bytes frame)
    {
        var word = Forgery.WordOf(Seat.Self.Index, frame);
        if (word is PrePrepare { Batch: { } batch } && Seat.Story.InsteadOf(batch.Digest) is null && IsWorthIt(batch))
        {
            Seat.Story.Add(batch.Digest, Other(batch));
        }

        var other = replica % 2 == 1 ? Seat.Story.InsteadOf(word) : null;
        if (other is not null)
        {
            base.ToPeer(replica, Forgery.FrameOf(Seat, other));
        }

        if (other is null || _isBrazen)
        {
            base.ToPeer(replica, frame);
        }
    }

    private static bool IsWorthIt(Batch batch) => batch.Inputs.Any(input => input is ClientRequest);

    private static Batch Other(Batch batch)
    {
        var last = batch.Inputs.Last(input => input is ClientRequest);
        return new Batch(batch.Time, ValueList.From(batch.Inputs.Where(input => input != last)));
    }
}
