namespace Holdfast.Simulation.Adversaries;

/// <summary>Says its true words again, later and to anyone: what it once told one peer, site or client it tells another
/// of them.</summary>
public sealed class Replaying(Seat seat) : Adversary(seat)
{
    private const int KeptMost = 500;

    private readonly List<Bytes> _toPeers = [];
    private readonly List<Bytes> _toSites = [];
    private readonly List<Bytes> _toClients = [];

    public override void ToPeer(int replica, Bytes frame)
    {
        base.ToPeer(replica, frame);
        if (Old(_toPeers, frame) is { } old)
        {
            base.ToPeer(replica, old);
        }
    }

    public override void ToSite(ReplicaId receiver, Bytes frame)
    {
        base.ToSite(receiver, frame);
        if (Old(_toSites, frame) is { } old)
        {
            base.ToSite(receiver, old);
        }
    }

    public override void ToClient(Bytes client, Bytes frame)
    {
        base.ToClient(client, frame);
        if (Old(_toClients, frame) is { } old)
        {
            base.ToClient(client, old);
        }
    }

    private Bytes? Old(List<Bytes> kept, Bytes frame)
    {
        if (kept.Count < KeptMost)
        {
            kept.Add(frame);
        }
        else if (Seat.Dice.OneIn(4))
        {
            kept[Seat.Dice.Below(KeptMost)] = frame;
        }

        return Seat.Dice.OneIn(4) ? kept[Seat.Dice.Below(kept.Count)] : null;
    }
}
