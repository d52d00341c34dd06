using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>What the machine does with the requests of the site's own clients: updates become pending, queries wait
/// until they may be answered, and what became of either is told, with a receipt where it is wanted.</summary>
internal sealed class ClientRequests(
    Genesis genesis, SiteId self, GlobalState global, GlobalOrdering ordering, BatchLeaves leaves)
{
    private readonly RequestDesk _desk = new(genesis);
    private readonly OrderedQueries _queries = new();
    private readonly OwedReceipts _receipts = new(leaves);

    // Of the batch that is being executed.
    private ClientShares _answered = NoAnswers();

    /// <summary>The queries that other sites must echo: their numbers stand in the registers.</summary>
    public GlobalReads Reads { get; } = new(genesis, self);

    public Timestamp NextDeadline => Timestamp.Earlier(Reads.NextDeadline, _queries.NextDeadline);

    /// <summary>An update for which there is no room is refused at once, and for good: its client asks again. Kept and
    /// watched, it would be ordered again and again, and at last be held against the primary.</summary>
    public InputStanding Judge(ClientRequest request)
    {
        var isWanted = request.Level == RequestLevel.Update ? IsWantedUpdate(request) : !_queries.IsKnown(request);
        return isWanted && RolesOf(request) != Roles.None ? InputStanding.Consumable : InputStanding.Obsolete;
    }

    /// <summary>The refusal of a query that was answered before; null if it was not.</summary>
    public ClientReply? RefusalOfAnswered(ClientRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _queries.IsKnown(request) && !_queries.IsWaiting(request) && !Reads.IsWaiting(request)
            ? _desk.Refuse(request, Outcome.NotTaken, RefusedBecause.Forgotten)
            : null;
    }

    /// <summary>What the executed state already says about a request; null if it must be ordered to be
    /// answered.</summary>
    public ClientReply? AnswerAtOnce(ClientRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Level != RequestLevel.Update)
        {
            return null;
        }

        if (global.Settled(request) is { } results)
        {
            return _desk.Reply(request, results);
        }

        return RolesOf(request) == Roles.None ? Refusal(RefusedBecause.UnknownClient)
            : ordering.IsPending(request.Digest) || ordering.HasRoomFor(request) ? null
            : Refusal(RefusedBecause.Overloaded);

        ClientReply Refusal(RefusedBecause because) => _desk.Refuse(request, Outcome.NotTaken, because);
    }

    /// <summary>A batch of a later time begins. After a sleep of the site queries wait anew instead of being given
    /// up.</summary>
    public void OnTime(Timestamp before, Timestamp now)
    {
        if (now - before > Limits.TimeStep)
        {
            Reads.Restart(now);
            _queries.Restart(now);
        }
    }

    /// <summary>A request's turn in the site's order.</summary>
    public Rejection Take(ClientRequest request, Timestamp now, MachineOutputs outputs)
    {
        // What ran is told to whoever ran it, though it may do nothing any more.
        if (global.Settled(request) is { } results)
        {
            return Reply(_desk.Reply(request, results), request, outputs)
                ? Rejection.None
                : Rejection.AlreadyAnswered;
        }

        if (RolesOf(request) == Roles.None)
        {
            return Refuse(request, RefusedBecause.UnknownClient, Rejection.UnknownClient, outputs);
        }

        if (request.Level == RequestLevel.Update)
        {
            return Taken(ordering.TryTakeOwn(request));
        }

        if (!_queries.TryRemember(request))
        {
            return Rejection.AlreadyAnswered;
        }

        if (!ordering.IsToldOf)
        {
            // Its own clients may have seen more in its life before; and its own word is none that a majority needs.
            return Refuse(request, RefusedBecause.CutOff, Rejection.OldLife, outputs);
        }

        if (request.Level == RequestLevel.Ordered && request.Floor <= global.Executed)
        {
            return Answer(request, outputs);
        }

        return Taken(request.Level == RequestLevel.Ordered
            ? _queries.TryWait(request, now)
            : Reads.TryTake(request, now));

        Rejection Taken(Rejection refusal) => refusal == Rejection.None
            ? refusal
            : Refuse(request, RefusedBecause.Overloaded, refusal, outputs);
    }

    /// <summary>An update was executed: its client is told if it asked this site.</summary>
    public void OnExecuted(RequestResult result, MachineOutputs outputs)
    {
        if (ordering.IsPending(result.Request.Digest))
        {
            outputs.Updates += result.Results.Count(one => one.Outcome == Outcome.Committed);
            Reply(_desk.Reply(result.Request, result.Results), result.Request, outputs);
        }
    }

    /// <summary>The state was taken over from other sites: it says of some pending updates what became of them. The
    /// others stay pending.</summary>
    public void SettlePending(MachineOutputs outputs)
    {
        foreach (var request in ordering.Pending.ToArray())
        {
            if (global.Settled(request) is { } results)
            {
                outputs.Updates += results.Count(one => one.Outcome == Outcome.Committed);
                Reply(_desk.Reply(request, results), request, outputs);
                ordering.Settle(request.Digest);
            }
        }
    }

    /// <summary>Answers the queries whose time has come, all from the state after this batch. A life that has learnt of the
    /// next one answers none: what that one was told, this one need not have heard of.</summary>
    public void AnswerQueries(Timestamp now, MachineOutputs outputs)
    {
        Reads.FinishBatch(ordering.Status with { Accepted = ordering.LogEnd });
        foreach (var (request, isReached) in _queries.Take(global.Executed, now))
        {
            if (isReached && ordering.IsToldOf)
            {
                Answer(request, outputs);
            }
            else
            {
                Reply(_desk.Refuse(request, Outcome.Behind, RefusedBecause.None), request, outputs);
            }
        }

        // They cost a round trip among sites, and have room of their own: however much is asked at the other level.
        _answered = NoAnswers();
        foreach (var (request, isReached) in Reads.Take(global.Executed, now))
        {
            if (isReached && ordering.IsToldOf)
            {
                Answer(request, outputs);
            }
            else
            {
                Reply(_desk.Refuse(request, Outcome.NotTaken, RefusedBecause.CutOff), request, outputs);
            }
        }

        _answered = NoAnswers();
    }

    /// <summary>The receipts that are owed go out as leaves.</summary>
    public void PutOutReceipts(List<Bytes> into) => _receipts.PutOut(into);

    public void Save(WireWriter writer)
    {
        Reads.Save(writer);
        _queries.Save(writer);
        _receipts.Save(writer);
    }

    public void Load(ref WireReader reader)
    {
        Reads.Load(ref reader);
        _queries.Load(ref reader);
        _receipts.Load(ref reader);
    }

    /// <summary>What is settled is wanted once more only for a receipt that was lost.</summary>
    private bool IsWantedUpdate(ClientRequest request) => global.Settled(request) is { } results
        ? request.ReceiptWanted && _receipts.MayOwe(_desk.Reply(request, results))
        : !ordering.IsPending(request.Digest) && ordering.HasRoomFor(request);

    private Roles RolesOf(ClientRequest request) => global.RolesOf(request.Client);

    private Rejection Refuse(
        ClientRequest request, RefusedBecause because, Rejection reason, MachineOutputs outputs)
    {
        outputs.Reply(_desk.Refuse(request, Outcome.NotTaken, because));
        return reason;
    }

    private static ClientShares NoAnswers() => new(int.MaxValue, Limits.AnsweredBytesPerBatch);

    /// <summary>Short questions may have long answers, and a batch has room for hundreds of them: all answers of one batch are
    /// held at the same time. Clients share that room; how long an answer will be is not known before.</summary>
    private Rejection Answer(ClientRequest request, MachineOutputs outputs)
    {
        if (_answered.Judge(request.Client, 0, Rejection.Overloaded) != Rejection.None)
        {
            return Refuse(request, RefusedBecause.Overloaded, Rejection.Overloaded, outputs);
        }

        var reply = _desk.Answer(request, global.Snapshot());
        _answered.Add(request.Client, reply.ResultBytes);
        Reply(reply, request, outputs);
        return Rejection.None;
    }

    /// <summary>True if a receipt of it will go out.</summary>
    private bool Reply(ClientReply reply, ClientRequest request, MachineOutputs outputs)
    {
        outputs.Reply(reply);
        return request.ReceiptWanted && _receipts.TryOwe(reply);
    }
}
