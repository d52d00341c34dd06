using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>Before each true message of its site it sends a forged one: another life, batch, site or receiver, another
/// leaf or body, the same with gaps, all under the site's old signature or its own.</summary>
public sealed class ForgingRepresentative(Seat seat) : Adversary(seat)
{
    public override void ToSite(ReplicaId receiver, Bytes frame)
    {
        if (SiteInput.Decode(frame.Span[1..]) is SiteMessage message)
        {
            base.ToSite(receiver, Gate.FrameOf(Forged(message)));
        }

        base.ToSite(receiver, frame);
    }

    private SiteMessage Forged(SiteMessage message)
    {
        var (statement, output) = (message.Statement, message.Outputs[Seat.Dice.Below(message.Outputs.Count)]);
        var forged = Seat.Dice.Below(8) switch
        {
            0 => message with { Statement = statement with { SiteLife = statement.SiteLife + 1 } },
            1 => message with { Statement = statement with { Sequence = statement.Sequence.Next } },
            2 => message with { Statement = statement with { Site = AnySite() } },
            3 => message with { To = AnySite() },
            4 => message with { Outputs = [output with { Leaf = Later(output.Leaf) }] },
            5 => message with { Outputs = [output with { Body = output.Body.Concat([0]) }] },
            6 => message with { Outputs = [.. message.Outputs, output] },
            _ => message with { Outputs = [] },
        };
        return Seat.Dice.OneIn(2)
            ? forged
            : forged with { Signature = Seat.Signer.Sign(forged.Statement.SigningBytes(Seat.Genesis.Cluster).Span) };
    }

    private SiteId AnySite() => new(Seat.Dice.Below(Seat.Genesis.Sites.Count));

    /// <summary>The same, much later: it would make all that is true look old.</summary>
    private static Bytes Later(Bytes leaf) => StreamLeaf.FromLeaf(leaf) is { } place
        ? (place with { LinkLife = place.LinkLife + 1 }).Leaf()
        : (SiteStatus.FromLeaf(leaf)! with { Version = ulong.MaxValue }).Leaf();
}
