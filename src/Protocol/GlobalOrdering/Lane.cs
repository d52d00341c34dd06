using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>All that one lane of the global ordering knows, and how it is saved.</summary>
internal sealed class Lane
{
    public Lane(Genesis genesis, SiteId self)
    {
        (Genesis, Self, OwnLife) = (genesis, self, genesis[self].Life);
        Peers = [.. Enumerable.Range(0, genesis.Sites.Count).Select(_ => new Peer())];
        Queue = new(genesis.Sites.Count);
        ViewChanges = new(genesis.Size);
        IsOperator = client => genesis.Clients.Any(one => one.PublicKey == client && one.Roles.HasFlag(Roles.Operator));
        if (OwnLife > Speaker.FirstLife)
        {
            // The first view is installed everywhere from the start, but an earlier life may have spoken in it.
            Held.BeginOutOfView();
        }
    }

    public Genesis Genesis { get; }

    public SiteId Self { get; }

    public Peer[] Peers { get; }

    /// <summary>Whether the executed order knows a client as an operator.</summary>
    public Func<Bytes, bool> IsOperator { get; set; }

    /// <summary>The life in which this site speaks.</summary>
    public uint OwnLife { get; }

    /// <summary>Whether this site accepts, proposes, suspects and changes views: not before the executed order tells of
    /// its life, and not after it tells of the next.</summary>
    public bool TakesPart =>
        IsToldOf || (Peers[Self.Index].SiteLife < OwnLife && Genesis[Self].TakesPartAtOnce);

    /// <summary>Whether the executed order tells of the own life, and of no later one.</summary>
    public bool IsToldOf => Peers[Self.Index].SiteLife == OwnLife;

    public InstalledLog Held { get; } = new();

    public OwnUpdates Own { get; } = new();

    public ProposalQueue Queue { get; }

    public WaitingProposals Waiting { get; } = new();

    public ViewChanges ViewChanges { get; }

    public NewViewParts NewView { get; } = new();

    public FetchedBodies Bodies { get; } = new();

    public Suspicion Suspicion { get; } = new();

    public Fetching Fetching { get; } = new();

    /// <summary>The view that the site has moved to.</summary>
    public GlobalView View { get; set; }

    /// <summary>By proposals of the own view: how far its leading site accepts.</summary>
    public GlobalSequence LeadingAccepted { get; set; }

    /// <summary>By proposals of the own view: how far its leading site knows to be committed.</summary>
    public GlobalSequence LeadingCommitted { get; set; }

    public Timestamp ProposedAt { get; set; }

    /// <summary>Since when others show more than the own log has, while it stands at <see cref="BehindAt"/>.</summary>
    public Timestamp BehindSince { get; set; } = Timestamp.Never;

    public GlobalSequence BehindAt { get; set; }

    public GlobalSequence? BeyondRetention { get; set; }

    public Timestamp ApplicationDeadline { get; set; } = Timestamp.Never;

    /// <summary>See <see cref="Retention.ToldAfter"/>.</summary>
    public required TimeSpan ToldAfter { get; init; }

    /// <summary>When a site last asked for what is not kept any more, and since when one does so again and
    /// again.</summary>
    public Timestamp AskedBeyondAt { get; private set; }

    public Timestamp AskedBeyondSince { get; private set; }

    /// <summary>When an entry is wanted though nobody has an update: the application waits for GlobalTime; or a site
    /// for a state, and whoever told the last one may not have it any more.</summary>
    public Timestamp EntryDeadline => AskedBeyondAt > EndTime
        ? Timestamp.Earlier(ApplicationDeadline, Timestamp.Later(EndTime, AskedBeyondSince) + ToldAfter)
        : ApplicationDeadline;

    public SiteId LeadingSite => Genesis.LeadingSite(View);

    public bool IsInstalled => Held.View == View;

    public bool IsLeading => TakesPart && IsInstalled && LeadingSite == Self;

    /// <summary>Whether the log of the installed view may prove to be the own one. A view that an earlier life of this
    /// site led is over: nobody else knows all of its log.</summary>
    public bool MayReturnToView => LeadingSite != Self || OwnLife == Speaker.FirstLife;

    /// <summary>The lives of the sites as the executed order tells them; entries of a log can be noted on top.</summary>
    public LivesInLog ExecutedLives => new(Peers.Select(peer => peer.SiteLife), IsOperator);

    /// <summary>How far each site's accepts count: to before the entry that tells of a later life than the one that said
    /// them. What was accepted there the next life does not know, so the majority that commits it must be one
    /// without.</summary>
    public GlobalSequence[] CountUpTo()
    {
        var upTo = new GlobalSequence[Peers.Length];
        Array.Fill(upTo, LogEnd);
        var lives = Held.Log.Telling.Count > 0 ? ExecutedLives : null;
        foreach (var filled in Held.Log.Telling)
        {
            lives!.Note(filled);
            for (var site = 0; site < upTo.Length; site++)
            {
                var isOver = lives[new(site)] > (site == Self.Index ? OwnLife : Peers[site].Life);
                upTo[site] = isOver ? Earlier(upTo[site], new(filled.Sequence.Number - 1)) : upTo[site];
            }
        }

        return upTo;
    }

    public GlobalSequence Committed => Held.Log.Committed;

    public GlobalSequence LogEnd => Held.Log.End;

    public Timestamp EndTime => Held.Log.EndTime;

    /// <summary>Whether one more entry may stand above what is committed, or is told to be: a view change names all of them, and
    /// no correct leading site has so many in flight.</summary>
    public bool HasRoomFor(GlobalSequence next, GlobalSequence toldCommitted) =>
        next.Number <= Later(Committed, toldCommitted).Number + Limits.EntriesAboveCommitted;

    /// <summary>The lane as it was saved.</summary>
    public static Lane Load(Genesis genesis, SiteId self, AuthenticatedMap map, TimeSpan toldAfter)
    {
        var lane = new Lane(genesis, self) { ToldAfter = toldAfter };
        foreach (var (key, value) in map.Range(OrderingKeys.Prefix, OrderingKeys.AfterPrefix))
        {
            var reader = new WireReader(value.Span);
            lane.LoadRow(OrderingKeys.Parse(key), ref reader);
            Invariant.Holds(reader.Finished, "G9");
        }

        lane.Held.Log.Reindex();
        lane.Held.Log.Pack(map);
        return lane;
    }

    /// <summary>Writes what changed since it was last saved, under <see cref="OrderingKeys.Prefix"/>.</summary>
    public void Save(AuthenticatedMap map)
    {
        var scalars = new WireWriter(1024);
        scalars.View(View);
        scalars.Sequence(LeadingAccepted);
        scalars.Sequence(LeadingCommitted);
        scalars.Time(ProposedAt);
        scalars.Time(BehindSince);
        scalars.Sequence(BehindAt);
        scalars.Boolean(BeyondRetention is not null);
        scalars.Sequence(BeyondRetention ?? default);
        scalars.Time(ApplicationDeadline);
        scalars.Time(AskedBeyondAt);
        scalars.Time(AskedBeyondSince);
        Held.Save(map, scalars);
        Own.Save(map, scalars);
        Queue.Save(map, scalars);
        Suspicion.Save(scalars);
        Fetching.Save(scalars);
        foreach (var peer in Peers)
        {
            peer.Save(scalars);
        }

        Waiting.Save(map);
        ViewChanges.Save(map);
        NewView.Save(map);
        Bodies.Save(map);
        map.Set(OrderingKeys.Row(OrderingKeys.Scalars, 0), scalars.ToBytes());
    }

    /// <summary>The entry with its bodies, wherever they are; null while one is missing.</summary>
    public FilledEntry? Fill(Entry entry, Proposal? proposal)
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

    /// <summary>A body of the log, of an own client, that was fetched, or of a proposal that waits.</summary>
    public ClientRequest? FindBody(MissingBody wanted) => FindBody(wanted, null);

    public ClientRequest? FindBody(MissingBody wanted, ClientRequest? near)
    {
        if (near is not null)
        {
            return near;
        }

        var logged = Held.Log.FilledAt(wanted.Sequence)?.Updates
            .FirstOrDefault(update => update.Digest == wanted.Name);
        return logged
            ?? Own.Find(wanted.Name)
            ?? Bodies.Find(wanted.Name)
            ?? Waiting.Find(wanted.Sequence)?.Updates.FirstOrDefault(update => update.Name == wanted.Name)?.Body;
    }

    public void OnAskedBeyond(Timestamp now) => (AskedBeyondSince, AskedBeyondAt) =
        (now - AskedBeyondAt > ToldAfter ? now : AskedBeyondSince, now);

    /// <summary>The (S / 2 + 1)-th highest: so many sites have it at least.</summary>
    public T MajorityHas<T>(T[] values)
        where T : IComparable<T>
    {
        Array.Sort(values);
        return values[^Genesis.Size.Majority];
    }

    public static GlobalSequence Later(GlobalSequence left, GlobalSequence right) => left > right ? left : right;

    public static GlobalSequence Earlier(GlobalSequence left, GlobalSequence right) => left < right ? left : right;

    public static GlobalView Later(GlobalView left, GlobalView right) => left > right ? left : right;

    private void LoadRow((byte Table, ulong Number) row, ref WireReader reader)
    {
        switch (row.Table)
        {
            case OrderingKeys.Scalars:
                LoadScalars(ref reader);
                break;
            case OrderingKeys.Log:
                Held.Log.LoadRow(row.Number, ref reader);
                break;
            case OrderingKeys.Own:
                Own.LoadRow(row.Number, ref reader);
                break;
            case OrderingKeys.Queue:
                Queue.LoadRow(row.Number, ref reader);
                break;
            case OrderingKeys.Waiting:
                Waiting.LoadRow(row.Number, Known(Proposal.Read(ref reader)));
                break;
            case OrderingKeys.ViewChanges:
                ViewChanges.LoadRow(row.Number, Known(GlobalViewChange.Read(ref reader)));
                break;
            case OrderingKeys.NewView:
                NewView.LoadRow(row.Number, Known(GlobalNewView.Read(ref reader)));
                break;
            default:
                Bodies.LoadRow(row.Number, ref reader);
                break;
        }
    }

    private void LoadScalars(ref WireReader reader)
    {
        View = reader.GlobalView();
        (LeadingAccepted, LeadingCommitted) = (reader.GlobalSequence(), reader.GlobalSequence());
        (ProposedAt, BehindSince, BehindAt) = (reader.Time(), reader.Time(), reader.GlobalSequence());
        var (isBeyond, beyond) = (reader.Boolean(), reader.GlobalSequence());
        BeyondRetention = isBeyond ? beyond : null;
        (ApplicationDeadline, AskedBeyondAt, AskedBeyondSince) = (reader.Time(), reader.Time(), reader.Time());
        Held.LoadScalars(ref reader);
        Own.LoadScalars(ref reader);
        Queue.LoadScalars(ref reader);
        Suspicion.Load(ref reader);
        Fetching.Load(ref reader);
        foreach (var peer in Peers)
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
}
