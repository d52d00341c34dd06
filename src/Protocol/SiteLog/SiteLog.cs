using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>The order of inputs in a site: PBFT (Castro and Liskov, OSDI '99; Castro's thesis, 2001) among n = 3f + 1
/// replicas, n = 1 included. A replica's own words count only when they come back from its disk.</summary>
/// <remarks>The state tables stand where the states are: a place of the order in <see cref="SiteAgreement"/>, a view in
/// <see cref="SiteViewChanges"/>.</remarks>
public sealed class SiteLog
{
    /// <summary>A replica that did nothing for so long has slept: its timers start anew instead of firing.</summary>
    private static readonly TimeSpan SleepAtLeast = TimeSpan.FromSeconds(2);

    private readonly SiteLogState _state;
    private readonly InputPool _pool;
    private readonly InputWatch _watch;
    private readonly SiteSuspicion _suspicion;
    private readonly SiteAgreement _agreement;
    private readonly CheckpointCollector _checkpoints;
    private readonly SiteViewChanges _viewChanges;
    private readonly SiteProposer _proposer;
    private readonly StatusExchange _exchange;
    private Instant _lastStep;

    /// <param name="roads">Asked at every tick whether the primary's connection has ended.</param>
    public SiteLog(
        Genesis genesis,
        ReplicaId self,
        IOrderedMachine machine,
        BrokenRoads roads,
        Instant now,
        Timestamp wallClock)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        ArgumentNullException.ThrowIfNull(machine);
        _state = new(genesis, self, machine, roads, now, wallClock);
        _pool = new(machine);
        _watch = new(_state, _pool, now);
        _suspicion = new(_state, now);
        _agreement = new(_state);
        _checkpoints = new(_state);
        _viewChanges = new(_state, _suspicion);
        _proposer = new(_state, _agreement, _pool);
        _exchange = new(_state, _viewChanges, _suspicion, _checkpoints);
        _lastStep = now;
        NextWake = Wake(now);
    }

    public SiteView View => _state.View;

    public int Primary => _state.Primary;

    /// <summary>False while the view's NewView is awaited.</summary>
    public bool IsInstalled => _state.IsInstalled;

    /// <summary>What the disk knew of the own words at the start.</summary>
    internal DiskWords DiskWords { get; private set; } = DiskWords.None;

    /// <summary>False while this replica says nothing but requests.</summary>
    public bool IsVoting => _state.IsVoting;

    /// <summary>While it is set no state is offered to be stored, so the journal stays whole.</summary>
    public bool KeepsJournal
    {
        get => _state.KeepsJournal;
        set => _state.KeepsJournal = value;
    }

    /// <summary>This batch took over the state of other sites, which lies in the journal and nowhere else. A state from before
    /// it, though it becomes stable only now, would cut that off when it is stored, and the batch could not be executed
    /// again.</summary>
    public void OnTakenOver(SiteSequence sequence) => _state.StoresFrom = sequence;

    /// <summary>The last place that this replica's machine has executed.</summary>
    public SiteSequence Executed => _state.Executed;

    /// <summary>The last checkpoint with a quorum's signatures; it may be ahead of <see cref="Executed"/>.</summary>
    public SiteSequence Stable => _state.Stable;

    public StableCheckpoint StableProof => _state.StableProof;

    /// <summary>The newest stable checkpoint whose state is here; null before the first.</summary>
    public StableState? StableState => _state.StableState;

    /// <summary>How long an input may wait before this replica complains.</summary>
    public TimeSpan Bound => _suspicion.Bound;

    /// <summary>Inputs that are held until the machine has consumed them.</summary>
    public int Pooled => _pool.Count;

    /// <summary>Places that this replica holds something about, bounded.</summary>
    public int PlacesHeld => _state.Slots.Count;

    /// <summary>What the bodies at these places take, bounded.</summary>
    public long BodyBytesHeld => _state.BodyBytesAbove(default);

    /// <summary>It knows where its peers stand, and stands there too.</summary>
    public bool IsCaughtUp => _exchange.IsCaughtUp;

    /// <summary>Peers cannot tell any more what this replica lacks: it needs a state transfer.</summary>
    public bool IsBeyondRetention => _exchange.IsBeyondRetention;

    /// <summary>The checkpoint whose state this replica has to fetch, because no log reaches it; else null.</summary>
    public StableCheckpoint? WantedState => IsBeyondRetention && Stable > Executed ? StableProof : null;

    /// <summary>When this log wants to be ticked again at the latest.</summary>
    public Instant NextWake { get; private set; }

    public Timestamp ReferenceClock(Instant now) => _state.Clock.At(now);

    /// <summary>A word of a replica of the site, admitted by the gate: its signature, the certificates inside
    /// (<see cref="SiteWords.IsProven"/>) and the proofs of the inputs in a batch are verified.</summary>
    public void OnHeard(Instant now, Said said, Effects effects)
    {
        ArgumentNullException.ThrowIfNull(said);
        ArgumentNullException.ThrowIfNull(effects);
        WakeUp(now);
        if (said.Replica < 0 || said.Replica >= _state.Size.Replicas)
        {
            effects.Reject(said.Replica, Rejection.UnknownSender);
            return;
        }

        if (_state.IsOfEarlierLife(said))
        {
            effects.Reject(said.Replica, Rejection.OldLife);
        }
        else
        {
            Record(now, said, effects);
        }

        Conclude(now, effects);
    }

    /// <summary>An input for the order, its proof verified: from a client or another site, or from a peer.</summary>
    public void OnOffered(Instant now, SiteInput input, bool fromPeer, Effects effects)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(effects);
        WakeUp(now);
        _watch.Take(now, input, fromPeer, _suspicion.Bound, effects);
        Conclude(now, effects);
    }

    public void OnTick(Instant now, Effects effects)
    {
        ArgumentNullException.ThrowIfNull(effects);
        WakeUp(now);
        _agreement.ConcludeHeld(now, effects);
        if (_state.Size.Replicas > 1)
        {
            var isSlow = _viewChanges.WaitingSince is { } since && now >= since + _suspicion.Patience;
            var isOverdue = _watch.HasOverdue(now, _suspicion.Patience, effects);
            if (_state.IsVoting)
            {
                _suspicion.Set(isLate: _state.IsInstalled ? isOverdue : isSlow, now, effects);
            }
        }

        Conclude(now, effects);
        if (now >= _exchange.NextSay)
        {
            _exchange.Say(now, effects);
            NextWake = Wake(now);
        }
    }

    /// <summary>The next committed batch in order. It is the next one until <see cref="OnExecuted"/> says so.</summary>
    public bool TryTakeOrdered(out SiteSequence sequence, out Batch batch)
    {
        sequence = _state.Executed.Next;
        if (_state.Find(sequence) is { IsCommitted: true, Decided: { } digest } slot)
        {
            // Agreed time never goes back, whatever a chain of view changes has put here.
            batch = slot.Body(digest)!;
            batch = batch.Time < _state.Machine.Time ? new(_state.Machine.Time, batch.Inputs) : batch;
            return true;
        }

        batch = Batch.Null;
        return false;
    }

    /// <summary>The machine has executed what was taken last.</summary>
    /// <param name="checkpointDigest">Of the machine's state, if it said that a checkpoint is due here.</param>
    /// <param name="snapshot">That state, to be stored once a quorum has the same.</param>
    public void OnExecuted(
        Instant now, SiteSequence sequence, Digest? checkpointDigest, StateSnapshot? snapshot, Effects effects)
    {
        ArgumentNullException.ThrowIfNull(effects);
        Invariant.Holds(sequence == _state.Executed.Next, "S4");
        Invariant.Holds(TryTakeOrdered(out _, out var batch), "S4");
        _state.Executed = sequence;
        _state.NoteTime(now, sequence);
        _pool.OnExecuted(batch);
        if (checkpointDigest is { } digest)
        {
            _checkpoints.OnTaken(sequence, digest, snapshot, effects);
        }

        _state.CollectGarbage();
        Conclude(now, effects);
    }

    /// <summary>The state at a stable checkpoint ahead has come from peers, and this machine was made from it: the log
    /// goes on after it. What was promised stays in force.</summary>
    public void StartAt(Instant now, StableState installed, IOrderedMachine machine, Effects effects)
    {
        ArgumentNullException.ThrowIfNull(installed);
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(effects);
        Invariant.Holds(installed.Sequence > _state.Executed && installed.Sequence <= _state.Stable, "T2");
        _state.Machine = machine;
        _state.Executed = installed.Sequence;
        _state.Clock.NotBefore(now, machine.Time);
        _state.Forget(installed.Sequence);
        _pool.StartAt(machine, now, _suspicion.Bound / 2);
        _exchange.OnInstalled();
        _checkpoints.OnInstalled(installed, effects);
        _state.CollectGarbage();
        _agreement.ConcludeAll(now, installed.Sequence, effects);
        Conclude(now, effects);
    }

    /// <summary>The newest stable state is stored all the same while the journal is kept.</summary>
    public void StoreStable(Effects effects)
    {
        ArgumentNullException.ThrowIfNull(effects);
        if (StableState is { } stable)
        {
            effects.Add(new Effect.SaveState(stable.Sequence, stable.Proof.Encode(), stable.State));
        }
    }

    /// <summary>The host has cut its journal: batches up to here are kept no more, and peers that lack them are told so
    /// instead of being kept waiting.</summary>
    public void OnJournalCut(SiteSequence upTo) => _state.Forget(upTo);

    /// <summary>After a start: the records of the journal, in order, on top of the state that the machine was loaded
    /// with.
    /// What was promised is in force again, and said again.</summary>
    /// <param name="stored">The place of the loaded state; 0 for the genesis.</param>
    /// <param name="proof">The proof that was stored with it.</param>
    public void Recover(
        Instant now, SiteSequence stored, Bytes proof, IEnumerable<JournalRecord> records, Effects effects)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(effects);
        _state.Clock.NotBefore(now, _state.Machine.Time);
        var kept = records.ToArray();
        if (kept.Length > 0)
        {
            _suspicion.OnRestarted();
        }

        var recovery = new SiteLogRecovery(_state, _agreement);
        recovery.Load(stored, proof, kept);
        DiskWords = recovery.Words;
        var lastOffered = recovery.SayAgain(now, effects);
        _proposer.OnInstalled(lastOffered);
        Conclude(now, effects);
    }

    /// <summary>From now on this replica says nothing but requests: what it has promised may be more than it
    /// knows.</summary>
    public void FallSilent() => _state.IsVoting = false;

    /// <summary>It has promised more than it knows: what it knows of it is of no use.</summary>
    public void ForgetPromises()
    {
        FallSilent();
        _agreement.EnterView();
        _state.ForgetPromises();
    }

    /// <summary>All that this replica has promised is known to it, or cannot matter any more: it votes.</summary>
    public void BeginVoting(Instant now, Effects effects)
    {
        ArgumentNullException.ThrowIfNull(effects);
        _state.IsVoting = true;
        if (_state.Machine.LifeOf(_state.Self) is not null)
        {
            _suspicion.OnRestarted();

            // The view was followed before the disk said that the lost life is over, and a start forgets what stands before
            // that: without it the replica would wake in an older view, and vote in this one a second time.
            if (_state.ViewProof is { } proof)
            {
                effects.Persist(SiteRecords.View(_state.Stable.Next, proof));
            }
        }

        _watch.Restart(now, _suspicion.Bound);
        _checkpoints.SayWaiting(effects);
        _agreement.ConcludeAll(now, default, effects);
        Conclude(now, effects);
    }

    /// <summary>The newest signed words of a replica that this one holds.</summary>
    public IEnumerable<Said> WordsOf(int replica) =>
        new[] { _state.VoteOf(replica), _checkpoints.NewestOf(replica), _viewChanges.WordOf(replica) }
            .OfType<Said>();

    private bool IsPending =>
        !_state.IsInstalled
        || _pool.Count > 0
        || _checkpoints.IsWaiting
        || _agreement.IsBusy;

    private void Record(Instant now, Said said, Effects effects)
    {
        switch (said.Word)
        {
            case PrePrepare:
                _agreement.OnPrePrepare(now, said, effects);
                break;
            case Prepare:
                _agreement.OnPrepare(now, said, effects);
                break;
            case Commit:
                _agreement.OnCommit(now, said, effects);
                break;
            case Checkpoint:
                _checkpoints.OnCheckpoint(said, effects);
                break;
            case ViewChange:
                _viewChanges.OnViewChange(now, said, effects);
                break;
            case NewView when _viewChanges.OnNewView(said, effects) is { } view:
                Install(now, view, effects);
                break;
            case NewView:
                break;
            case Complain:
                _suspicion.OnComplain(said, effects);
                break;
            case Status status:
                _exchange.OnStatus(now, said.Replica, status, effects);
                break;
            case CommittedBatch:
                _agreement.OnBody(now, said, effects);
                break;
            case CommittedDigests digests:
                _exchange.OnDigests(said, effects);
                _agreement.ConcludeAll(now, digests.First, effects);
                break;
            case HandOn handed:
                _watch.Take(now, handed.Input, fromPeer: true, _suspicion.Bound, effects);
                break;
            default:
                effects.Reject(said.Replica, Rejection.UnknownKind);
                break;
        }
    }

    /// <summary>Draws what follows from all the facts so far for the view and for the next batch.</summary>
    private void Conclude(Instant now, Effects effects)
    {
        _agreement.BehindMax = _suspicion.Patience;
        if (_state.Size.Replicas > 1 && _state.IsVoting)
        {
            while (_viewChanges.Wanted() is { } view)
            {
                _suspicion.OnViewLeft(now);
                _agreement.EnterView();
                _viewChanges.Start(now, view, effects);
                _watch.Restart(now, _suspicion.Bound);
            }

            _viewChanges.Announce(effects);
        }

        _proposer.Propose(now, effects);
        _exchange.OnStepped(now, IsPending);
        NextWake = Wake(now);
    }

    private void Install(Instant now, NewView view, Effects effects)
    {
        if (view.View > _state.View)
        {
            _suspicion.OnViewLeft(now);
            _agreement.EnterView();
            _state.View = view.View;
        }

        _state.IsInstalled = true;
        _state.Choice = NewViewChoice.Of(view);
        _checkpoints.Adopt(_state.Choice.Stable, effects);
        _suspicion.OnViewEntered(now);
        _watch.Restart(now, _suspicion.Bound);
        _proposer.OnInstalled(_state.Choice.Last);
        _agreement.OnInstalled(now, effects);
        _watch.HandToNewPrimary(now, effects);
    }

    private void WakeUp(Instant now)
    {
        if (now - _lastStep > SleepAtLeast)
        {
            _watch.Restart(now, _suspicion.Bound);
            _viewChanges.RestartWaiting(now);
        }

        _suspicion.OnStep(now, due: NextWake > _lastStep ? NextWake : _lastStep);
        _lastStep = now;
    }

    private Instant Wake(Instant now)
    {
        var wake = Instant.Earlier(_exchange.NextSay, now + TimeSpan.FromSeconds(1));
        if (_state.Size.Replicas > 1)
        {
            wake = Instant.Earlier(wake, _pool.NextLook);
            wake = _state.IsVoting ? Instant.Earlier(wake, _watch.DeadlineOverdueAt(now, _suspicion.Patience)) : wake;
            wake = _viewChanges.WaitingSince is { } since ? Instant.Earlier(wake, since + _suspicion.Patience) : wake;
            wake = _agreement.HasHeld ? Instant.Earlier(wake, now + TimeSpan.FromMilliseconds(5)) : wake;
        }

        if (_state.IsPrimary && _state.IsInstalled && _state.IsVoting)
        {
            wake = Instant.Earlier(wake, _watch.PassesAt(now, _state.Machine.NextDeadline));
            wake = Instant.Earlier(wake, _proposer.RidingDue);
            wake = _pool.Waiting > 0 ? Instant.Earlier(wake, _proposer.SecondDue()) : wake;
        }

        if (wake > now)
        {
            return wake;
        }

        // Something that is due already and could not be done is tried again after a moment, not at once; and inputs
        // that come in quick succession do not put that moment off.
        var moment = now + TimeSpan.FromMilliseconds(1);
        return NextWake > now ? Instant.Earlier(NextWake, moment) : moment;
    }
}
