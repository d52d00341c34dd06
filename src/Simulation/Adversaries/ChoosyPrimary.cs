using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>As primary it orders some and not others: in each life it leaves out what one client asks for, what comes from one
/// other site, or the rows that signatures need; or it offers nothing to one of its peers. Its batches are whole otherwise, and
/// in time.</summary>
public sealed class ChoosyPrimary(Seat seat) : Adversary(seat)
{
    internal enum Way
    {
        /// <summary>The first one of whom it has something to order.</summary>
        Client,

        /// <summary>The victim is the other site.</summary>
        Link,
        Rows,

        /// <summary>The victim is the next replica of its site but so many.</summary>
        Peer,
    }

    private readonly Way _way = seat.WayOr(dice => (Way)dice.Below(Enum.GetValues<Way>().Length));
    private readonly int _victim = seat.Victim ?? seat.Dice.Below(int.MaxValue);
    private Bytes? _client;

    public override void ToPeer(int replica, Bytes frame)
    {
        var word = Forgery.WordOf(Seat.Self.Index, frame);
        if (_way == Way.Peer)
        {
            if (word is not PrePrepare || replica != Starved)
            {
                base.ToPeer(replica, frame);
            }

            return;
        }

        if (word is PrePrepare { Batch: { } batch } && Seat.Story.InsteadOf(batch.Digest) is null && Without(batch) is { } other)
        {
            Seat.Story.Add(batch.Digest, other);
        }

        base.ToPeer(replica, Seat.Story.InsteadOf(word) is { } told ? Forgery.FrameOf(Seat, told) : frame);
    }

    private int Starved
    {
        get
        {
            var replicas = Seat.Genesis[Seat.Self.Site].Size.Replicas;
            return (Seat.Self.Index + 1 + (_victim % Math.Max(1, replicas - 1))) % replicas;
        }
    }

    /// <summary>Null if nothing of it is to be left out.</summary>
    private Batch? Without(Batch batch)
    {
        var kept = batch.Inputs.Where(input => !IsVictim(input)).ToArray();
        return kept.Length == batch.Inputs.Count ? null : new(batch.Time, ValueList.From(kept));
    }

    private bool IsVictim(SiteInput input) => _way switch
    {
        Way.Client => input is ClientRequest request && request.Client == (_client ??= request.Client),
        Way.Link => input is SiteMessage message && message.From.Index == _victim % Seat.Genesis.Sites.Count,
        _ => input is NonceCommitments row && row.Replica != Seat.Self.Index,
    };
}
