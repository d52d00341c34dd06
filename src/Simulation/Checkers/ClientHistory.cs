using Holdfast.Client;
using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Checkers;

/// <summary>
/// What clients asked and were told, handed to the checkers that may judge it. An update whose outcome is unknown may
/// have run at any time after its call, or never, and so may one of a client that is faulty or gone.
/// </summary>
public sealed class ClientHistory(Genesis genesis, IVerifier verifier)
{
    private readonly Dictionary<ClientCall, Linearizability.Call[]> _writes = new(ReferenceEqualityComparer.Instance);
    private readonly RealTimeOrder[] _orderInSite =
        [.. genesis.Sites.Select(_ => new RealTimeOrder("LinearizableInSite"))];

    private readonly Linearizability[] _valuesInSite =
        [.. genesis.Sites.Select(_ => new Linearizability("LinearizableInSite"))];

    private readonly Dictionary<string, RealTimeOrder> _orderOfClient = [];

    public NothingInvented Invented { get; } = new();

    public AcknowledgedKept Kept { get; } = new();

    public HonestOutcomes Outcomes { get; } = new();

    /// <summary>What was seen at level global, and updates, among all clients: by the values alone.</summary>
    public Linearizability Linearizability { get; } = new();

    /// <summary>The same by the places that were told.</summary>
    public RealTimeOrder Order { get; } = new("LinearizableAmongAll");

    public TrueAnswers Answers { get; } = new();

    public TrueReceipts Receipts { get; } = new(genesis.Cluster, verifier);

    /// <summary>Answers so far, by the level at which they were given.</summary>
    public SortedDictionary<string, long> Counts { get; } = new(StringComparer.Ordinal);

    /// <summary>Somebody signs this operation; correct or not, it may run from now on.</summary>
    public void Signed(Bytes operation, long now)
    {
        Invented.Submitted(operation);
        if (Registers.DeedOf(operation) is { IsWrite: true } write)
        {
            BeginWrite(write, now);
        }
    }

    public void Asked(ClientCall call)
    {
        if (call.Level is null)
        {
            Invented.Submitted(call.Operation);
            Outcomes.Limited(call.Operation, call.NotAfter);
            if (call.Deed.IsWrite)
            {
                _writes[call] = BeginWrite(call.Deed, call.CalledAt);
            }
        }
    }

    /// <param name="client">One life of one client: what it has seen, it does not see undone.</param>
    public void Told(string client, ClientCall call, ClientOutcome outcome, long now)
    {
        Outcomes.Told(
            call.Name, call.Operation, call.Level is null, call.IsAbandoned, outcome.Outcome, outcome.Because);
        Count(outcome);
        if (outcome.Outcome == Outcome.Committed)
        {
            OnCommitted(client, call, outcome, now);
        }
        else if (outcome.Outcome == Outcome.Answered)
        {
            OnAnswered(client, call, outcome, now);
        }

        if (outcome.Receipt is { } receipt)
        {
            var result = receipt.Reply.Results.First(
                one => one.Position == outcome.Position && one.Result == outcome.Result);
            Receipts.Shown(
                call.Name, receipt, genesis[receipt.Statement.Site].PublicKey, call.Operation, result);
        }
    }

    public void Conclude(OneGlobalOrder order)
    {
        Kept.Conclude(order);
        Answers.Conclude(order);
        Receipts.Conclude(order);
        Linearizability.Conclude();
        Order.Conclude();
        foreach (var (values, places) in _valuesInSite.Zip(_orderInSite))
        {
            values.Conclude();
            places.Conclude();
        }

        foreach (var (_, places) in _orderOfClient)
        {
            places.Conclude();
        }
    }

    /// <summary>A write of another site's client may be seen in this site at any later time: it does not return
    /// here.</summary>
    private Linearizability.Call[] BeginWrite(RegisterDeed write, long now) =>
        [.. _valuesInSite.Prepend(Linearizability).Select(one => one.Begin(write.Register, true, write.Number, now))];

    private void OnCommitted(string client, ClientCall call, ClientOutcome outcome, long now)
    {
        var (position, site, value) = (outcome.Position, outcome.Site!.Value.Index, Registers.ValueOf(outcome.Result));
        Kept.Acknowledged(position, call.Operation);
        Answers.Update(call.Name, call.Deed, position, value);
        foreach (var order in new[] { Order, _orderInSite[site], OfClient(client) })
        {
            order.Update(call.Name, call.CalledAt, now, position);
        }

        if (_writes.Remove(call, out var writes))
        {
            writes[0].Return(now, call.Deed.Number);
            writes[1 + site].Return(now, call.Deed.Number);
        }
        else
        {
            Saw(Linearizability, call, now, value);
            Saw(_valuesInSite[site], call, now, value);
        }
    }

    private void OnAnswered(string client, ClientCall call, ClientOutcome outcome, long now)
    {
        var (readAt, changedAt) = (outcome.Position.Sequence, outcome.ChangedAt);
        var (site, value) = (outcome.Site!.Value.Index, Registers.ValueOf(outcome.Result));
        Answers.Query(call.Name, call.Deed, readAt, changedAt, value);

        // Of a local answer the client has seen no more than what it shows: ReadAt may be a liar's.
        var seen = outcome.Level == QueryLevel.Local ? changedAt : readAt;
        OfClient(client).Query(call.Name, call.CalledAt, now, readAt, seen);
        if (outcome.Level is QueryLevel.Ordered or QueryLevel.Global)
        {
            _orderInSite[site].Query(call.Name, call.CalledAt, now, readAt, readAt);
            Saw(_valuesInSite[site], call, now, value);
        }

        if (outcome.Level == QueryLevel.Global)
        {
            Order.Query(call.Name, call.CalledAt, now, readAt, readAt);
            Saw(Linearizability, call, now, value);
        }
    }

    private static void Saw(Linearizability values, ClientCall call, long now, long value) =>
        values.Begin(call.Deed.Register, isWrite: false, value: 0, call.CalledAt).Return(now, value);

    private RealTimeOrder OfClient(string client)
    {
        if (!_orderOfClient.TryGetValue(client, out var order))
        {
            _orderOfClient[client] = order = new RealTimeOrder("NeverOlderThanSeen");
        }

        return order;
    }

    private void Count(ClientOutcome outcome)
    {
        var name = outcome.Outcome == Outcome.Answered ? $"{outcome.Level}" : $"{outcome.Outcome}";
        Counts[name] = Counts.GetValueOrDefault(name) + 1;
    }
}
