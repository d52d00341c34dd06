using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>Tells clients what is not so: other results, other places, a state from the future, a wrong view.</summary>
public sealed class FalseAnswers(Seat seat) : Adversary(seat)
{
    public override void ToClient(Bytes client, Bytes frame) =>
        base.ToClient(client, Falsified(ClientFrames.Decode(frame.Span))?.Encode() ?? frame);

    private ClientFrame? Falsified(ClientFrame? frame) => frame switch
    {
        LocalAnswer { Refusal: Rejection.None } answer => Falsified(answer),
        Reply reply => new Reply(
            new(reply.View.Number + (ulong)Seat.Dice.Below(3)), Seat.Dice.Below(10_000_000), Falsified(reply.Body)),
        ReceiptAnswer { Receipt: var receipt } => new ReceiptAnswer(receipt with { Reply = Falsified(receipt.Reply) }),
        HelloAnswer answer => answer with { View = new(answer.View.Number + (ulong)Seat.Dice.Below(3)) },
        _ => null,
    };

    private LocalAnswer Falsified(LocalAnswer answer) => Seat.Dice.Below(4) switch
    {
        0 => answer with { ReadAt = new(answer.ReadAt.Number + 1_000), AgeMicroseconds = 0 },
        1 => answer with { ReadAt = answer.ChangedAt },
        2 => answer with { Result = Other(answer.Result) },
        _ => LocalAnswer.Refuse(answer.Id, Rejection.EarlySequence),
    };

    private ClientReply Falsified(ClientReply reply) =>
        reply with { Results = ValueList.From(reply.Results.Select(Falsified)) };

    private OperationResult Falsified(OperationResult result) => Seat.Dice.Below(4) switch
    {
        0 => result with { Result = Other(result.Result) },
        1 => result with { Position = new(result.Position.Sequence.Next, 0) },
        2 => result with { Outcome = Outcome.NotTaken, Because = RefusedBecause.Overloaded },
        _ => result with { Outcome = Outcome.Rejected, Because = RefusedBecause.NotPermitted },
    };

    private static Bytes Other(Bytes result)
    {
        var bytes = new byte[sizeof(long)];
        result.Span[..Math.Min(result.Length, bytes.Length)].CopyTo(bytes);
        bytes[^1] ^= 1;
        return new Bytes(bytes);
    }
}
