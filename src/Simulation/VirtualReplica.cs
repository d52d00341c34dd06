using Holdfast.Node;
using Holdfast.Node.Storage;
using Holdfast.Simulation.Adversaries;
using Holdfast.Simulation.Checkers;

namespace Holdfast.Simulation;

/// <summary>What all replicas of a world share.</summary>
/// <param name="Skew">Wall clocks are wrong by so much at most.</param>
/// <param name="RetainedBytes">So much of their journals replicas keep for others.</param>
internal sealed record Surroundings(
    VirtualTime Time,
    VirtualNetwork Network,
    WorldKeys Keys,
    Judge Judge,
    PlaceTable Places,
    TimeSpan Skew,
    long RetainedBytes,
    Action<string> Trace);

/// <summary>One machine with one replica: the pump, the journal and the gate of production, on a virtual disk, clock
/// and network. It can lose power at any moment and start again.</summary>
internal sealed class VirtualReplica : IReplicaNetwork
{
    private const int InboxMax = 50_000;
    private const int IdleTurnsPerSecond = 2_000;
    private const long StartAgainAfter = 300_000;
    private static readonly JournalOptions Layout =
        new() { SegmentBytes = 1 << 18, Salt = () => 0 };
    private static readonly SavePolicy Saving = new(TimeSpan.FromSeconds(1), 1 << 16);

    private readonly Surroundings _world;
    private readonly Dice _dice;
    private readonly VirtualDisk _disk = new();
    private readonly IStateStore _store;
    private readonly Gate _gate;
    private readonly Queue<(int From, Bytes Frame)> _inbox = new();
    private readonly List<Input> _inputs = [];
    private readonly List<(int To, Bytes Frame)> _sent = [];
    private readonly Func<IReplicaNetwork, IReplicaNetwork>? _corrupt;
    private VirtualClock _clock;
    private Pump? _pump;
    private Func<long> _unflushedBytes = () => 0;
    private GlobalSequence _shown;
    private long _planned = long.MaxValue;
    private long _busyUntil;
    private int _life;
    private int _idleTurns;
    private long _idleSecond;
    private bool _isFetching;
    private bool _isAway;

    public VirtualReplica(
        Surroundings world,
        ReplicaId id,
        Dice dice,
        IStateStore store,
        Func<IReplicaNetwork, IReplicaNetwork>? corrupt)
    {
        (_world, Id, _dice, _store, _corrupt) = (world, id, dice, store, corrupt);
        _gate = new Gate(world.Keys.Genesis, id, world.Keys.Verifier);
        _clock = new VirtualClock(world.Time, dice, world.Skew);
        Place = world.Places.Of(id);
    }

    public ReplicaId Id { get; }

    /// <summary>Its place in the network.</summary>
    public int Place { get; }

    /// <summary>True if it may lie; then nothing that it says or does is evidence against the system.</summary>
    public bool IsFaulty => _corrupt is not null;

    public bool IsRunning => _pump is not null;

    public Pump? Pump => _pump;

    /// <summary>How often it was started.</summary>
    public int Lives => _life;

    /// <summary>How often it found a stored state when it was started.</summary>
    public int LivesFromState { get; private set; }

    /// <summary>How often it took its state from others.</summary>
    public int Transfers { get; private set; }

    public void StartUnlessRunning()
    {
        if (!IsRunning && !_isAway)
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
        var application = new Registers((position, operation) => Executed(life, position, operation));
        var settings = new ReplicaSettings(
            _world.Keys.Genesis, Id, _world.Keys.Verifier, _world.Keys.ShareVerifier, application);
        var journal = new Journal(_disk, Layout with { RetainedBytes = _world.RetainedBytes, Salt = _dice.Next });
        _unflushedBytes = () => journal.UnflushedBytes;
        var network = _corrupt?.Invoke(this) ?? this;
        var shares = _world.Keys.SharesOf(Id, _dice.Fork(), IsFaulty ? null : _world.Judge.Used);
        var ports = new PumpPorts(
            journal,
            _store,
            network,
            _world.Keys.SignerOf(Id),
            (network as Adversary)?.Around(shares) ?? shares,
            note => _world.Trace($"{Id} notes: {note}"));
        _busyUntil = _world.Time.Now;
        _world.Trace($"{Id} starts, life {life}");
        try
        {
            _pump = new Pump(settings, ports, Saving, _clock.Now, _clock.WallClock);
        }
        catch (StorageException) when (_disk.HasFailed)
        {
            // Power fails again while the journal is read: as often as it likes.
            _disk.Crash(_dice);
            _world.Time.After(StartAgainAfter, StartUnlessRunning);
            return;
        }

        _world.Network.Listen(Place, Receive);
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
        _world.Network.Listen(Place, null);
        (_pump, _planned) = (null, long.MaxValue);
        _inbox.Clear();
        _sent.Clear();
        _disk.Crash(_dice);
    }

    /// <summary>Power will fail within one of the next turns: before its flush is through, or right after it.</summary>
    public void CrashSoon() => _disk.FailAtFlush(_dice.Below(4), isWritten: _dice.OneIn(2));

    public void ToPeer(int replica, Bytes frame)
    {
        if (!IsFaulty)
        {
            _world.Judge.Sent(Id, frame);
        }

        Leave(_world.Places.Of(new ReplicaId(Id.Site, replica)), frame);
    }

    public void ToSite(ReplicaId receiver, Bytes frame) => Leave(_world.Places.Of(receiver), frame);

    public void ToClient(Bytes client, Bytes frame)
    {
        if (_world.Places.OfClient(client) is { } place)
        {
            Leave(place, frame);
        }
    }

    /// <summary>What leaves may rest on anything before it, so all of that must be on disk.</summary>
    private void Leave(int to, Bytes frame)
    {
        if (_unflushedBytes() > 0)
        {
            throw new CheckFailedException("PersistBeforeSend", $"{Id} sends while its journal has more to flush");
        }

        _sent.Add((to, frame));
    }

    private void Receive(int from, Bytes frame)
    {
        if (_inbox.Count < InboxMax)
        {
            _inbox.Enqueue((from, frame));
        }

        PlanTurn();
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
        while (_inputs.Count < Pump.InputsPerTurn && _inbox.TryDequeue(out var arrival))
        {
            Admit(pump, arrival.From, arrival.Frame);
        }

        CountIdleTurn();
        var flushes = pump.Counters.Flushes;
        pump.Turn(_clock.Now, _inputs);
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

        var cost = 30 + (5 * _inputs.Count) + (150 * (pump.Counters.Flushes - flushes));
        _busyUntil = _world.Time.Now + cost;
        foreach (var (to, frame) in _sent)
        {
            _world.Network.Send(Place, to, frame, _busyUntil);
        }

        _sent.Clear();
        ShowState(pump);
    }

    /// <summary>A replica may look at the time once in a millisecond, but it must not spin.</summary>
    private void CountIdleTurn()
    {
        var second = _world.Time.Now / 1_000_000;
        _idleTurns = second == _idleSecond ? _idleTurns + (_inputs.Count == 0 ? 1 : 0) : 0;
        _idleSecond = second;
        if (_idleTurns > IdleTurnsPerSecond)
        {
            throw new CheckFailedException("RestWhenIdle", $"{Id} woke {_idleTurns} times within a second for nothing");
        }
    }

    private void Admit(Pump pump, int from, Bytes frame)
    {
        Input? input;
        var refusal = _world.Places.ReplicaAt(from) is { } sender
            ? sender.Site == Id.Site
                ? _gate.AdmitFromPeer(sender.Index, frame.Span, out input)
                : _gate.AdmitFromSite(frame.Span, out input)
            : _gate.AdmitFromClient(_world.Places.ClientAt(from), frame.Span, out input);
        if (input is not null)
        {
            _inputs.Add(input);
        }
        else
        {
            pump.Counters.Refused(refusal);
            _world.Trace($"{Id} refuses a frame from {_world.Places.NameOf(from)}: {refusal}");
        }
    }

    private void Executed(int life, GlobalPosition position, Bytes operation)
    {
        if (!IsFaulty)
        {
            _world.Judge.Executed(Id, life, position, operation);
        }
    }

    private void ShowState(Pump pump)
    {
        var transfer = pump.Transfer;
        Transfers += _isFetching && transfer is null ? 1 : 0;
        _isFetching = transfer is not null;
        var snapshot = pump.Published.Snapshot;
        if (!IsFaulty && snapshot.Executed > _shown)
        {
            _shown = snapshot.Executed;
            _world.Judge.States.Global(Id, _shown, snapshot.Digest);
        }
    }
}
