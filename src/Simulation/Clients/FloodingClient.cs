using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Clients;

/// <summary>Asks for far more than its share: in spells, hundreds of requests at once, to one replica, one site or all,
/// none of which it waits for.</summary>
internal sealed class FloodingClient(Surroundings world, int self, Dice dice) : FaultyClient(world, self, dice)
{
    private const int FloodMost = 200;
    private const int OperationsMost = 4;

    protected override void Act()
    {
        if (Session == default || Dice.OneIn(8))
        {
            OpenSession();
            return;
        }

        if (!Dice.OneIn(4))
        {
            return;
        }

        var (site, whom) = (Dice.Below(World.Keys.Genesis.Sites.Count), Dice.Below(3));
        var one = Replicas[Dice.Below(Replicas.Count)];
        var hit = Replicas.Where(replica => whom switch
        {
            0 => replica == one,
            1 => replica.Site.Index == site,
            _ => true,
        }).ToArray();
        var kind = Dice.Below(5);
        for (var count = Dice.Below(FloodMost); count > 0; count--)
        {
            var frame = Wave(kind);
            foreach (var replica in hit)
            {
                Send(replica, frame);
            }
        }
    }

    private Bytes Wave(int kind) => kind switch
    {
        0 => Updates(),
        1 => Query(RequestLevel.Ordered),
        2 => Query(RequestLevel.Global),
        3 => new LocalQuery(++Number, Registers.Read(Dice.Below(Registers.Count), Unique()), default).Encode(),
        _ => new ResendReply(new Digest(Dice.Bytes(Digest.Size).Span)).Encode(),
    };

    private Bytes Updates()
    {
        var first = Number + 1;
        var writes = Enumerable.Range(0, 1 + Dice.Below(OperationsMost)).Select(_ => Write()).ToArray();
        Number += (ulong)writes.Length;
        return new Request(Sign(RequestOf(first - 1, first, writes))).Encode();
    }

    private Bytes Query(RequestLevel level)
    {
        var body = Registers.Read(Dice.Below(Registers.Count), Unique());
        var query = new Operation(OperationKind.Application, body);
        return new Request(Sign(RequestOf(0, ++Number, query) with { Level = level })).Encode();
    }
}
