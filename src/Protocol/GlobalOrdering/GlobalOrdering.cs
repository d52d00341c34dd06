using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>One lane of the one order among sites: multi-Paxos, written in terms of sites only. It runs inside the site's
/// logical machine, so it hears ordered inputs and agreed time alone, and all of it is part of the machine's state.
/// What comes in is recorded; <see cref="OnTime"/>, called once at the end of every batch, draws what follows.</summary>
public sealed class GlobalOrdering
{
    private readonly Genesis _genesis;
    private readonly SiteId _self;
    private readonly Peer[] _peers;
    private readonly InstalledLog _held = new();
    private readonly OwnUpdates _own = new();
    private readonly ProposalQueue _queue;
    private readonly WaitingProposals _waiting = new();
    private readonly ViewChanges _viewChanges;
    private readonly NewViewParts _newView = new();
    private readonly FetchedBodies _bodies = new();
    private readonly Suspicion _suspicion = new();
    private readonly Fetching _fetching = new();

    private GlobalView _view;

    // By proposals of the own view: how far its leading site accepts, and knows to be committed.
    private GlobalSequence _leadingAccepted;
    private GlobalSequence _leadingCommitted;

    private Timestamp _proposedAt;
    private Timestamp _behindSince = Timestamp.Never;
    private GlobalSequence _behindAt;

    public GlobalOrdering(Genesis genesis, SiteId self)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        (_genesis, _self) = (genesis, self);
        _peers = [.. Enumerable.Range(0, genesis.Sites.Count).Select(_ => new Peer())];
        _queue = new(genesis.Sites.Count);
        _viewChanges = new(genesis.Size);
    }

    /// <summary>The view that the site has moved to: a promise to accept nothing below it.</summary>
    public GlobalView View => _view;

    /// <summary>The view whose log the site has.</summary>
    public GlobalView InstalledView => _held.View;

    public SiteId LeadingSite => _genesis.LeadingSite(_view);

    /// <summary>Whether this site may propose.</summary>
    public bool IsLeading => IsInstalled && LeadingSite == _self;

    public bool IsInstalled => _held.View == _view;

    public GlobalSequence Executed => _held.Log.Executed;

    public GlobalSequence Committed => _held.Log.Committed;

    public GlobalSequence LogEnd => _held.Log.End;

    /// <summary>GlobalTime of the last entry of the log.</summary>
    public Timestamp EndTime => _held.Log.EndTime;

    /// <summary>The chain digest at the last executed entry: goes with the state to a site that takes it over.</summary>
    public Digest ExecutedChain => _held.Log.KnownChainAt(_held.Log.Executed);

    /// <summary>Own clients' updates that are not executed yet, oldest first.</summary>
    public IEnumerable<ClientRequest> Pending => _own.All;

    public int PendingCount => _own.Count;

    /// <summary>When the application waits for GlobalTime; the leading site then proposes an entry. Told anew by whoever
    /// loads the state: it is a function of what was executed.</summary>
    public Timestamp ApplicationDeadline { get; set; } = Timestamp.Never;

    /// <summary>The first sequence that the last refused question could have had: what is lacking below it can only come
    /// with another site's state. Null if no question was refused since the log last grew.</summary>
    public GlobalSequence? BeyondRetention { get; private set; }

    /// <summary>When <see cref="OnTime"/> has something to do even if nothing comes in.</summary>
    public Timestamp NextDeadline { get; private set; } = Timestamp.Never;

    /// <summary>What the register says of the ordering, to every site alike. Committed is told only as far as it is the
    /// installed view's log, for others move their own by it.</summary>
    public OrderingStatus Status => new(_view, _held.View, _held.Accepted, _held.CommittedInView, Wanted);

    /// <summary>How long a cause of suspicion must last. The leading site's heartbeats come at a quarter of it.</summary>
    public TimeSpan GlobalTimeout
    {
        get
        {
            var link = _peers[LeadingSite.Index].LinkTimeout;
            var pairs = _genesis[LeadingSite].Size.Faults + _genesis[_self].Size.Faults + 1;

            // Two local view changes; the two round trips are less than one more link time-out.
            var single = (link * (pairs + 1)) + (Limits.LocalViewChange * 2);
            return single * (1 << _suspicion.Doublings);
        }
    }

    /// <summary>How many updates a site may have forwarded in all in the installed view; 0 from a site that does not
    /// lead.</summary>
    public ulong CreditsFor(SiteId site) => IsLeading ? _queue.CreditsFor(site) : 0;

    /// <summary>A proposal that is only on its way need not be asked for.</summary>
    private TimeSpan FetchDelay
    {
        get
        {
            var link = _peers[LeadingSite.Index].LinkTimeout;
            return link > Limits.TimeoutAtLeast ? link : Limits.TimeoutAtLeast;
        }
    }

    private GlobalView Wanted
    {
        get
        {
            var wanted = new GlobalView(_view.Number + (_suspicion.IsSuspicious ? 1UL : 0));
            foreach (var peer in _peers)
            {
                wanted = _suspicion.IsSuspicious ? Later(wanted, peer.Status.View) : wanted;
            }

            return wanted;
        }
    }

    /// <summary>An update of an own client: pending until it is executed. False if there is no room.</summary>
    public bool TryTakeOwn(ClientRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        Invariant.Holds(request.Level == RequestLevel.Update, "G6");
        return _own.TryTake(request);
    }

    /// <summary>An own update is decided in another way than by an entry that this site executed.</summary>
    public void Settle(Digest update) => _own.Remove(update);

    /// <summary>A body from a link's stream, in its order, each once. Nothing rests on an earlier one of the link.</summary>
    public void OnBody(Timestamp now, SiteId from, StreamBody body, OrderingOutput output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var refusal = body switch
        {
            Forward forward => OnForward(from, forward),
            Proposal proposal => OnProposal(now, from, proposal, output),
            GlobalViewChange change => OnViewChange(now, from, change, output),
            GlobalNewView newView => OnNewView(now, from, newView, output),
            GlobalFetch fetch => OnFetch(from, fetch, output),
            GlobalFetched fetched => OnFetched(now, from, fetched, output),
            _ => Rejection.UnknownKind,
        };
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
        var peer = _peers[from.Index];
        (peer.Status, peer.Credits, peer.HeardAt) = (status, credits, now);
        MoveIfHigher(now, status.InstalledView, output);
        peer.CompareViews(now, _view);
        var showsOlder = status.InstalledView < _held.View;
        if (IsLeading && showsOlder && peer.ViewSaidAt + (peer.LinkTimeout * 2) <= now)
        {
            SayNewView(now, from, output);
        }
    }

    /// <summary>Since when a site has not seen the newest version of the own register; never, if it has.</summary>
    public void OnUnseen(SiteId by, Timestamp since) => _peers[by.Index].UnseenSince = since;

    /// <summary>The time-out of the link to a site, undoubled, at least two round trips.</summary>
    public void OnLinkMeasured(SiteId to, TimeSpan linkTimeout) => _peers[to.Index].LinkTimeout = linkTimeout;

    /// <summary>The executed order tells a new life of a site: what its earlier life promised does not count.</summary>
    public void OnSiteLife(SiteId site, uint life)
    {
        _peers[site.Index].SiteLife = life;
        _viewChanges.ForgetLivesBelow(site, life);
    }

    /// <summary>The own outbox to a site was cut: what that site still needs is said again, the view change first.</summary>
    public void OnLinkCut(Timestamp now, SiteId to, OrderingOutput output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (!IsInstalled && LeadingSite == to)
        {
            SayViewChange(output);
        }
        else if (IsInstalled && LeadingSite == to)
        {
            SayForwards(_own.Forwarded(), output);
        }
        else if (IsLeading && _peers[to.Index].Status.InstalledView < _held.View)
        {
            SayNewView(now, to, output);
        }
    }

    /// <summary>The machine has executed an entry that was handed out.</summary>
    public void OnExecuted(GlobalSequence sequence)
    {
        _held.Log.OnExecuted(sequence);
        foreach (var update in _held.Log.Find(sequence)!.Filled.Entry.Updates)
        {
            _own.Remove(update);
        }
    }

    /// <summary>The Global part of the state was replaced by another site's, at a place that is committed. Entries above
    /// it, views and promises stay. It is not an Accept. False if the own log is committed that far already.</summary>
    public bool InstallState(GlobalSequence sequence, Digest chain, Timestamp time)
    {
        if (sequence <= _held.Log.Committed)
        {
            return false;
        }

        _held.StartAt(sequence, chain, time);
        BeyondRetention = null;
        return true;
    }

    /// <summary>Draws what follows from all that was heard, and fires what is due. To be called at the end of every
    /// batch, with its time: entries and forwards are cut there.</summary>
    public void OnTime(Timestamp now, OrderingOutput output)
    {
        ArgumentNullException.ThrowIfNull(output);
        _suspicion.OnTime(now);
        _suspicion.Judge(now, OldestCause(), GlobalTimeout);
        MoveAsWanted(now, output);
        Install(now, output);
        AppendWaiting(output);
        Commit(output);
        ForwardOwn(now, output);
        while (Propose(now, output))
        {
            Commit(output);
        }

        NoteBehind(now);
        _fetching.Ask(now, Lacking(now), _peers, output);
        _held.Log.Trim(now);
        NextDeadline = EarliestDeadline();
    }

    /// <summary>Writes what changed since it was last saved, under <see cref="OrderingKeys.Prefix"/>.</summary>
    public void Save(AuthenticatedMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        var scalars = new WireWriter(1024);
        scalars.View(_view);
        scalars.Sequence(_leadingAccepted);
        scalars.Sequence(_leadingCommitted);
        scalars.Time(_proposedAt);
        scalars.Time(_behindSince);
        scalars.Sequence(_behindAt);
        scalars.Boolean(BeyondRetention is not null);
        scalars.Sequence(BeyondRetention ?? default);
        scalars.Time(NextDeadline);
        _held.Save(map, scalars);
        _own.Save(map, scalars);
        _queue.Save(map, scalars);
        _suspicion.Save(scalars);
        _fetching.Save(scalars);
        foreach (var peer in _peers)
        {
            peer.Save(scalars);
        }

        _waiting.Save(map);
        _viewChanges.Save(map);
        _newView.Save(map);
        _bodies.Save(map);
        map.Set(OrderingKeys.Row(OrderingKeys.Scalars, 0), scalars.ToBytes());
    }

    /// <summary>The ordering as it was saved. <see cref="ApplicationDeadline"/> has to be told anew.</summary>
    public static GlobalOrdering Load(Genesis genesis, SiteId self, AuthenticatedMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        var ordering = new GlobalOrdering(genesis, self);
        foreach (var (key, value) in map.Range(OrderingKeys.Prefix, OrderingKeys.AfterPrefix))
        {
            var reader = new WireReader(value.Span);
            ordering.LoadRow(OrderingKeys.Parse(key), ref reader);
            Invariant.Holds(reader.Finished, "G9");
        }

        ordering._held.Log.Reindex();
        return ordering;
    }

    private void LoadRow((byte Table, ulong Number) row, ref WireReader reader)
    {
        switch (row.Table)
        {
            case OrderingKeys.Scalars:
                LoadScalars(ref reader);
                break;
            case OrderingKeys.Log:
                _held.Log.LoadRow(ref reader);
                break;
            case OrderingKeys.Own:
                _own.LoadRow(row.Number, ref reader);
                break;
            case OrderingKeys.Queue:
                _queue.LoadRow(row.Number, ref reader);
                break;
            case OrderingKeys.Waiting:
                _waiting.LoadRow(row.Number, Known(Proposal.Read(ref reader)));
                break;
            case OrderingKeys.ViewChanges:
                _viewChanges.LoadRow(row.Number, Known(GlobalViewChange.Read(ref reader)));
                break;
            case OrderingKeys.NewView:
                _newView.LoadRow(row.Number, Known(GlobalNewView.Read(ref reader)));
                break;
            default:
                _bodies.LoadRow(row.Number, ref reader);
                break;
        }
    }

    private void LoadScalars(ref WireReader reader)
    {
        _view = reader.GlobalView();
        (_leadingAccepted, _leadingCommitted) = (reader.GlobalSequence(), reader.GlobalSequence());
        (_proposedAt, _behindSince, _behindAt) = (reader.Time(), reader.Time(), reader.GlobalSequence());
        var (isBeyond, beyond) = (reader.Boolean(), reader.GlobalSequence());
        BeyondRetention = isBeyond ? beyond : null;
        NextDeadline = reader.Time();
        _held.LoadScalars(ref reader);
        _own.LoadScalars(ref reader);
        _queue.LoadScalars(ref reader);
        _suspicion.Load(ref reader);
        _fetching.Load(ref reader);
        foreach (var peer in _peers)
        {
            peer.Load(ref reader);
        }
    }

    private static T Known<T>(T? loaded)
        where T : class
    {
        Invariant.Holds(loaded is not null, "G9");
        return loaded;
    }

    private Rejection OnForward(SiteId from, Forward forward)
    {
        if (!IsLeading || forward.View != _held.View)
        {
            return forward.View < _view ? Rejection.OldGlobalView : Rejection.NotTheLeadingSite;
        }

        var refusal = Rejection.None;
        foreach (var (number, update) in forward.Updates)
        {
            // Once per log, and not judged: what executing it means is for the execution to say.
            if (_held.Log.Names(update.Digest))
            {
                _queue.CountKnown(from, number);
            }
            else if (!_queue.TryTake(from, number, update))
            {
                refusal = Rejection.NoRoom;
            }
        }

        return refusal;
    }

    private Rejection OnProposal(Timestamp now, SiteId from, Proposal proposal, OrderingOutput output)
    {
        if (_genesis.LeadingSite(proposal.View) != from)
        {
            return Rejection.NotTheLeadingSite;
        }

        if (proposal.View < _view)
        {
            return Rejection.OldGlobalView;
        }

        MoveIfHigher(now, proposal.View, output);
        _leadingAccepted = Later(_leadingAccepted, proposal.Sequence);
        _leadingCommitted = Later(_leadingCommitted, proposal.Committed);
        if (IsInstalled && proposal.Sequence <= _held.Log.End)
        {
            return Rejection.AlreadyKnown;
        }

        return _waiting.TryTake(LogEnd, proposal) ? Rejection.None : Rejection.TooFarAhead;
    }

    private Rejection OnViewChange(Timestamp now, SiteId from, GlobalViewChange change, OrderingOutput output)
    {
        if (_genesis.LeadingSite(change.View) != _self)
        {
            return Rejection.NotTheLeadingSite;
        }

        if (change.SiteLife < _peers[from.Index].SiteLife)
        {
            return Rejection.OldLife;
        }

        MoveIfHigher(now, change.InstalledView, output);
        if (change.View < _view)
        {
            return Rejection.OldGlobalView;
        }

        if (change.View == _held.View)
        {
            SayNewView(now, from, output);
            return Rejection.None;
        }

        return _viewChanges.TryTake(from, change) ? Rejection.None : Rejection.OldGlobalView;
    }

    private Rejection OnNewView(Timestamp now, SiteId from, GlobalNewView newView, OrderingOutput output)
    {
        if (_genesis.LeadingSite(newView.View) != from)
        {
            return Rejection.NotTheLeadingSite;
        }

        if (newView.View < _view)
        {
            return Rejection.OldGlobalView;
        }

        if (newView.View == _held.View)
        {
            return Rejection.AlreadyKnown;
        }

        MoveIfHigher(now, newView.View, output);
        _newView.Take(newView);
        return Rejection.None;
    }

    private Rejection OnFetch(SiteId from, GlobalFetch fetch, OrderingOutput output)
    {
        if (fetch.From <= fetch.To)
        {
            foreach (var chunk in OrderingWords.Entries(fetch, _held))
            {
                output.Say(from, chunk);
            }
        }

        if (fetch.Bodies.Count > 0)
        {
            var found = fetch.Bodies.Select(FindBody).OfType<ClientRequest>();
            foreach (var chunk in OrderingWords.Bodies(found, _held))
            {
                output.Say(from, chunk);
            }
        }

        return fetch.From < _held.Log.First && fetch.From <= fetch.To ? Rejection.BeyondRetention : Rejection.None;
    }

    private Rejection OnFetched(Timestamp now, SiteId from, GlobalFetched fetched, OrderingOutput output)
    {
        MoveIfHigher(now, fetched.InstalledView, output);
        var helped = false;
        var missing = Lacking(now)?.Bodies ?? [];
        foreach (var body in fetched.Bodies)
        {
            helped |= _bodies.TryTake(body, missing);
        }

        helped |= TakeEntries(fetched);
        _fetching.OnChunk(now, from, helped, fetched.IsLast);
        if (fetched.FirstKept > fetched.From)
        {
            BeyondRetention = fetched.FirstKept;
            return Rejection.BeyondRetention;
        }

        BeyondRetention = helped ? null : BeyondRetention;
        return Rejection.None;
    }

    /// <summary>A fetched entry counts only if it is committed where it comes from, or of the same installed view.</summary>
    private bool TakeEntries(GlobalFetched fetched)
    {
        var helped = false;
        var isOfView = IsInstalled && fetched.IsInstalledLog && fetched.InstalledView == _held.View;
        if (isOfView && fetched.From == LogEnd.Next)
        {
            helped = _held.TryReturnToView(fetched.ChainBefore);
        }

        foreach (var filled in fetched.Entries)
        {
            if (isOfView && _held.IsOfView && filled.Sequence == LogEnd.Next && filled.Entry.Time >= EndTime)
            {
                _held.Accept(filled);
                helped = true;
            }
            else if (filled.Sequence == Committed.Next && filled.Sequence <= fetched.Committed)
            {
                _held.TakeFact(filled);
                helped = true;
            }
        }

        if (isOfView && _held.IsOfView)
        {
            _leadingCommitted = Later(_leadingCommitted, fetched.Committed);
        }

        return helped;
    }

    /// <summary>The highest view that a majority wants at least; to show a view is to want it.</summary>
    private void MoveAsWanted(Timestamp now, OrderingOutput output)
    {
        var wanted = new GlobalView[_peers.Length];
        for (var site = 0; site < wanted.Length; site++)
        {
            var status = _peers[site].Status;
            wanted[site] = site == _self.Index ? Wanted : Later(status.Wanted, status.View);
        }

        MoveIfHigher(now, MajorityHas(wanted), output);
    }

    private void MoveIfHigher(Timestamp now, GlobalView view, OrderingOutput output)
    {
        if (view <= _view)
        {
            return;
        }

        _suspicion.OnMove(now, IsInstalled);
        _view = view;
        (_leadingAccepted, _leadingCommitted) = (default, default);
        _queue.Clear();
        _waiting.Clear();
        _bodies.Clear();
        _newView.Clear();
        _viewChanges.ForgetViewsBelow(view);
        foreach (var peer in _peers)
        {
            peer.CompareViews(now, view);
        }

        SayViewChange(output);
    }

    /// <summary>Installs the view in one step, once its log, what it rests on and all bodies are there.</summary>
    private void Install(Timestamp now, OrderingOutput output)
    {
        if (LogToInstall() is not { } log || !_held.Agrees(log) || !_held.Reaches(log) || Fill(log) is not { } above)
        {
            return;
        }

        _held.Install(log, above);
        _own.ForgetForwarding();
        _newView.Clear();
        _bodies.Clear();
        _viewChanges.ForgetViewsBelow(new(_view.Number + 1));
        for (var site = 0; IsLeading && site < _peers.Length; site++)
        {
            SayNewView(now, new(site), output);
        }
    }

    /// <summary>The log that the view begins with: chosen, at its leading site; told, elsewhere.</summary>
    private ViewLog? LogToInstall()
    {
        if (IsInstalled)
        {
            return null;
        }

        return LeadingSite == _self ? _viewChanges.Choose(_view, _held.Held(_self)) : _newView.Whole(LeadingSite);
    }

    /// <summary>The entries that an installation brings, with their bodies; null while one is missing.</summary>
    private List<FilledEntry>? Fill(ViewLog log)
    {
        var filled = new List<FilledEntry>();
        foreach (var entry in log.Above.Where(entry => entry.Sequence > Committed))
        {
            if (Fill(entry, null) is not { } whole)
            {
                return null;
            }

            filled.Add(whole);
        }

        return filled;
    }

    private FilledEntry? Fill(Entry entry, Proposal? proposal)
    {
        var updates = new ClientRequest[entry.Updates.Count];
        for (var place = 0; place < updates.Length; place++)
        {
            if (FindBody(new(entry.Sequence, entry.Updates[place]), proposal?.Updates[place].Body) is not { } body)
            {
                return null;
            }

            updates[place] = body;
        }

        return new(entry, new(updates));
    }

    private ClientRequest? FindBody(MissingBody wanted) => FindBody(wanted, null);

    private ClientRequest? FindBody(MissingBody wanted, ClientRequest? near)
    {
        if (near is not null)
        {
            return near;
        }

        var logged = _held.Log.Find(wanted.Sequence)?.Filled.Updates.FirstOrDefault(update => update.Digest == wanted.Name);
        return logged
            ?? _own.Find(wanted.Name)
            ?? _bodies.Find(wanted.Name)
            ?? _waiting.Find(wanted.Sequence)?.Updates.FirstOrDefault(update => update.Name == wanted.Name)?.Body;
    }

    private void AppendWaiting(OrderingOutput output)
    {
        while (IsInstalled && _held.IsOfView && _waiting.Find(LogEnd.Next) is { } proposal)
        {
            if (proposal.Time < EndTime)
            {
                output.Reject(LeadingSite, Rejection.BadEntry);
                _waiting.ForgetUpTo(proposal.Sequence);
                break;
            }

            if (Fill(proposal.Entry, proposal) is not { } filled)
            {
                break;
            }

            _held.Accept(filled);
        }

        if (IsInstalled)
        {
            _waiting.ForgetUpTo(LogEnd);
        }
    }

    /// <summary>Committed is what a majority has accepted in the installed view, or what one that has installed it too
    /// knows to be; never beyond the own log.</summary>
    private void Commit(OrderingOutput output)
    {
        if (_held.IsOfView)
        {
            var accepted = new GlobalSequence[_peers.Length];
            var told = IsInstalled ? _leadingCommitted : default;
            for (var site = 0; site < accepted.Length; site++)
            {
                accepted[site] = AcceptedBy(new(site));
                var status = _peers[site].Status;
                told = status.InstalledView == _held.View ? Later(told, status.Committed) : told;
            }

            var committed = Later(MajorityHas(accepted), told);
            _held.Log.CommitUpTo(committed < LogEnd ? committed : LogEnd);
        }

        _held.Log.HandOut(output);
    }

    /// <summary>How far a site accepts in the installed view: the pair of its newest register, the own log, or what the
    /// leading site has proposed since.</summary>
    private GlobalSequence AcceptedBy(SiteId site)
    {
        if (site == _self)
        {
            return _held.Accepted;
        }

        var told = _peers[site.Index].AcceptedIn(_held.View);
        return site == LeadingSite && IsInstalled ? Later(told, _leadingAccepted) : told;
    }

    private void ForwardOwn(Timestamp now, OrderingOutput output)
    {
        if (!IsInstalled)
        {
            return;
        }

        if (IsLeading)
        {
            foreach (var (_, update) in _own.Forward(now, ulong.MaxValue, long.MaxValue, _held.Log.Names))
            {
                _queue.TakeOwn(_self, update);
            }

            return;
        }

        // A view begins with full credits everywhere, so the first forwards need not wait for a register.
        var leading = _peers[LeadingSite.Index];
        var told = leading.Status.InstalledView == _held.View ? leading.Credits : 0;
        var credits = Math.Max(told, Limits.ForwardCredits);
        SayForwards(_own.Forward(now, credits, Limits.ForwardedBytes, _held.Log.Names), output);
    }

    /// <summary>True if an entry was opened: at once if none is in flight; else when enough waits, or for long enough.</summary>
    private bool Propose(Timestamp now, OrderingOutput output)
    {
        var inFlight = LogEnd.Number - Committed.Number;
        var isAwaited = EndTime < ApplicationDeadline && ApplicationDeadline <= now;
        if (!IsLeading || inFlight >= Limits.EntriesInFlight || (_queue.Count == 0 && !isAwaited))
        {
            return false;
        }

        var isWorthIt = _queue.Count >= Limits.UpdatesWorthAnEntry || _queue.Size >= Limits.EntryBytesWorthAnEntry;
        if (inFlight > 0 && !isAwaited && !isWorthIt && now < _proposedAt + Limits.EntryDelay)
        {
            return false;
        }

        var updates = _queue.TakeEntry();
        var filled = FilledEntry.Of(
            LogEnd.Next,
            Timestamp.Later(EndTime, now),
            ValueList.From(updates.Select(queued => queued.Update)));
        _held.Accept(filled);
        _proposedAt = now;
        for (var site = 0; site < _peers.Length; site++)
        {
            if (site != _self.Index)
            {
                output.Say(
                    new(site), OrderingWords.ProposalFor(new(site), _view, filled.Entry, updates, Committed));
            }
        }

        return true;
    }

    /// <summary>What the own log lacks now; null for nothing that can be asked for.</summary>
    private Lack? Lacking(Timestamp now)
    {
        if (!IsInstalled)
        {
            return LogToInstall() is { } log && _held.Agrees(log) ? LackingFor(log) : null;
        }

        if (LeadingSite == _self && _held.IsOfView)
        {
            return null;
        }

        var holders = Holders(LeadingSite, LeadingSite, peer => peer.Status.InstalledView == _held.View);
        if (_waiting.Find(LogEnd.Next) is { } next && _held.IsOfView)
        {
            return new(LogEnd.Next, LogEnd, MissingIn(next.Entry, next), holders);
        }

        var isBehind = _behindSince + FetchDelay <= now;
        return !_held.IsOfView || !_waiting.IsEmpty || isBehind
            ? new(LogEnd.Next, new(LogEnd.Number + Limits.EntriesPerFetch), [], holders)
            : null;
    }

    private Lack? LackingFor(ViewLog log)
    {
        var holders = Holders(log.BaseHolder, log.AboveHolder, _ => true);
        if (!_held.Reaches(log))
        {
            return new(Committed.Next, log.Base, [], holders);
        }

        var missing = log.Above
            .Where(entry => entry.Sequence > Committed)
            .SelectMany(entry => MissingIn(entry, null))
            .Take(Limits.BodiesPerFetch);
        return new(LogEnd.Next, LogEnd, ValueList.From(missing), Holders(log.AboveHolder, log.BaseHolder, _ => true));
    }

    private ValueList<MissingBody> MissingIn(Entry entry, Proposal? proposal)
    {
        var missing = new List<MissingBody>();
        for (var place = 0; place < entry.Updates.Count; place++)
        {
            var wanted = new MissingBody(entry.Sequence, entry.Updates[place]);
            if (FindBody(wanted, proposal?.Updates[place].Body) is null)
            {
                missing.Add(wanted);
            }
        }

        return ValueList.From(missing);
    }

    /// <summary>Whom to ask, best first.</summary>
    private ValueList<SiteId> Holders(SiteId first, SiteId second, Func<Peer, bool> mayHave)
    {
        var others = Enumerable.Range(0, _peers.Length)
            .Where(site => mayHave(_peers[site]))
            .Select(site => new SiteId(site));
        return ValueList.From(new[] { first, second }.Concat(others).Distinct().Where(site => site != _self));
    }

    /// <summary>Notes since when sites of the same installed view show more than the own log has, while it does not
    /// grow.</summary>
    private void NoteBehind(Timestamp now)
    {
        var isBehind = false;
        for (var site = 0; site < _peers.Length; site++)
        {
            isBehind |= site != _self.Index && _peers[site].AcceptedIn(_held.View) > LogEnd;
        }

        if (!isBehind || !IsInstalled)
        {
            _behindSince = Timestamp.Never;
        }
        else if (_behindSince == Timestamp.Never || _behindAt != LogEnd)
        {
            (_behindSince, _behindAt) = (now, LogEnd);
        }
    }

    /// <summary>Since when the oldest cause of suspicion lasts.</summary>
    private Timestamp OldestCause()
    {
        if (!IsInstalled)
        {
            return default;
        }

        // A site that moved when others wanted to, who then withdrew, is alone in its view: it has promised to accept
        // nothing below, so the others have to come to it.
        var cause = Timestamp.Never;
        foreach (var peer in _peers)
        {
            cause = Timestamp.Earlier(cause, peer.AboveSince);
        }

        if (LeadingSite == _self)
        {
            return cause;
        }

        var leading = _peers[LeadingSite.Index];
        cause = Timestamp.Earlier(cause, Timestamp.Earlier(leading.HeardAt, leading.UnseenSince));
        return Timestamp.Earlier(cause, _own.OldestForwarded);
    }

    private Timestamp EarliestDeadline()
    {
        var deadline = Timestamp.Earlier(_suspicion.IsSuspicious ? Timestamp.Never : _suspicion.Deadline, _fetching.Deadline);
        deadline = Timestamp.Earlier(deadline, _behindSince + FetchDelay);
        if (!IsLeading || LogEnd.Number - Committed.Number >= Limits.EntriesInFlight)
        {
            return deadline;
        }

        deadline = _queue.Count > 0 ? Timestamp.Earlier(deadline, _proposedAt + Limits.EntryDelay) : deadline;
        return EndTime < ApplicationDeadline ? Timestamp.Earlier(deadline, ApplicationDeadline) : deadline;
    }

    private void SayForwards(List<ForwardedUpdate> updates, OrderingOutput output)
    {
        foreach (var forward in OrderingWords.Forwards(_view, updates))
        {
            output.Say(LeadingSite, forward);
        }
    }

    private void SayViewChange(OrderingOutput output)
    {
        if (LeadingSite == _self)
        {
            return;
        }

        foreach (var part in OrderingWords.ViewChange(_view, _peers[_self.Index].SiteLife, _held.Held(_self)))
        {
            output.Say(LeadingSite, part);
        }
    }

    private void SayNewView(Timestamp now, SiteId to, OrderingOutput output)
    {
        if (to == _self)
        {
            return;
        }

        _peers[to.Index].ViewSaidAt = now;
        foreach (var part in OrderingWords.NewView(_view, _held.Held(_self)))
        {
            output.Say(to, part);
        }
    }

    /// <summary>The (S / 2 + 1)-th highest: so many sites have it at least.</summary>
    private T MajorityHas<T>(T[] values)
        where T : IComparable<T>
    {
        Array.Sort(values);
        return values[^_genesis.Size.Majority];
    }

    private static GlobalSequence Later(GlobalSequence left, GlobalSequence right) => left > right ? left : right;

    private static GlobalView Later(GlobalView left, GlobalView right) => left > right ? left : right;
}
