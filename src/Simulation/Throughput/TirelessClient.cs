using Holdfast.Protocol.Messages;
using Holdfast.Simulation.Clients;

namespace Holdfast.Simulation.Throughput;

/// <summary>Sends updates at a rate of its own whatever it is told, in bursts to one replica of its site after the
/// other, and never one that it has sent before; but of each burst's first a copy under a forged signature goes with the
/// next one.</summary>
internal sealed class TirelessClient : FaultyClient
{
    private const long BetweenBursts = 100_000;
    private const int RequestsPerBurst = 10;
    private const ulong NumbersOpen = SessionLimits.Window / 2;
    private readonly IReadOnlyList<ReplicaId> _own;
    private int _bursts;
    private ClientRequest? _sent;

    public TirelessClient(Surroundings world, int self, Dice dice)
        : base(world, self, dice)
    {
        var site = new SiteId(world.Places.SiteOfClient(self));
        _own = [.. Replicas.Where(replica => replica.Site == site)];
        world.Time.After(dice.Between(0, BetweenBursts), OpenUntilOpened);
    }

    /// <param name="at">From then on it floods.</param>
    public void Begin(long at) => World.Time.At(at + Dice.Between(0, BetweenBursts), Flood);

    protected override void Act()
    {
        var replica = _own[_bursts++ % _own.Count];
        if (_sent is { } sent)
        {
            var forged = sent with { Signature = new Bytes(new byte[Limits.SignatureBytes]) };
            _own.ToList().ForEach(one => Send(one, new Request(forged).Encode()));
        }

        for (var count = 0; count < RequestsPerBurst; count++)
        {
            var number = ++Number;
            var request = Sign(RequestOf(number > NumbersOpen ? number - NumbersOpen : 0, number, Write()));
            _sent = count == 0 ? request : _sent;
            Send(replica, new Request(request).Encode());
        }
    }

    private void OpenUntilOpened()
    {
        if (Session == default)
        {
            foreach (var replica in _own)
            {
                Greet(replica);
            }

            OpenSession();
            World.Time.After(CalmWorld.Second / 2, OpenUntilOpened);
        }
    }

    private void Flood()
    {
        Act();
        World.Time.After(BetweenBursts, Flood);
    }
}
