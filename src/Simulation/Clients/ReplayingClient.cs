namespace Holdfast.Simulation.Clients;

/// <summary>Has a conspirator at every wire: what it and other clients once sent to some replica it sends again, to any
/// replica, at any later time.</summary>
internal sealed class ReplayingClient : FaultyClient
{
    private const int KeptMost = 2_000;
    private const int AtOnceMost = 40;

    private readonly List<Bytes> _heard = [];

    public ReplayingClient(Surroundings world, int self, Dice dice)
        : base(world, self, dice) => world.Network.Watch += (from, _, frame) =>
        {
            if (world.Places.ReplicaAt(from) is null && _heard.Count < KeptMost)
            {
                _heard.Add(frame);
            }
        };

    protected override void Act()
    {
        if (Session == default)
        {
            OpenSession();
        }
        else if (Dice.OneIn(2))
        {
            ToAll(Sign(RequestOf(Number, ++Number, Write())));
        }

        for (var count = Math.Min(AtOnceMost, _heard.Count); count > 0; count--)
        {
            Send(Replicas[Dice.Below(Replicas.Count)], _heard[Dice.Below(_heard.Count)]);
        }
    }
}
