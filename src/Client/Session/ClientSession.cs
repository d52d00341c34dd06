using System.Diagnostics;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Client;

/// <summary>
/// What a client thinks: it votes on replies, retries so that each update is executed once, opens sessions, keeps to
/// the floor of what it has seen. No I/O, clock or dice: what happens comes in through <see cref="Step"/>, what
/// follows leaves as effects. Not safe for several threads.
/// </summary>
/// <remarks>
/// An operation's way:
/// <code>
///             | admitted | sent     | f + 1 alike, or receipt | NotTaken, silence    | deadline, cancelled
/// waiting     | waiting  | out      |                         |                      | Rejected
/// out (update)|          | out      | its outcome             | out, at another site | Unknown
/// out (query) |          | out      | Answered                | out, at another site | Unknown
/// local       |          | local    | Answered                | ordered, after two   | Unknown
/// </code>
/// </remarks>
internal sealed class ClientSession
{
    private readonly SessionState _state;
    private readonly RequestLane _updates;
    private readonly RequestLane _ordered;
    private readonly RequestLane _global;
    private readonly RequestLane[] _lanes;
    private readonly LocalReads _local;
    private readonly SessionOpening _opening;

    public ClientSession(ClientSessionSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfZero(settings.Preference.Count);
        _state = new SessionState(settings);
        var sender = new RequestSender(_state);
        _updates = new RequestLane(RequestLevel.Update, _state, sender);
        _ordered = new RequestLane(RequestLevel.Ordered, _state, sender);
        _global = new RequestLane(RequestLevel.Global, _state, sender);
        _lanes = [_updates, _ordered, _global];
        _local = new LocalReads(_state, _ordered.Add);
        _opening = new SessionOpening(_state, sender, _lanes);
    }

    /// <summary>When to come with a <see cref="ClientInput.Tick"/> if nothing else happens.</summary>
    public Instant NextWake { get; private set; } = Instant.Never;

    /// <summary>What this client has seen: no later answer is from before it.</summary>
    public GlobalSequence Floor => _state.Floor;

    /// <summary>The name of the open session; null while there is none.</summary>
    public GlobalPosition? Session => _state.Session is { IsOver: false } open ? open.Session : null;

    /// <summary>Lets one thing happen and tells what follows from it.</summary>
    /// <param name="now">Never earlier than at the step before.</param>
    public void Step(Instant now, ClientInput input, ClientEffects effects)
    {
        switch (input)
        {
            case ClientInput.Update update:
                Admit(
                    new PendingOperation(
                        update.Ticket,
                        update.Operation,
                        level: null,
                        update.ReceiptWanted,
                        update.NotAfter,
                        update.Deadline),
                    effects);
                break;
            case ClientInput.Query query:
                Admit(
                    new PendingOperation(
                        query.Ticket,
                        new Operation(OperationKind.Application, query.Body),
                        query.Level,
                        query.ReceiptWanted,
                        Timestamp.Never,
                        query.Deadline),
                    effects);
                break;
            case ClientInput.Cancel cancel:
                _state.Abandon(cancel.Ticket, ClientReason.Cancelled, effects);
                break;
            case ClientInput.Connected connected:
                OnConnected(connected, now, effects);
                break;
            case ClientInput.Disconnected disconnected:
                OnDisconnected(disconnected.Replica, now, effects);
                break;
            case ClientInput.Received received:
                OnReceived(received.Replica, received.Frame, now, effects);
                break;
            case ClientInput.Tick:
                break;
            case ClientInput.Close:
                _state.IsClosed = true;
                _state.AbandonAll(ClientReason.Closed, effects);
                break;
            default:
                throw new UnreachableException();
        }

        Pump(now, effects);
    }

    /// <summary>Draws what follows from all that is known, in whatever order it came.</summary>
    private void Pump(Instant now, ClientEffects effects)
    {
        _state.AbandonLate(now, effects);
        if (_state.IsClosed)
        {
            NextWake = Instant.Never;
            return;
        }

        _state.Reach.Pump(now, effects);
        _local.Pump(now, effects);
        _opening.Pump(now, effects);
        foreach (var lane in _lanes)
        {
            lane.Pump(now, effects);
        }

        NextWake = new(Earliest().Min(instant => instant.Microseconds));
    }

    private IEnumerable<Instant> Earliest() =>
    [
        _state.NextDeadline,
        _state.Reach.NextWake,
        _local.NextWake,
        _opening.NextWake,
        .. _lanes.Select(lane => lane.NextWake),
    ];

    private void Admit(PendingOperation operation, ClientEffects effects)
    {
        if (!_state.TryAdmit(operation, effects))
        {
            return;
        }

        switch (operation.Level)
        {
            case null:
                _updates.Add(operation);
                break;
            case QueryLevel.Local:
                _local.Add(operation);
                break;
            case QueryLevel.Ordered:
                _ordered.Add(operation);
                break;
            case QueryLevel.Global:
                _global.Add(operation);
                break;
            default:
                throw new UnreachableException();
        }
    }

    private void OnConnected(ClientInput.Connected connected, Instant now, ClientEffects effects)
    {
        if (!_state.Connections.Add(connected.Replica, connected.View))
        {
            effects.Reject(connected.Replica, Rejection.UnknownSender);
            return;
        }

        _opening.OnConnected(connected.Replica, now, effects);
        foreach (var lane in _lanes)
        {
            lane.OnConnected(connected.Replica, now, effects);
        }
    }

    private void OnDisconnected(ReplicaId replica, Instant now, ClientEffects effects)
    {
        var wasPrimary = _state.Connections.Primary(replica.Site) == replica;
        _state.Connections.Remove(replica);
        _opening.OnDisconnected(replica, wasPrimary, now, effects);
        foreach (var lane in _lanes)
        {
            lane.OnDisconnected(replica, wasPrimary, now, effects);
        }
    }

    private void OnReceived(ReplicaId replica, ClientFrame frame, Instant now, ClientEffects effects)
    {
        if (!_state.Connections.IsConnected(replica))
        {
            effects.Reject(replica, Rejection.UnknownSender);
            return;
        }

        switch (frame)
        {
            case HelloAnswer answer:
                _state.Connections.Told(replica, answer.View);
                break;
            case Reply reply:
                _state.Connections.Told(replica, reply.View);
                if (!TryTake(replica, reply, now, effects))
                {
                    effects.Reject(replica, Rejection.AlreadyAnswered);
                }

                break;
            case ReceiptAnswer { Receipt: var receipt }:
                OnReceipt(replica, receipt, effects);
                break;
            case LocalAnswer answer:
                if (!_local.TryTake(replica, answer, now, effects))
                {
                    effects.Reject(replica, Rejection.AlreadyAnswered);
                }

                break;
            case Refused refused:
                // One replica's word: the time-outs do the rest.
                effects.Reject(replica, refused.Reason);
                break;
            default:
                effects.Reject(replica, Rejection.UnknownKind);
                break;
        }
    }

    private bool TryTake(ReplicaId replica, Reply reply, Instant now, ClientEffects effects) =>
        _opening.TryTake(replica, reply, now, effects)
        || Array.Exists(_lanes, lane => lane.TryTake(replica, reply, now, effects));

    private void OnReceipt(ReplicaId replica, Receipt receipt, ClientEffects effects)
    {
        // Hashing a long reply and looking at a signature cost much, while all of the client waits: a liar must not have that
        // done for what nobody wants.
        if (!Array.Exists(_lanes, lane => lane.Wants(receipt.Reply)))
        {
            effects.Reject(replica, Rejection.AlreadyAnswered);
            return;
        }

        var refusal = ReceiptCheck.Refusal(receipt, _state.Settings.Genesis, _state.Settings.Verifier);
        if (refusal != Rejection.None)
        {
            effects.Reject(replica, refusal);
        }
        else if (!Array.Exists(_lanes, lane => lane.TryTake(receipt, effects)))
        {
            effects.Reject(replica, Rejection.AlreadyAnswered);
        }
    }
}
