namespace Holdfast.Simulation.Adversaries;

/// <summary>Speaks to one other site only, and passes on only what comes from it; in each life another one.</summary>
public sealed class ChoosyRepresentative : Adversary
{
    private readonly SiteId _favourite;

    public ChoosyRepresentative(Seat seat)
        : base(seat)
    {
        var sites = seat.Genesis.Sites.Count;
        _favourite = new((seat.Self.Site.Index + 1 + seat.Dice.Below(Math.Max(1, sites - 1))) % sites);
    }

    public override void ToSite(ReplicaId receiver, Bytes frame)
    {
        if (receiver.Site == _favourite)
        {
            base.ToSite(receiver, frame);
        }
    }

    public override void ToPeer(int replica, Bytes frame)
    {
        if (Forgery.HandedOn(Seat.Self.Index, frame) is not { } message || message.From == _favourite)
        {
            base.ToPeer(replica, frame);
        }
    }
}
