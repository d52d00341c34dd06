using Holdfast.Client;
using Holdfast.Protocol.Messages;
using Holdfast.Simulation.Clients;

namespace Holdfast.Simulation.Costs;

/// <summary>A client with one update under way, and the next one at once when that is committed.</summary>
internal sealed class SteadyClient
{
    private readonly Surroundings _world;
    private readonly int _client;
    private readonly Action<long> _committed;
    private readonly ClientProcess _process;
    private ulong _lastTicket;
    private long _askedAt;

    /// <param name="committed">Told how many microseconds each update took.</param>
    public SteadyClient(Surroundings world, int client, Dice dice, Action<long> committed)
    {
        (_world, _client, _committed) = (world, client, committed);
        var site = new SiteId(world.Places.SiteOfClient(client));
        _process = new ClientProcess(world, client, dice, [site], requestsInFlight: 1, OnComplete, OnRefused);
        world.Network.Listen(world.Places.OfClient(client), _process.Receive);
        world.Time.After(dice.Between(0, 50_000), Ask);
    }

    private void Ask()
    {
        _askedAt = _world.Time.Now;
        var ticket = ++_lastTicket;
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
        _committed(_world.Time.Now - _askedAt);
        _world.Time.After(0, Ask);
    }

    private void OnRefused(ReplicaId replica, Rejection reason) =>
        _world.Trace($"client {_client} refuses what {replica} says: {reason}");
}
