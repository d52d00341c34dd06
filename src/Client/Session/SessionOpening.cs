using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Client;

/// <summary>Opens a session when something waits for one. Each opening is a request of its own, with bytes drawn for
/// it, and with a time after which it must not run: one that is replayed opens nothing.</summary>
/// <param name="lanes">Who may wait for a session; the first is that of updates.</param>
internal sealed class SessionOpening(SessionState state, RequestSender sender, RequestLane[] lanes)
{
    private static readonly TimeSpan LastsLongest = TimeSpan.FromDays(365_000);

    private OutgoingRequest? _opening;

    // Sites remember an opening for so long. This client's clock may be behind their GlobalTime, by whatever much.
    private TimeSpan _lasts = TimeSpan.FromMinutes(15);

    public Instant NextWake => _opening?.NextWake ?? Instant.Never;

    public void Pump(Instant now, ClientEffects effects)
    {
        if (_opening is not null)
        {
            sender.Tick(_opening, now, lanes[0].Bound(_opening.Tries), effects);
        }
        else if (IsWanted())
        {
            var request = state.Sign(new ClientRequest(
                state.Settings.Client,
                Session: default,
                FirstNumber: 1,
                DoneUpTo: 0,
                RequestLevel.Update,
                ReceiptWanted: false,
                state.Settings.ClockZero + TimeSpan.FromMicroseconds(now.Microseconds) + _lasts,
                Floor: default,
                [new Operation(OperationKind.OpenSession, state.DrawNonce())],
                Bytes.Empty));
            _opening = new OutgoingRequest(request, request.RequestDigest(state.Cluster), [], numbers: null);
            sender.Send(_opening, now, lanes[0].Bound(0), effects);
        }
    }

    public void OnConnected(ReplicaId replica, Instant now, ClientEffects effects)
    {
        if (_opening is not null)
        {
            sender.OnConnected(_opening, replica, now, effects);
        }
    }

    public void OnDisconnected(ReplicaId replica, bool wasPrimary, Instant now, ClientEffects effects)
    {
        if (_opening is not null)
        {
            sender.OnDisconnected(_opening, replica, wasPrimary, now, effects);
        }
    }

    /// <summary>False if it does not answer the opening under way.</summary>
    public bool TryTake(ReplicaId replica, Reply reply, Instant now, ClientEffects effects)
    {
        if (_opening is null || !_opening.TryTake(replica, state.Connections.Size(replica.Site), reply))
        {
            return false;
        }

        switch (_opening.Told(replica.Site, 0))
        {
            case null:
                sender.OnUndecided(_opening, replica.Site, now, effects);
                break;
            case { Outcome: Outcome.Committed } result:
                state.RaiseFloor(result.Position.Sequence);
                state.Session = new SessionNumbers(result.Position);
                _opening = null;
                break;
            case { Outcome: Outcome.NotTaken } result:
                OnNotTaken(_opening, replica.Site, result.Because, now, effects);
                break;
            case { Outcome: Outcome.Rejected, Because: RefusedBecause.TooLate } when _lasts < LastsLongest:
                _opening = null;
                _lasts *= 2;
                break;
            case { Outcome: Outcome.Rejected } result:
                _opening = null;
                RejectWaiting(result.Because, effects);
                break;
            default:
                _opening = null;
                break;
        }

        return true;
    }

    private void OnNotTaken(
        OutgoingRequest opening, SiteId site, RefusedBecause because, Instant now, ClientEffects effects)
    {
        sender.OnRefused(opening, site, because, now);
        if (because is not (RefusedBecause.UnknownClient or RefusedBecause.NotPermitted))
        {
            return;
        }

        // One site may not have heard of the client yet. What waits was never sent, so refusing it is the truth.
        if (!sender.TryElsewhere(opening, site, now, effects))
        {
            _opening = null;
            RejectWaiting(because, effects);
        }
    }

    private bool IsWanted() =>
        state.Session is null or { IsOver: true }
        && Array.Exists(lanes, lane => lane.WantsSession)
        && state.Connections.Choose(0) is not null;

    private void RejectWaiting(RefusedBecause because, ClientEffects effects)
    {
        foreach (var lane in lanes.Where(lane => lane.WantsSession))
        {
            lane.RejectWaiting(because, effects);
        }
    }
}
