using Holdfast.Node;
using Holdfast.Node.Storage;
using Holdfast.Simulation.Adversaries;
using Holdfast.Simulation.Checkers;
using Holdfast.Simulation.Clients;

namespace Holdfast.Simulation;

/// <summary>One machine with one replica: the pump, the journal and the gate of production, on a virtual disk, clock
/// and network. It can lose power at any moment and start again.</summary>
internal sealed class VirtualReplica : IReplicaNetwork
{
    private const int InboxMax = 50_000;
    private const long StartAgainAfter = 300_000;

    // Microseconds that it takes to look at a client's frame and to answer from the published state.
    private const long LookCost = 20;
    private static readonly JournalOptions Layout =
        new() { SegmentBytes = 1 << 18, Salt = () => 0 };
    private static readonly TimeSpan SaveTakes = TimeSpan.FromMilliseconds(30);
    private static readonly SavePolicy Saving = new(TimeSpan.FromSeconds(1), 1 << 16);

    private readonly Surroundings _world;
    private readonly Dice _dice;
    private Gate _gate;
    private readonly Queue<(int From, Bytes Frame, Input? Admitted)> _inbox = new();
    private readonly List<Input> _inputs = [];
    private readonly List<Bytes> _words = [];
    private readonly VirtualDisk _evidenceDisk = new();
    private VirtualDisk _disk = new();
    private VirtualStateStore _store;
    private readonly List<(int To, Bytes Frame)> _sent = [];
    private readonly Func<VirtualReplica, IReplicaNetwork>? _corrupt;
    private VirtualClientPort? _clients;
    private VirtualClock _clock;
    private Pump? _pump;
    private Action<Bytes>? _hears;
    private Func<bool> _owesFlush = () => false;
    private GlobalSequence _shown;
    private long _planned = long.MaxValue;
    private long _busyUntil;
    private long _frozenUntil;
    private int _life;
    private int _executed;
    private StatePlace? _fetching;
    private bool _isAway;
    private bool _isOver;
    private bool _isInTurn;
    private bool _isVoting;
    private int? _answering;

    public VirtualReplica(
        Surroundings world,
        ReplicaId id,
        Dice dice,
        VirtualStateStore store,
        Func<VirtualReplica, IReplicaNetwork>? corrupt)
    {
        (_world, Id, _dice, _store, _corrupt) = (world, id, dice, store, corrupt);
        Genesis = world.Keys.Genesis;
        _gate = new Gate(Genesis, id, world.Keys.VerifierOf(id));
        _clock = new VirtualClock(world.Time, dice, world.Skew);
        Place = world.Places.Of(id);
        if (IsFaulty)
        {
            world.Judge.Framed.MayLie(id);
        }
    }

    public ReplicaId Id { get; }

    /// <summary>The system as its operator has written it down for this replica.</summary>
    public Genesis Genesis { get; private set; }

    /// <summary>Its place in the network.</summary>
    public int Place { get; }

    /// <summary>True if it may lie; then nothing that it says or does is evidence against the system.</summary>
    public bool IsFaulty => _corrupt is not null;

    /// <summary>Its disk lies, so it is worth a power cut.</summary>
    public bool HasRottenDisk { get; private set; }

    public bool IsRunning => _pump is not null;

    public Pump? Pump => _pump;

    /// <summary>How often it was started.</summary>
    public int Lives => _life;

    /// <summary>How often it found a stored state when it was started.</summary>
    public int LivesFromState { get; private set; }

    /// <summary>How often it took its state from others.</summary>
    public int Transfers { get; private set; }

    /// <summary>How often it fetched the state of other sites.</summary>
    public int FromOtherSites { get; private set; }

    /// <summary>Of the longest state that it fetched, or of what it had of it after a turn.</summary>
    public long FetchedBytes { get; private set; }

    /// <summary>Told when it goes on from a state that it fetched.</summary>
    public Action? TookState { get; set; }

    /// <summary>Told when it may vote in a later life of its disk.</summary>
    public Action? VotesAgain { get; set; }

    public void StartUnlessRunning()
    {
        if (!IsRunning && !_isAway && !_isOver)
        {
            Start();
        }
    }

    /// <summary>Crashes, and does not start before <see cref="ComeBack"/>.</summary>
    public void StayAway()
    {
        _isAway = true;
        Crash();
    }

    /// <summary>What its disk holds now; power fails for that.</summary>
    public DiskCopy CopyDisk()
    {
        Crash();
        return new(_disk.Copy(), _store.Copy(), _world.Judge.Silent.WordsOf(Id));
    }

    /// <summary>While it is away its disk becomes another: an empty one, or an old copy.</summary>
    public void Exchange(DiskCopy other)
    {
        StayAway();
        _world.Trace($"{Id} gets {(other.Words == 0 ? "an empty disk" : "an old copy of its disk")}");
        (_disk, _store) = (other.Disk, other.Store);
        _world.Judge.Losses.Exchanged(Id);
        if (_world.Judge.Silent.WordsOf(Id) > other.Words)
        {
            _world.Judge.Lost(Id);
        }
    }

    /// <summary>The life of its whole site is over, and with it all that is on its disk.</summary>
    public void EndSiteLife()
    {
        _isOver = true;
        Crash();
        (_disk, _store) = (new(), new());
    }

    /// <summary>The operator's drill: it starts with an empty disk, in its site's next life.</summary>
    public void Rejoin(Genesis genesis)
    {
        (Genesis, _gate) = (genesis, new Gate(genesis, Id, _world.Keys.VerifierOf(Id)));
        (_isOver, _shown) = (false, default);
        StartUnlessRunning();
    }

    public void ComeBack()
    {
        _isAway = false;
        StartUnlessRunning();
    }

    private void Start()
    {
        _life++;
        var life = _life;
        LivesFromState += _store.Load() is null ? 0 : 1;
        _clock = new VirtualClock(_world.Time, _dice, _world.Skew);
        var application = new Registers((context, operation) => Executed(life, context, operation), _world.HasLargeValues);
        var settings = new ReplicaSettings(
            Genesis, Id, _world.Keys.VerifierOf(Id), _world.Keys.ShareVerifier, application)
        {
            Retention = _world.Retention,
        };
        var journal = new Journal(_disk, Layout with { RetainedBytes = _world.RetainedBytes, Salt = _dice.Next });
        _owesFlush = () => journal.OwesFlush;
        var road = _corrupt?.Invoke(this) ?? this;
        _hears = road is Adversary adversary ? adversary.Hears : null;
        HasRottenDisk = road is RottenDisk;
        var admission = new Admission();
        _clients = new VirtualClientPort(_world, Id, _gate, admission, road);
        var shares = _world.Keys.SharesOf(Id, _dice.Fork(), IsFaulty ? null : _world.Judge.Used);
        var ports = new PumpPorts(
            journal,
            _store,
            road,
            _world.Keys.SignerOf(Id),
            (road as Adversary)?.Around(shares) ?? shares,
            new WatchedEvidence(new EvidenceStore(_evidenceDisk), Id, Genesis, _world.Keys, _world.Judge),
            note => _world.Trace($"{Id} notes: {note}"))
        {
            Beside = Beside,
            OnSettled = settled => admission.Settle(settled.Reply, settled.WasOrdered, _clock.Now),
        };
        (_busyUntil, _frozenUntil, _isVoting) = (_world.Time.Now, _world.Time.Now, false);
        _world.Trace($"{Id} starts, life {life}");
        try
        {
            _pump = new Pump(settings, ports, Saving, _clock.Now, _clock.WallClock, new(_dice.Bytes(Digest.Size).Span));
        }
        catch (StorageException) when (_disk.HasFailed)
        {
            // Power fails again while the journal is read: as often as it likes.
            _disk.Crash(_dice);
            _world.Time.After(StartAgainAfter, StartUnlessRunning);
            return;
        }
        catch (Exception damage) when (IsFaulty && damage is (StorageException or InvariantBrokenException))
        {
            // What is on its disk contradicts itself: it stays down, which a faulty replica may.
            _world.Trace($"{Id} cannot start: {damage.Message}");
            return;
        }

        Listen(Receive);
        PlanTurn();
    }

    /// <summary>Power fails: memory is gone, and on the disk is what was flushed and some of the rest.</summary>
    public void Crash()
    {
        if (_pump is null)
        {
            return;
        }

        _world.Trace($"{Id} crashes");
        Listen(null);
        (_pump, _planned) = (null, long.MaxValue);
        _inbox.Clear();
        _sent.Clear();
        _disk.Crash(_dice);
        if (HasRottenDisk)
        {
            _disk.Rot(_dice);
        }
    }

    private void Listen(Action<int, Bytes>? receiver)
    {
        if (_world.HasHangUps)
        {
            _world.Network.ListenAudibly(Place, receiver, receiver is null ? null : OnRoad);
        }
        else
        {
            _world.Network.Listen(Place, receiver);
        }
    }

    private void OnRoad(int place, bool isConnected)
    {
        if (_world.Places.ReplicaAt(place) is { } replica)
        {
            Input news = isConnected ? new Input.Connected(replica) : new Input.Disconnected(replica);
            _inbox.Enqueue((place, Bytes.Empty, news));
            PlanTurn();
        }
    }

    /// <summary>Power will fail within one of the next turns: before its flush is through, or right after it.</summary>
    public void CrashSoon() => _disk.FailAtFlush(_dice.Below(4), isWritten: _dice.OneIn(2));

    /// <summary>No power cut that was planned comes any more, and it runs.</summary>
    public void Heal()
    {
        _disk.Spare();
        ComeBack();
    }

    /// <summary>The machine stops as it is and goes on later, as a virtual machine or a stopped process does.</summary>
    /// <param name="isClockStopped">Its clock stands still for as long, and nothing tells it so.</param>
    public void Freeze(long microseconds, bool isClockStopped)
    {
        if (_pump is null)
        {
            return;
        }

        _world.Trace($"{Id} freezes for {microseconds / 1_000} ms{(isClockStopped ? ", and so does its clock" : "")}");
        var (from, until) = (Math.Max(_frozenUntil, _world.Time.Now), _world.Time.Now + microseconds);
        _frozenUntil = Math.Max(from, until);
        _busyUntil = Math.Max(_busyUntil, _frozenUntil);
        if (isClockStopped)
        {
            _clock.StoodStill(_frozenUntil - from);
        }

        _planned = long.MaxValue;
        PlanTurn();
    }

    public void ToPeer(int replica, Bytes frame)
    {
        if (!IsFaulty)
        {
            _world.Judge.Sent(Id, frame, _pump!.IsVoting);
        }

        Leave(_world.Places.Of(new ReplicaId(Id.Site, replica)), frame);
    }

    public void ToSite(ReplicaId receiver, Bytes frame) => Leave(_world.Places.Of(receiver), frame);

    public void Depart()
    {
        // Each frame has its own time of arrival here.
    }

    public void ToClient(Bytes client, Bytes frame)
    {
        // A program is answered where it asks; what was ordered is told to all that have its key.
        if (_answering is { } asking)
        {
            Leave(asking, frame);
            return;
        }

        foreach (var place in _world.Places.AllOf(client))
        {
            Leave(place, frame);
        }
    }

    /// <summary>For what an adversary holds back: it leaves after a while, unless power failed in between.</summary>
    public void Later(TimeSpan delay, Action deed)
    {
        var life = _life;
        _world.Time.After((long)delay.TotalMicroseconds, () =>
        {
            if (life == _life && IsRunning)
            {
                deed();
            }
        });
    }

    /// <summary>Who waits for a deed finds it over: a turn takes no time of itself here.</summary>
    private Action Beside(Action deed)
    {
        var isOver = false;
        Later(SaveTakes, Do);
        return Do;

        void Do()
        {
            if (!isOver)
            {
                isOver = true;
                deed();
            }
        }
    }

    private void Leave(int to, Bytes frame)
    {
        if (_isInTurn)
        {
            PersistBeforeSend.Sent(Id, _owesFlush());
            _sent.Add((to, frame));
        }
        else
        {
            // A client is greeted and its local queries are answered beside the turns, from what they have shown; what
            // an adversary held back leaves beside them too.
            _world.Network.Send(Place, to, frame, _world.Time.Now + LookCost);
        }
    }

    private void Receive(int from, Bytes frame)
    {
        if (_world.Time.Now < _frozenUntil)
        {
            var life = _life;
            _world.Time.At(_frozenUntil, () => ReceiveIn(life, from, frame));
            return;
        }

        if (_world.Places.ReplicaAt(from) is null
            && _clients!.RestOf(_world.Places.ClientAt(from), _clock.Now) is { Ticks: > 0 } rest)
        {
            Later(rest, () => Receive(from, frame));
            return;
        }

        // Peers' frames are looked at within the turn; what a client sends is checked, and often answered, at once.
        _answering = from;
        var admitted = _world.Places.ReplicaAt(from) is null
            ? _clients!.Take(_world.Places.ClientAt(from), frame, _pump!, _clock.Now)
            : null;
        _answering = null;
        if (_world.Places.ReplicaAt(from) is null)
        {
            _busyUntil = Math.Max(_busyUntil, _world.Time.Now)
                + (admitted is null ? _world.Costs.TurnedAway : _world.Costs.LetIn);
        }

        var isForTurn = admitted is not null || _world.Places.ReplicaAt(from) is not null;
        if (isForTurn && _inbox.Count < InboxMax)
        {
            _inbox.Enqueue((from, frame, admitted));
        }

        PlanTurn();
    }

    private void ReceiveIn(int life, int from, Bytes frame)
    {
        if (life == _life && IsRunning)
        {
            Receive(from, frame);
        }
    }

    private void PlanTurn()
    {
        if (_pump is not { } pump)
        {
            return;
        }

        var wake = _inbox.Count > 0 || pump.NextWake == default ? _world.Time.Now : WakeTime(pump.NextWake);
        wake = Math.Max(wake, _busyUntil);
        if (wake < _planned)
        {
            _planned = wake;
            var life = _life;
            _world.Time.At(wake, () => RunPlanned(wake, life));
        }
    }

    private long WakeTime(Instant instant) =>
        instant == Instant.Never ? long.MaxValue : Math.Max(_clock.WorldTime(instant), _world.Time.Now);

    private void RunPlanned(long wake, int life)
    {
        // What was planned later and runs earlier makes this plan void.
        if (life == _life && wake == _planned && _pump is not null)
        {
            _planned = long.MaxValue;
            RunTurn(_pump);
            PlanTurn();
        }
    }

    private void RunTurn(Pump pump)
    {
        _inputs.Clear();
        _words.Clear();
        while (_inputs.Count < Pump.InputsPerTurn && _inbox.TryDequeue(out var arrival))
        {
            Admit(pump, arrival.From, arrival.Frame, arrival.Admitted);
        }

        _world.Judge.Rest.Turned(Id, _world.Time.Now, _inputs.Count);
        var flushes = pump.Counters.Flushes;
        _isInTurn = true;
        pump.Turn(_clock.Now, _inputs);
        _isInTurn = false;
        if (_disk.HasFailed)
        {
            // Nobody knows when a failing flush comes: whoever planned it may have looked after this replica already.
            Crash();
            _world.Time.After(StartAgainAfter, StartUnlessRunning);
            return;
        }

        if (pump.Failure is { } failure && !IsFaulty)
        {
            throw new CheckFailedException(
                failure is InvariantBrokenException broken ? broken.Name : failure.GetType().Name,
                $"{Id} stopped: {failure}");
        }

        if (!IsFaulty)
        {
            _words.ForEach(word => _world.Judge.Shown.Took(Id, _life, word));
        }

        var cost = 30 + (5 * _inputs.Count) + (150 * (pump.Counters.Flushes - flushes))
            + (_world.Costs.Update * _executed);
        _executed = 0;
        _busyUntil = _world.Time.Now + cost;
        foreach (var (to, frame) in _sent)
        {
            _world.Network.Send(Place, to, frame, _busyUntil);
        }

        _sent.Clear();
        ShowState(pump);
    }

    private void Admit(Pump pump, int from, Bytes frame, Input? admitted)
    {
        var (input, refusal) = (admitted, Rejection.None);
        if (input is null && _world.Places.ReplicaAt(from) is { } sender)
        {
            refusal = sender.Site == Id.Site
                ? _gate.AdmitFromPeer(sender.Index, frame.Span, out input)
                : _gate.AdmitFromSite(sender, frame.Span, out input);
        }

        if (input is not null)
        {
            _inputs.Add(input);
            if (input is Input.Heard)
            {
                _words.Add(frame);
                _hears?.Invoke(frame);
            }
        }
        else
        {
            pump.Counters.Refused(refusal);
            _world.Trace($"{Id} refuses a frame from {_world.Places.NameOf(from)}: {refusal}");
        }
    }

    private void Executed(int life, OperationContext context, Bytes operation)
    {
        _executed++;
        if (!IsFaulty)
        {
            _world.Judge.Executed(Id, life, context, operation);
        }
    }

    private void ShowState(Pump pump)
    {
        var transfer = pump.Transfer;
        Transfers += _fetching is { Scope: StateScope.Site } && transfer is null ? 1 : 0;
        FromOtherSites += _fetching is { Scope: StateScope.Global } && transfer is null ? 1 : 0;
        var fetched = transfer is null ? _fetching : null;
        (_fetching, FetchedBytes) = (transfer?.Target, Math.Max(FetchedBytes, transfer?.Bytes ?? 0));
        if (fetched is { } place && IsBehind(place, pump))
        {
            TookState?.Invoke();
        }

        if (pump.IsVoting && !_isVoting && pump.Status.Life > 0)
        {
            VotesAgain?.Invoke();
        }

        _isVoting = pump.IsVoting;
        if (!IsFaulty && !pump.IsVoting)
        {
            _world.Judge.Losses.Shown(Id, pump.Status.Life);
        }

        var snapshot = pump.Published.Snapshot;
        if (!IsFaulty && snapshot.Executed > _shown)
        {
            _shown = snapshot.Executed;
            _world.Judge.States.Global(Id, _shown, snapshot.Digest);
        }
    }

    /// <summary>What was fetched is part of what is executed; else it was given up, or its replica died.</summary>
    private static bool IsBehind(StatePlace place, Pump pump) => place.Number <= (place.Scope == StateScope.Site
        ? pump.Status.Executed.Number
        : pump.Status.GlobalExecuted.Number);
}
