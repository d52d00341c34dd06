using Holdfast.Client;
using Holdfast.Protocol.Messages;
using Holdfast.Simulation.Clients;

namespace Holdfast.Simulation.Costs;

/// <summary>A client that always has so many updates under way, each in a request of its own: when one is committed, the
/// next one is asked for at once.</summary>
internal sealed class SteadyClient
{
    private readonly Surroundings _world;
    private readonly int _client;
    private readonly Action<long> _committed;
    private readonly ClientProcess _process;
    private readonly Dictionary<ulong, long> _askedAt = [];
    private ulong _lastTicket;

    /// <param name="committed">Told how many microseconds each update took.</param>
    public SteadyClient(Surroundings world, int client, Dice dice, Action<long> committed, int underWay = 1)
    {
        (_world, _client, _committed) = (world, client, committed);
        var site = new SiteId(world.Places.SiteOfClient(client));
        _process = new ClientProcess(world, client, dice, [site], underWay, OnComplete, OnRefused);
        world.Network.Listen(world.Places.OfClient(client), _process.Receive);
        for (var count = 0; count < underWay; count++)
        {
            world.Time.After(dice.Between(0, 50_000), Ask);
        }
    }

    /// <summary>When that was asked for which waits for the longest time; now if nothing does.</summary>
    public long OldestAskedAt => _askedAt.Values.DefaultIfEmpty(_world.Time.Now).Min();

    /// <summary>Updates that are committed.</summary>
    public int Done { get; private set; }

    private void Ask()
    {
        var ticket = ++_lastTicket;
        _askedAt.Add(ticket, _world.Time.Now);
        var unique = ((long)(_client + 1) << 32) + (long)ticket;
        var operation = Registers.Write(_client % Registers.Count, unique);
        _world.Judge.Clients.Invented.Submitted(operation);
        _process.Step(new ClientInput.Update(
            ticket,
            new(OperationKind.Application, operation),
            ReceiptWanted: false,
            Timestamp.Never,
            Instant.Never));
    }

    private void OnComplete(ulong ticket, ClientOutcome outcome)
    {
        Invariant.Holds(outcome.Outcome == Outcome.Committed, "calm world");
        Done++;
        _askedAt.Remove(ticket, out var askedAt);
        _committed(_world.Time.Now - askedAt);
        _world.Time.After(0, Ask);
    }

    private void OnRefused(ReplicaId replica, Rejection reason) =>
        _world.Trace($"client {_client} refuses what {replica} says: {reason}");
}
