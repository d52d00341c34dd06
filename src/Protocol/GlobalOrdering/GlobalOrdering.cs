using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>One lane of the one order among sites: multi-Paxos, written in terms of sites only. It runs inside the
/// site's logical machine, so it hears ordered inputs and agreed time alone, and all of it is part of the machine's
/// state. What comes in is recorded; <see cref="OnTime"/>, called once at the end of every batch, draws what
/// follows.</summary>
public sealed class GlobalOrdering
{
    /// <summary>Where its state lies in the site's map: every key begins so.</summary>
    public static readonly Bytes KeyPrefix = OrderingKeys.Prefix;

    private readonly Lane _lane;
    private readonly Retention _retention;
    private readonly ViewMoves _moves;
    private readonly LogGrowth _growth;
    private readonly Lacks _lacks;
    private readonly OrderingHearing _hearing;

    public GlobalOrdering(Genesis genesis, SiteId self, Retention? retention = null)
        : this(
            new Lane(genesis, self) { ToldAfter = (retention ?? Retention.Usual).ToldAfter },
            retention ?? Retention.Usual)
    {
    }

    private GlobalOrdering(Lane lane, Retention retention)
    {
        (_lane, _retention) = (lane, retention);
        _moves = new(lane);
        _growth = new(lane);
        _lacks = new(lane, _moves);
        _hearing = new(lane, _moves, _lacks);
    }

    /// <summary>The view that the site has moved to: a promise to accept nothing below it.</summary>
    public GlobalView View => _lane.View;

    /// <summary>The view whose log the site has.</summary>
    public GlobalView InstalledView => _lane.Held.View;

    public SiteId LeadingSite => _lane.LeadingSite;

    /// <summary>Whether this site may propose.</summary>
    public bool IsLeading => _lane.IsLeading;

    public bool IsInstalled => _lane.IsInstalled;

    /// <summary>Whether the own log is the installed view's, as far as it reaches.</summary>
    public bool IsOfView => _lane.Held.IsOfView;

    public GlobalSequence Executed => _lane.Held.Log.Executed;

    public GlobalSequence Committed => _lane.Held.Log.Committed;

    public GlobalSequence LogEnd => _lane.Held.Log.End;

    /// <summary>GlobalTime of the last entry of the log.</summary>
    public Timestamp EndTime => _lane.Held.Log.EndTime;

    /// <summary>The chain digest at the last executed entry: goes with the state to a site that takes it
    /// over.</summary>
    public Digest ExecutedChain => _lane.Held.Log.KnownChainAt(_lane.Held.Log.Executed);

    /// <summary>Own clients' updates that are not executed yet, oldest first.</summary>
    public IEnumerable<ClientRequest> Pending => _lane.Own.All;

    public int PendingCount => _lane.Own.Count;

    public bool IsPending(Digest update) => _lane.Own.Find(update) is not null;

    /// <summary>Whether one more update of an own client would be taken now.</summary>
    public bool HasRoomFor(ClientRequest request) => _lane.Own.HasRoomFor(request);

    /// <summary>When the application waits for GlobalTime; the leading site then proposes an entry.</summary>
    public Timestamp ApplicationDeadline
    {
        get => _lane.ApplicationDeadline;
        set => _lane.ApplicationDeadline = value;
    }

    /// <summary>The first sequence that the last refused question could have had: what is lacking below it can only
    /// come with another site's state. Null if no question was refused since the log last grew.</summary>
    public GlobalSequence? BeyondRetention => _lane.BeyondRetention;

    /// <summary>Entries above this place are kept, however old: it is the last whose state others can have. No limit
    /// unless the machine sets one; it does so before every <see cref="OnTime"/>.</summary>
    public GlobalSequence TrimmedUpTo { get; set; } = new(ulong.MaxValue);

    /// <summary>Whether the executed order knows a client as an operator, who alone tells of lives. The machine says it
    /// before anything else happens; else the genesis does.</summary>
    public Func<Bytes, bool> IsOperator
    {
        set => _lane.IsOperator = value;
    }

    /// <summary>When <see cref="OnTime"/> has something to do even if nothing comes in.</summary>
    public Timestamp NextDeadline => EarliestDeadline();

    /// <summary>What the register says of the ordering, to every site alike. Committed is told only as far as it is the
    /// installed view's log, for others move their own by it.</summary>
    public OrderingStatus Status => new(
        _lane.View,
        _lane.Held.View,
        _lane.TakesPart ? _lane.Held.Accepted : default,
        _lane.Held.CommittedInView,
        _moves.Wanted);

    /// <summary>How long a cause of suspicion must last.</summary>
    public TimeSpan GlobalTimeout => _moves.GlobalTimeout;

    /// <summary>How often this site must let itself be heard, if it leads; null if it does not.</summary>
    public TimeSpan? LeadingHeartbeat => IsLeading ? _moves.Heartbeat : null;

    /// <summary>How many updates a site may have forwarded in all in the installed view; 0 from a site that does not
    /// lead.</summary>
    public ulong CreditsFor(SiteId site) => IsLeading ? _lane.Queue.CreditsFor(site) : 0;

    /// <summary>An update of an own client: pending until it is executed. Refused if there is no room for it.</summary>
    public Rejection TryTakeOwn(ClientRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        Invariant.Holds(request.Level == RequestLevel.Update, "G6");
        return _lane.Own.TryTake(request);
    }

    /// <summary>An own update is decided in another way than by an entry that this site executed.</summary>
    public void Settle(Digest update) => _lane.Own.Remove(update);

    /// <summary>A body from a link's stream, in its order, each once. Nothing rests on an earlier one of the
    /// link.</summary>
    public void OnBody(Timestamp now, SiteId from, StreamBody body, OrderingOutput output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var refusal = _hearing.Hear(now, from, body, output);
        if (refusal != Rejection.None)
        {
            output.Reject(from, refusal);
        }
    }

    /// <summary>The newest version of another site's register, and no older one.</summary>
    /// <param name="credits">How much it lets this site forward, if it leads.</param>
    public void OnStatus(Timestamp now, SiteId from, OrderingStatus status, ulong credits, OrderingOutput output)
    {
        ArgumentNullException.ThrowIfNull(status);
        ArgumentNullException.ThrowIfNull(output);
        var peer = _lane.Peers[from.Index];
        peer.OnStatus(now, status, credits, _lane.View);
        _moves.MoveIfHigher(now, status.InstalledView, output);
        peer.CompareViews(now, _lane.View);
        var showsOlder = status.InstalledView < _lane.Held.View;
        if (IsLeading && showsOlder && peer.ViewSaidAt + (peer.LinkTimeout * 2) <= now)
        {
            _moves.SayNewView(now, from, output);
        }
    }

    /// <summary>Since when a site has not seen the newest version of the own register; never, if it has.</summary>
    public void OnUnseen(SiteId by, Timestamp since) => _lane.Peers[by.Index].UnseenSince = since;

    /// <summary>The time-out of the link to a site.</summary>
    /// <param name="timeout">Undoubled, at least two round trips.</param>
    /// <param name="underLoad">As correct pairs have shown to need it, at least that.</param>
    public void OnLinkMeasured(SiteId to, TimeSpan timeout, TimeSpan underLoad)
    {
        var peer = _lane.Peers[to.Index];
        (peer.LinkTimeout, peer.LinkTimeoutUnderLoad) = (timeout, underLoad);
    }

    /// <summary>False while this site, in a later life, does not know that all know of it: what it had promised before
    /// it does not know.</summary>
    public bool TakesPart => _lane.TakesPart;

    /// <summary>Whether the executed order tells of this very life of this site: then all that its earlier lives had
    /// executed is executed here.</summary>
    public bool IsToldOf => _lane.IsToldOf;

    /// <summary>The life of a site, as the executed order tells it.</summary>
    public uint LifeOf(SiteId site) => _lane.Peers[site.Index].SiteLife;

    /// <summary>The executed order tells a new life of a site: what its earlier life promised does not count. If it is
    /// the own one, this site takes part from now on.</summary>
    public void OnSiteLife(SiteId site, uint life, OrderingOutput output)
    {
        var tookPart = TakesPart;
        _lane.Peers[site.Index].SiteLife = life;
        _lane.ViewChanges.ForgetLivesBelow(site, life);
        if (TakesPart && !tookPart && !IsInstalled)
        {
            _moves.SayViewChange(output);
        }
    }

    /// <summary>The words of another site come from a new life, or must: what its register said before says nothing any
    /// more, and what was said to it is said again.</summary>
    public void OnNewLife(Timestamp now, SiteId site, uint life, OrderingOutput output)
    {
        _lane.Peers[site.Index].BeginLife(life, _lane.View);
        if (LeadingSite == site)
        {
            // What was accepted of it is a part of the log; the rest was proposed and told by somebody who is no more.
            (_lane.LeadingAccepted, _lane.LeadingCommitted) = (default, default);
            _lane.Waiting.Clear();
            _lane.NewView.Clear();
        }

        OnLinkCut(now, site, output);
    }

    /// <summary>The own outbox to a site was cut: what that site still needs is said again, the view change
    /// first.</summary>
    public void OnLinkCut(Timestamp now, SiteId to, OrderingOutput output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (!IsInstalled && LeadingSite == to)
        {
            _moves.SayViewChange(output);
        }
        else if (IsInstalled && LeadingSite == to)
        {
            _growth.ForwardAgain(output);
        }
        else if (IsLeading && _lane.Peers[to.Index].Status.InstalledView < _lane.Held.View)
        {
            _moves.SayNewView(now, to, output);
        }
    }

    /// <summary>The machine has executed an entry that was handed out.</summary>
    public void OnExecuted(GlobalSequence sequence)
    {
        _lane.Held.Log.OnExecuted(sequence);
        foreach (var update in _lane.Held.Log.FilledAt(sequence)!.Entry.Updates)
        {
            _lane.Own.Remove(update);
        }
    }

    /// <summary>The Global part of the state was replaced by another site's, at a place that is committed. Entries
    /// above it, views and promises stay. It is not an Accept. False if the own log is committed that far
    /// already.</summary>
    public bool InstallState(GlobalSequence sequence, Digest chain, Timestamp time)
    {
        if (sequence <= _lane.Held.Log.Committed)
        {
            return false;
        }

        _lane.Held.StartAt(sequence, chain, time);
        _lane.Waiting.ForgetUpTo(_lane.LogEnd);
        _lane.BeyondRetention = null;
        return true;
    }

    /// <summary>Own updates that were forwarded may stand in entries that this site will never see, and have left no
    /// trace in the state: they are forwarded once more, under the numbers that they had.</summary>
    public void ForwardAgain(OrderingOutput output)
    {
        ArgumentNullException.ThrowIfNull(output);
        _growth.ForwardAgain(output);
    }

    /// <summary>Draws what follows from all that was heard, and fires what is due. To be called at the end of every
    /// batch, with its time: entries and forwards are cut there.</summary>
    public void OnTime(Timestamp now, OrderingOutput output)
    {
        ArgumentNullException.ThrowIfNull(output);
        Array.ForEach(_lane.Peers, peer => peer.WasAnswered = false);
        _moves.Judge(now);
        _moves.MoveAsWanted(now, output);
        _moves.Install(now, output);
        _growth.AppendWaiting(output);
        _growth.Commit(output);
        _growth.ForwardOwn(now, output);
        while (_growth.Propose(now, output))
        {
            _growth.Commit(output);
        }

        _lacks.NoteBehind(now);
        _lane.Fetching.Ask(now, _lacks.Lacking(now), _lane.Peers, output);
        _lane.Held.Log.Trim(now, _retention.Entries, TrimmedUpTo);

        // What moved or was installed now has other causes, and another deadline.
        _moves.Judge(now);
    }

    /// <summary>Writes what changed since it was last saved, under <see cref="KeyPrefix"/>.</summary>
    public void Save(AuthenticatedMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        _lane.Save(map);
    }

    /// <summary>The ordering as it was saved.</summary>
    public static GlobalOrdering Load(
        Genesis genesis, SiteId self, AuthenticatedMap map, Retention? retention = null)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        ArgumentNullException.ThrowIfNull(map);
        retention ??= Retention.Usual;
        return new(Lane.Load(genesis, self, map, retention.ToldAfter), retention);
    }

    private Timestamp EarliestDeadline()
    {
        var suspicion = _lane.Suspicion.IsSuspicious ? Timestamp.Never : _lane.Suspicion.Deadline;
        var deadline = Timestamp.Earlier(suspicion, _lane.Fetching.Deadline);

        // Once it was asked, the question's own time-out counts: a deadline that stays in the past would be held
        // against the primary.
        deadline = _lane.Fetching.Deadline == Timestamp.Never
            ? Timestamp.Earlier(deadline, _lane.BehindSince + _lacks.FetchDelay)
            : deadline;
        if (!_growth.MayPropose)
        {
            return deadline;
        }

        deadline = _lane.Queue.Count > 0 ? Timestamp.Earlier(deadline, _lane.ProposedAt + Limits.EntryDelay) : deadline;
        return EndTime < _lane.EntryDeadline ? Timestamp.Earlier(deadline, _lane.EntryDeadline) : deadline;
    }
}
