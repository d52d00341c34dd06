using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>What a site thinks: the deterministic machine that every correct replica of the site feeds with the same
/// batches. It joins global ordering, links, attestation, queries and the Global part of the state; it has no I/O and
/// no clock but the agreed Time. (Amir, Coan, Kirsch, Lane, SRDS 2007: logical machines.)</summary>
public sealed class SiteMachine : IOrderedMachine
{
    /// <summary>To be raised whenever the same batches could give another state or other words than before: in what
    /// this machine does, in ordering, links, attestation, sessions, or in an encoding that it signs or stores. Part of
    /// the genesis and of the state, so that programs which would part ways refuse to work together.</summary>
    public const uint Version = 10;

    /// <summary>How many checkpoints back assignments and leaves are kept.</summary>
    private const int CheckpointsKept = 2;
    private static readonly TimeSpan DeadlineMin = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan DeadlineMax = TimeSpan.FromSeconds(1);

    private readonly Genesis _genesis;
    private readonly SiteId _self;
    private readonly AuthenticatedMap _site;
    private readonly GlobalState _global;
    private readonly ClientRequests _requests;
    private readonly InputPrecedence _precedence;
    private readonly OrderingOutput _ordered = new();
    private readonly List<SiteSequence> _checkpoints = [];
    private CheckpointRule _rule;
    private readonly StatesOfSites _states;
    private Timestamp? _nextDeadline;

    public SiteMachine(ReplicaSettings settings, StateSnapshot? stored)
    {
        ArgumentNullException.ThrowIfNull(settings);
        (_genesis, _self) = (settings.Genesis, settings.Self.Site);
        Links = new(_genesis, _self, settings.Retention);
        _states = new(Links, settings.Retention);
        Ledger = new(_genesis, _self, settings.ShareVerifier);
        Lives = new(_genesis[_self].Size.Replicas);
        _site = stored is null ? new() : new(stored.Site);
        Ordering = stored is null
            ? new(_genesis, _self, settings.Retention)
            : GlobalOrdering.Load(_genesis, _self, _site, settings.Retention);
        _global = stored is null
            ? GlobalState.Begin(_genesis, settings.Application)
            : new(stored.Global, settings.Application);
        Ordering.IsOperator = client => _global.RolesOf(client).HasFlag(Roles.Operator);
        _requests = new(_genesis, _self, _global, Ordering, Leaves);
        _precedence = new(_genesis, _self, Links, Ordering);
        if (stored is not null)
        {
            Load();
        }

        Ordering.ApplicationDeadline = _global.NextDeadline ?? Timestamp.Never;
        Snapshot = _global.Snapshot();
    }

    public Links Links { get; }

    public AttestationLedger Ledger { get; }

    public ReplicaLives Lives { get; }

    public BatchLeaves Leaves { get; } = new();

    public GlobalOrdering Ordering { get; }

    public SiteSequence Executed { get; private set; }

    public Timestamp Time { get; private set; }

    /// <summary>The Global part after the last executed entry.</summary>
    public GlobalSnapshot Snapshot { get; private set; }

    /// <summary>The state of other sites that this site has to take over; null while their logs reach back to its
    /// own.</summary>
    public WishedState? WantedState => _states.Wanted;

    /// <summary>Asked at every step of a replica, and another only after a batch.</summary>
    public Timestamp NextDeadline => _nextDeadline ??= EarliestDeadline();

    public InputStanding Judge(SiteInput input) => input switch
    {
        ClientRequest request => _requests.Judge(request),
        SiteMessage message => Links.Judge(message),
        NonceCommitments row => Ledger.Judge(row),
        AttestationRetry retry => Ledger.Judge(retry),
        BadShare bad => Ledger.Judge(bad),
        ReplicaReturns returns => Lives.Judge(returns, _rule.Last),
        InstallGlobalState install => IsWished(install) ? InputStanding.Consumable : InputStanding.Obsolete,
        _ => InputStanding.Obsolete,
    };

    public TimeSpan RidesFor(SiteInput input) => _precedence.RidesFor(input);

    public InputSource Source(SiteInput input) => InputPrecedence.Source(input);

    public ulong Rank(SiteInput input) => InputPrecedence.Rank(input);

    public ReplicaLife? LifeOf(int replica) => Lives[replica];

    /// <summary>The refusal of a query that was answered before; null if it was not. For a replica that has lost the
    /// answer in a restart: the query will not be executed again, and its client must not wait for ever.</summary>
    public ClientReply? RefusalOfAnswered(ClientRequest request) => _requests.RefusalOfAnswered(request);

    /// <summary>What the executed state already says about a request; null if it must be ordered to be
    /// answered.</summary>
    public ClientReply? AnswerAtOnce(ClientRequest request) => _requests.AnswerAtOnce(request);

    /// <summary>The state of other sites that a batch would take over now: of several the first one that is news.</summary>
    public ToldState? TakenOverBy(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        foreach (var input in batch.Inputs)
        {
            if (input is InstallGlobalState install && Judge(install) == InputStanding.Consumable)
            {
                return install.Wish.State;
            }
        }

        return null;
    }

    /// <summary>Executes one batch and gives what follows from it.</summary>
    /// <param name="state">The one that the batch takes over: see <see cref="TakenOverBy"/>.</param>
    public MachineOutputs Execute(SiteSequence sequence, Batch batch, FetchedState? state = null)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Invariant.Holds(sequence == Executed.Next, "M2");
        Invariant.Holds(batch.Time >= Time, "M3");
        _requests.OnTime(Time, batch.Time);
        (Executed, Time) = (sequence, batch.Time);
        var outputs = new MachineOutputs();
        _ordered.Clear();
        foreach (var cut in Links.OnTime(Time))
        {
            Ordering.OnLinkCut(Time, cut, _ordered);
        }

        if (TakenOverBy(batch) is { } told)
        {
            Invariant.Holds(state?.Target is ToldTarget to && to.Told == told, "T7");
            Install(told, state, outputs);
        }

        foreach (var input in batch.Inputs)
        {
            Execute(input, outputs);
        }

        OrderGlobally(outputs);
        _requests.AnswerQueries(Time, outputs);
        PutOut(sequence);
        if (_rule.IsDue(sequence, Time))
        {
            outputs.Checkpoint = TakeCheckpoint(sequence, outputs);
        }

        _nextDeadline = null;
        return outputs;
    }

    /// <summary>Only for the present wish: its replicas signed that they keep the state for as long as that lasts. For
    /// another one, or none, it may be that nobody has the state any more, and the site would wait for ever.</summary>
    private bool IsWished(InstallGlobalState install) =>
        install.Wish == WantedState && install.Wish.State.At > Ordering.Committed;

    private Timestamp EarliestDeadline()
    {
        var deadline = Timestamp.Earlier(Ordering.NextDeadline, Links.NextDeadline(Ledger.IsAble));
        deadline = Timestamp.Earlier(deadline, _requests.NextDeadline);
        deadline = Timestamp.Earlier(
            deadline, Time + (Lives.IsAwaited(_rule.Last) ? Limits.ReturnPace : DeadlineMax));

        // An acknowledgement may shorten a time-out so that it has passed already. The primary cannot have ordered
        // a batch for it before this one, and must not be blamed.
        return Timestamp.Later(deadline, Time + DeadlineMin);
    }

    private void Execute(SiteInput input, MachineOutputs outputs)
    {
        var refusal = input switch
        {
            ClientRequest request => _requests.Take(request, Time, outputs),
            SiteMessage message => Take(message, outputs),
            NonceCommitments row => Ledger.OnCommitments(row, Time),
            AttestationRetry retry => Ledger.OnRetry(retry, Time),
            BadShare bad => Ledger.OnBadShare(bad, Time),
            ReplicaReturns returns => Lives.OnReturn(returns, Executed, _rule.Last),
            InstallGlobalState install => install.Wish.State == outputs.Installed ? Rejection.None : Rejection.OldSequence,
            _ => Rejection.UnknownKind,
        };
        if (refusal != Rejection.None)
        {
            outputs.Skip(input, refusal);
        }
    }

    /// <summary>The Global part becomes another site's; what this site has promised stays. It is not an Accept.</summary>
    private void Install(ToldState told, FetchedState state, MachineOutputs outputs)
    {
        _global.Install(state.Global);
        Invariant.Holds(_global.Executed == told.At, "X4");
        Ordering.InstallState(_global.Executed, state.Beside, _global.GlobalTime);
        Tell(new(StatePlace.Of(_global.Executed), state.Global, null, state.Beside), outputs);

        // No entry of the log tells of them any more, and in this very batch a view may be installed.
        LearnLives();
        _requests.SettlePending(outputs);
        Ordering.ForwardAgain(_ordered);
        outputs.Installed = told;
    }

    private Rejection Take(SiteMessage message, MachineOutputs outputs)
    {
        var news = Links.Take(message);
        if (news.Refusal != Rejection.None)
        {
            return news.Refusal;
        }

        var from = message.From;
        if (news.IsCut)
        {
            OnNewLife(from);
        }

        if (news.Front is { } front)
        {
            Ordering.OnStatus(Time, from, front.Ordering, front.Credits, _ordered);
            _requests.Reads.OnStatus(from, front);
            _states.OnStatus(front);
        }

        foreach (var bytes in news.Bodies)
        {
            if (StreamBodies.Decode(bytes) is { } body)
            {
                Ordering.OnBody(Time, from, body, _ordered);
            }
            else
            {
                outputs.Refuse(from, Rejection.Malformed);
            }
        }

        return Rejection.None;
    }

    private void OrderGlobally(MachineOutputs outputs)
    {
        foreach (var link in Links.All)
        {
            Ordering.OnUnseen(link.Peer, link.UnseenSince);
            Ordering.OnLinkMeasured(link.Peer, link.Timeout, link.TimeoutUnderLoad);
        }

        Ordering.TrimmedUpTo = _states.Told.At;
        Ordering.OnTime(Time, _ordered);
        foreach (var filled in _ordered.Committed)
        {
            Execute(filled, outputs);
        }

        LearnLives();
        foreach (var word in _ordered.Words)
        {
            Links.Put(word.To, word.Body);
        }

        foreach (var refusal in _ordered.Refusals)
        {
            outputs.Refuse(refusal.From, refusal.Reason);
        }

        _states.Judge(Executed, Time, Ordering.BeyondRetention, Ordering.Committed);
        Ordering.ApplicationDeadline = _global.NextDeadline ?? Timestamp.Never;
        Snapshot = _global.Snapshot();
    }

    /// <summary>The executed order may tell new lives of sites.</summary>
    private void LearnLives()
    {
        for (var index = 0; index < _genesis.Sites.Count; index++)
        {
            var (site, life) = (new SiteId(index), _global.LifeOf(new(index)));
            if (life == Ordering.LifeOf(site))
            {
                continue;
            }

            Ordering.OnSiteLife(site, life, _ordered);
            if (site != _self && Links[site].OnPeerLife(life))
            {
                OnNewLife(site);
            }
        }
    }

    /// <summary>Another site begins a new life: what it said before, and what was said to it, is over.</summary>
    private void OnNewLife(SiteId site)
    {
        _requests.Reads.OnNewLife(site);
        Ordering.OnNewLife(Time, site, Links[site].PeerLife, _ordered);
    }

    private void Execute(FilledEntry filled, MachineOutputs outputs)
    {
        foreach (var result in _global.Execute(filled.Sequence, filled.Entry.Time, filled.Updates))
        {
            _requests.OnExecuted(result, outputs);
        }

        Ordering.OnExecuted(filled.Sequence);
        if (_states.IsDueAfter(filled))
        {
            Tell(
                new(StatePlace.Of(filled.Sequence), _global.Snapshot().Map, null, Ordering.ExecutedChain), outputs);
        }
    }

    private void Tell(KeptState state, MachineOutputs outputs)
    {
        _states.Tell(state, _global.Executed, _global.GlobalTime);
        outputs.Told.Add(state);
    }

    /// <summary>Gathers what goes out with this batch and has it signed. With too few replicas able to sign, all of it
    /// waits where it is: in outboxes, registers and owed receipts.</summary>
    private void PutOut(SiteSequence sequence)
    {
        Links.SetHeartbeat(Ordering.LeadingHeartbeat);
        foreach (var link in Links.All)
        {
            Links.SetFront(link.Peer, new(
                Ordering.Status,
                Ordering.CreditsFor(link.Peer),
                _requests.Reads.Number,
                EchoFor(link),
                _states.Told.At,
                _states.Told.Digest));
        }

        if (!Ledger.IsAble)
        {
            return;
        }

        var leaves = new List<Bytes>();
        Links.FinishBatch(sequence, leaves);
        _requests.PutOutReceipts(leaves);
        if (leaves.Count == 0)
        {
            return;
        }

        var tree = Leaves.Add(sequence, leaves);
        var statement = new SiteStatement(
            _self, _genesis[_self].Life, SiteStatement.FirstKeyEpoch, sequence, (uint)leaves.Count, tree.Root);
        Invariant.Holds(Ledger.Assign(statement, Time), "M4");
    }

    /// <summary>A site that has left its view may hold less of it than it has accepted, and what it accepted may be
    /// committed: then it echoes no reads, not even one that it has echoed before. The register that said so may never have
    /// come, and this one tells another end. Neither does one that takes no part.</summary>
    private ulong EchoFor(Link link) =>
        Ordering.IsOfView && Ordering.TakesPart ? _requests.Reads.EchoFor(link.Peer) : 0;

    private StateSnapshot TakeCheckpoint(SiteSequence sequence, MachineOutputs outputs)
    {
        _rule = new(sequence, Time);
        _checkpoints.Add(sequence);
        if (_checkpoints.Count > CheckpointsKept)
        {
            var below = _checkpoints[0];
            _checkpoints.RemoveAt(0);
            Ledger.Retire(below);
            Leaves.Retire(below);
            Links.Requeue(below);
            outputs.RetiredBelow = below;
        }

        Save();
        return new(Snapshot.Map, _site.Snapshot());
    }

    private void Save()
    {
        Ordering.Save(_site);
        Links.Save(_site);
        Ledger.Save(_site);
        Lives.Save(_site);
        Leaves.Save(_site);
        var writer = new WireWriter();
        writer.Sequence(Executed);
        writer.Time(Time);
        writer.Sequence(_rule.Last);
        writer.Time(_rule.LastTime);
        _states.Save(writer);
        writer.Count(_checkpoints.Count);
        foreach (var checkpoint in _checkpoints)
        {
            writer.Sequence(checkpoint);
        }

        _requests.Save(writer);
        _site.Set(MachineKey, writer.ToBytes());
    }

    private void Load()
    {
        Links.Load(_site);
        Ledger.Load(_site);
        Lives.Load(_site);
        Leaves.Load(_site);
        Invariant.Holds(_site.TryGet(MachineKey, out var bytes), "M1");
        var reader = new WireReader(bytes.Span);
        (Executed, Time) = (reader.SiteSequence(), reader.Time());
        _rule = new(reader.SiteSequence(), reader.Time());
        _states.Load(ref reader);
        for (var left = reader.Count(CheckpointsKept); left > 0; left--)
        {
            _checkpoints.Add(reader.SiteSequence());
        }

        _requests.Load(ref reader);
        Invariant.Holds(reader.Finished, "M1");
    }

    private static Bytes MachineKey { get; } = Bytes.FromText("machine");
}
