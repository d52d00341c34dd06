using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Client;

/// <summary>The operations of one level: they wait, leave together under one signature while few requests are out, and
/// come back one by one.</summary>
internal sealed class RequestLane(RequestLevel level, SessionState state, RequestSender sender)
{
    private readonly RequestPacker _packer = new(level, state);
    private readonly List<OutgoingRequest> _out = [];
    private readonly UsualTime _usual = new(state.Settings);
    private readonly SendWindow _window = new(state.Settings.RequestsInFlight);
    private readonly RetryPace _pace = new();

    /// <summary>Something waits that cannot leave without an open session.</summary>
    public bool WantsSession => _packer.WantsSession;

    public TimeSpan Bound(int tries) => _usual.Bound(tries);

    public Instant NextWake => _out.Count == 0 ? Instant.Never : _out.Min(request => request.NextWake);

    public void Add(PendingOperation operation) => _packer.Add(operation);

    /// <summary>Refuses all that waits: the system does not know this client, or does not permit it.</summary>
    public void RejectWaiting(RefusedBecause because, ClientEffects effects)
    {
        foreach (var operation in _packer.TakeAll())
        {
            state.Finish(operation, ClientOutcome.Of(Outcome.Rejected, ClientReason.None, because), effects);
        }
    }

    /// <summary>Drops what is over, does what is due, and sends what may leave.</summary>
    public void Pump(Instant now, ClientEffects effects)
    {
        foreach (var request in _out)
        {
            request.NoteDone();
            if (!request.IsOver || request.FirstSentAt == Instant.Never)
            {
                continue;
            }

            _window.Grow();
            _pace.Over(request, now);
            if (request is { Tries: 0, RoomRefusals: 0 })
            {
                _usual.Took(now - request.FirstSentAt);
            }
        }

        _out.RemoveAll(request => request.IsOver);
        foreach (var spent in _out.Where(request => request.IsSpent && now >= request.MoveAt).ToArray())
        {
            AskAnew(spent);
        }

        foreach (var (late, site) in _pace.Place(_out, now))
        {
            sender.SendAgain(late, site, now, Bound(late.Tries), effects);
        }

        var isFull = PlaceRefused();
        foreach (var request in _out)
        {
            sender.Tick(request, now, Bound(request.Tries), effects);
        }

        while (!isFull && _out.Count < _window.Requests && _packer.Next() is { } packed)
        {
            _out.Add(packed);
            sender.Send(packed, now, Bound(0), effects);
        }
    }

    public void OnConnected(ReplicaId replica, Instant now, ClientEffects effects)
    {
        foreach (var request in _out)
        {
            sender.OnConnected(request, replica, now, effects);
        }
    }

    public void OnDisconnected(ReplicaId replica, bool wasPrimary, Instant now, ClientEffects effects)
    {
        foreach (var request in _out)
        {
            sender.OnDisconnected(request, replica, wasPrimary, now, effects);
        }
    }

    /// <summary>False if no request of this lane is answered by it.</summary>
    public bool TryTake(ReplicaId replica, Reply reply, Instant now, ClientEffects effects)
    {
        var request = _out.Find(request => request.Digest == reply.Body.Request);
        if (request is null || !request.TryTake(replica, state.Connections.Size(replica.Site), reply))
        {
            return false;
        }

        if (reply.Body.Results is [{ Outcome: Outcome.NotTaken, Because: RefusedBecause.Overloaded }, ..]
            && sender.Counts(replica))
        {
            _window.Shrink(now);
            if (level == RequestLevel.Update && !request.WantsRoom && state.Connections.Primary(replica.Site) == replica)
            {
                // Not after times of its own any more: with all others that were refused it would be a flood.
                sender.OnNoRoom(request, isOnlyOne: _out.Count == 1, now);
            }
        }

        Conclude(request, replica.Site, now, effects);
        return true;
    }

    /// <summary>Whether a receipt of this reply, if it is a good one, ends something.</summary>
    public bool Wants(ClientReply reply) =>
        _out.Find(request => request.Digest == reply.Request) is { IsOver: false, Request.ReceiptWanted: true } request
        && request.IsAnswered(reply);

    /// <summary>A receipt, verified, proves alone what f + 1 replies would.</summary>
    public bool TryTake(Receipt receipt, ClientEffects effects)
    {
        var request = _out.Find(request => request.Digest == receipt.Reply.Request);
        if (request is null || !request.IsAnswered(receipt.Reply))
        {
            return false;
        }

        for (var index = 0; index < request.Operations.Length; index++)
        {
            if (receipt.Reply.Results[index] is { Outcome: not (Outcome.NotTaken or Outcome.Behind) } result)
            {
                Decide(request, index, result, receipt.Statement.Site, receipt, effects);
            }
        }

        sender.OnAnswered(request);
        return true;
    }

    /// <summary>An update that was refused for want of room goes before all that has not left yet, as soon as the window has
    /// a place: new ones would take the room again and again, while it waits for longer each time.</summary>
    /// <returns>Whether there is such a one.</returns>
    private bool PlaceRefused()
    {
        var refused = _out.Where(request => request.WantsRoom).OrderBy(request => request.FirstSentAt.Microseconds)
            .ToArray();
        var places = _window.Requests - _out.Count(request => !request.WantsRoom && !request.IsHeldBack);
        for (var waits = 0; waits < refused.Length; waits++)
        {
            refused[waits].HasPlace = waits < places;
        }

        return refused.Length > 0;
    }

    private void Conclude(OutgoingRequest request, SiteId site, Instant now, ClientEffects effects)
    {
        var (refused, isBehind, isUndecided) = ((RefusedBecause?)null, false, false);
        for (var index = 0; index < request.Operations.Length; index++)
        {
            if (request.Operations[index].IsFinished)
            {
                continue;
            }

            switch (request.Told(site, index))
            {
                case null:
                    isUndecided = true;
                    break;
                case { Outcome: Outcome.NotTaken } result:
                    refused ??= result.Because;
                    break;
                case { Outcome: Outcome.Behind }:
                    isBehind = true;
                    break;
                case { } result:
                    Decide(request, index, result, site, receipt: null, effects);
                    break;
            }
        }

        sender.OnAnswered(request);
        if (isBehind)
        {
            OnBehind(request, site, now, effects);
        }
        else if (refused is { } because)
        {
            OnNotTaken(request, site, because, now, effects);
        }
        else if (isUndecided || !request.IsOver)
        {
            sender.OnUndecided(request, site, now, effects);
        }
    }

    private void Decide(
        OutgoingRequest request,
        int index,
        OperationResult result,
        SiteId site,
        Receipt? receipt,
        ClientEffects effects)
    {
        var operation = request.Operations[index];
        if (operation.IsFinished)
        {
            return;
        }

        request.AnsweredBy = site;
        var outcome = new ClientOutcome(
            result.Outcome, ClientReason.None, result.Because, result.Position, result.ChangedAt, result.Result)
        {
            Site = site,
            Level = operation.Level,
            Age = operation.Level is null || receipt is not null ? null : request.AgeOf(site, index, result),
            Receipt = operation.ReceiptWanted ? receipt : null,
        };
        if (result.Outcome is Outcome.Committed or Outcome.Answered)
        {
            // f + 1 say this position alike, or the site does: no liar can raise the floor to what is not there.
            state.RaiseFloor(result.Position.Sequence);
        }

        if (result is { Outcome: Outcome.Unknown, Because: RefusedBecause.NoSession })
        {
            request.Numbers!.IsOver = true;
        }

        if (operation.ReceiptWanted && receipt is null && result.Outcome != Outcome.Unknown)
        {
            operation.Decided = outcome;
            return;
        }

        state.Finish(operation, outcome, effects);
    }

    private void OnBehind(OutgoingRequest request, SiteId site, Instant now, ClientEffects effects)
    {
        if (!sender.TryElsewhere(request, site, now, effects))
        {
            FinishAll(request, ClientOutcome.Of(Outcome.Behind, ClientReason.None, RefusedBecause.None), effects);
        }
    }

    private void OnNotTaken(
        OutgoingRequest request, SiteId site, RefusedBecause because, Instant now, ClientEffects effects)
    {
        if (request.IsRefused)
        {
            request.Forget(site);
            return;
        }

        sender.OnRefused(request, site, because, now);
        request.IsSpent = level != RequestLevel.Update;
        if (because == RefusedBecause.Overloaded && !request.IsSpent)
        {
            sender.WaitForRoom(request, now);
        }

        switch (because)
        {
            case RefusedBecause.AboveWindow when request.Numbers is not null:
                TellFloor(request, site);
                break;
            case RefusedBecause.NoSession when request.Numbers is null && request.Request.Session == default:
                AskAgainInSession(request);
                break;
            case RefusedBecause.NoSession when request.Refusals >= 2 * Math.Max(2, state.Settings.Preference.Count):
                // Asked often enough at every site: the session has ended, and what ran in it nobody can tell.
                if (request.Numbers is { } numbers)
                {
                    numbers.IsOver = true;
                }

                FinishAll(request, ClientOutcome.Of(Outcome.Unknown, ClientReason.None, because), effects);
                break;
            case RefusedBecause.UnknownClient or RefusedBecause.NotPermitted when level != RequestLevel.Update:
                if (!sender.TryElsewhere(request, site, now, effects))
                {
                    FinishAll(request, ClientOutcome.Of(Outcome.Rejected, ClientReason.None, because), effects);
                }

                break;
        }
    }

    private void FinishAll(OutgoingRequest request, ClientOutcome outcome, ClientEffects effects)
    {
        foreach (var operation in request.Operations)
        {
            state.Finish(operation, operation.Decided ?? outcome, effects);
        }
    }

    /// <summary>Sites may want queries in a session too. Nothing was changed, so other numbers do no harm.</summary>
    private void AskAgainInSession(OutgoingRequest request)
    {
        _packer.NeedsSession = true;
        _out.Remove(request);
        foreach (var operation in request.Operations)
        {
            _packer.Add(operation);
        }
    }

    /// <summary>The same questions under other numbers, sent as the refused request would have been.</summary>
    private void AskAnew(OutgoingRequest spent)
    {
        var open = spent.Operations.Where(operation => !operation.IsFinished).ToArray();
        var session = state.Session is { IsOver: false } known ? known : null;
        var anew = _packer.Sign(session, state.TakeQueryNumbers(open.Length), doneUpTo: 0, open);
        (anew.NextTurn, anew.Tries, anew.Refusals) = (spent.NextTurn, spent.Tries + 1, spent.Refusals);
        anew.SitesThatCannot.UnionWith(spent.SitesThatCannot);
        _out[_out.IndexOf(spent)] = anew;
    }

    /// <summary>The window may be full of what is done: the same numbers once more, with the floor as it is now. What
    /// is executed is known by its number and its own digest, whatever request it comes in.</summary>
    private void TellFloor(OutgoingRequest request, SiteId site)
    {
        request.NoteDone();
        var floor = request.Numbers!.DoneUpTo;
        if (floor == request.Request.DoneUpTo)
        {
            return;
        }

        _out.Remove(request);
        for (var first = 0; first < request.Operations.Length; first++)
        {
            var last = first;
            while (last < request.Operations.Length && !request.Operations[last].IsFinished)
            {
                last++;
            }

            if (last > first)
            {
                var operations = request.Operations[first..last];
                var again = _packer.Sign(request.Numbers, request.Request.FirstNumber + (ulong)first, floor, operations);
                (again.NextTurn, again.Tries, again.FirstSentAt) = (sender.TurnOf(site), 1, request.FirstSentAt);
                _out.Add(again);
            }

            first = last;
        }
    }
}
