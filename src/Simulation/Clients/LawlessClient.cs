using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Clients;

/// <summary>Says two things under one number, to other replicas and other sites, leaps over numbers, uses sessions and
/// names of others, asks from the future and for what is no operation.</summary>
internal sealed class LawlessClient(Surroundings world, int self, Dice dice) : FaultyClient(world, self, dice)
{
    protected override void Act()
    {
        switch (Dice.Below(7))
        {
            case 0:
                OpenSession();
                break;
            case 1:
                SayTwoThings();
                break;
            case 2:
                Number += (ulong)Dice.Below(2_000);
                ToAll(Sign(RequestOf(Number, Number + 1, Write())));
                Number++;
                break;
            case 3:
                var somebodys = new GlobalPosition(new(1 + (ulong)Dice.Below(9)), 0);
                ToAll(Sign(RequestOf(0, 1 + (ulong)Dice.Below(20), Write()) with { Session = somebodys }));
                break;
            case 4:
                // Under another client's name: nobody may take it.
                var stranger = new Operation(OperationKind.Application, Registers.Write(0, Unique()));
                ToAll(Sign(RequestOf(0, 1, stranger) with { Client = World.Keys.ClientKey(Dice.Below(Self)) }));
                break;
            case 5:
                AskFromTheFuture();
                break;
            default:
                ToAll(Sign(RequestOf(Number, ++Number, MayRun(Dice.Bytes(Dice.Below(40))))));
                break;
        }
    }

    /// <summary>One number, two operations, each to one half; and one of them again with a number more.</summary>
    private void SayTwoThings()
    {
        var (one, other, number) = (Write(), Write(), ++Number);
        var (first, second) = (Sign(RequestOf(0, number, one)), Sign(RequestOf(0, number, other)));
        foreach (var replica in Replicas)
        {
            Send(replica, new Request(replica.Index % 2 == 0 ? first : second).Encode());
        }

        ToAll(Sign(RequestOf(0, number, other, Write())));
        Number++;
    }

    private void AskFromTheFuture()
    {
        var query = new Operation(OperationKind.Application, Registers.Read(Dice.Below(Registers.Count), Unique()));
        var floor = new GlobalSequence(Dice.OneIn(2) ? ulong.MaxValue : 1_000_000);
        var level = Dice.OneIn(2) ? RequestLevel.Ordered : RequestLevel.Global;
        ToAll(Sign(RequestOf(0, ++Number, query) with { Level = level, Floor = floor }));
        foreach (var replica in Replicas)
        {
            Send(replica, new LocalQuery(Number, query.Body, floor).Encode());
        }
    }
}
