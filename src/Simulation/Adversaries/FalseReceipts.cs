using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>Gives clients receipts that prove nothing: spoilt in the signature, the statement, the path or the place,
/// or an older one, true but of something else.</summary>
public sealed class FalseReceipts(Seat seat) : Adversary(seat)
{
    private Receipt? _older;

    public override void ToClient(Bytes client, Bytes frame)
    {
        if (ClientFrames.Decode(frame.Span) is not ReceiptAnswer { Receipt: var receipt })
        {
            base.ToClient(client, frame);
            return;
        }

        var other = Falsified(receipt);
        _older = receipt;
        base.ToClient(client, new ReceiptAnswer(other).Encode());
    }

    private Receipt Falsified(Receipt receipt) => Seat.Dice.Below(6) switch
    {
        0 => receipt with { Signature = Seat.Dice.Bytes(Limits.SignatureBytes) },
        1 => receipt with { Statement = receipt.Statement with { Root = new(Seat.Dice.Bytes(Digest.Size).Span) } },
        2 => receipt with { Path = ValueList.From(receipt.Path.Append(receipt.Statement.Root)) },
        3 => receipt with { Index = receipt.Index + 1 },
        4 => receipt with { Statement = receipt.Statement with { Site = new(receipt.Statement.Site.Index + 1) } },
        _ => _older ?? receipt,
    };
}
