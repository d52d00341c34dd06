using Holdfast.Node.Storage;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Node;

/// <summary>What stands around one replica: real in a server, virtual in a simulated world.</summary>
public sealed record PumpPorts(
    Journal Journal,
    IStateStore Store,
    IReplicaNetwork Network,
    IReplicaSigner Signer,
    IShareSigner ShareSigner,
    IEvidenceStore Evidence,
    Action<string> Note)
{
    /// <summary>Told of each request of a client whose outcome is known here, whoever tells the client.</summary>
    public Action<Effect.Settled> OnSettled { get; init; } = static _ => { };

    /// <summary>Runs a deed that touches nothing of the pump: at once unless said otherwise, or on another thread. One deed
    /// at a time. What it gives waits until the deed is over, and is called where the pump cannot go on without.</summary>
    public Func<Action, Action> Beside { get; init; } = static deed =>
    {
        deed();
        return static () => { };
    };
}

/// <summary>
/// The only place where thoughts become deeds. One loop with one reader: it steps the replica, writes down what that
/// must remember, and lets words out only when what they rest on is on disk. Used by one thread.
/// </summary>
public sealed class Pump
{
    /// <summary>Inputs of one turn: what waits longer shares the next flush.</summary>
    public const int InputsPerTurn = 1024;

    // An own word may bring the next own word (a site of one replica goes through its whole order this way).
    private const int PassesPerTurn = 64;

    // What may wait for the next flush has one of its own after so long, or if it is so much.
    private static readonly TimeSpan WaitsForFlush = TimeSpan.FromMilliseconds(200);
    private const long WaitingBytesMax = 64 * 1024;

    private readonly ReplicaSettings _settings;
    private readonly PumpPorts _ports;
    private readonly Replica _replica;
    private readonly StateSaver _saver;
    private readonly CommittedIndex _committed;
    private readonly Outbox _outbox;
    private readonly Effects _effects = new();
    private readonly List<Effect> _held = [];
    private readonly HashSet<Input.ReplyWanted> _wanted = [];
    private List<Input> _own = [];
    private List<Input> _spare = [];
    private long _heldAnswerBytes;
    private bool _restsOnAll;
    private Instant? _waitsSince;

    /// <summary>Starts the replica from what its disk holds. What it has to say leaves with the first turn.</summary>
    /// <param name="run">32 random bytes, others for each process.</param>
    /// <exception cref="StorageException">What is on the disk cannot be used.</exception>
    public Pump(
        ReplicaSettings settings, PumpPorts ports, SavePolicy policy, Instant now, Timestamp wallClock, Digest run)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(ports);
        _settings = settings;
        _ports = ports;
        var recovery = Recovery.Open(ports.Journal, ports.Store, settings);
        _committed = recovery.Committed;
        _saver = new StateSaver(ports.Store, policy, recovery.State, ports.Beside);
        _outbox = new Outbox(settings.Genesis, settings.Self, ports.Network, ports.Signer, Counters);
        _replica = new Replica(settings, now, wallClock, run, recovery.State, recovery.Records, _effects);
        CutCommitted();
        DoEffects();
    }

    public PumpCounters Counters { get; } = new();

    /// <summary>Why the replica was stopped, or null while it runs: a broken invariant or a failed disk. It never goes
    /// on after that; only a new process may, from what the disk holds.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>A turn is due then at the latest, with or without inputs.</summary>
    public Instant NextWake
    {
        get
        {
            if (Failure is not null)
            {
                return Instant.Never;
            }

            return _own.Count > 0 || _held.Count > 0 || _ports.Journal.OwesFlush
                ? default
                : Instant.Earlier(_replica.NextWake, FlushBy);
        }
    }

    /// <summary>For local queries, taken between turns; immutable, so another thread may have it.</summary>
    public PublishedState Published => _replica.Published;

    /// <summary>False while the replica says nothing but requests.</summary>
    public bool IsVoting => _replica.IsVoting;

    public ReplicaStatus Status => _replica.Status;

    /// <summary>How far a state transfer is; null while there is none.</summary>
    public TransferProgress? Transfer => _replica.Transfer;

    private Instant FlushBy => _waitsSince is { } since ? since + WaitsForFlush : Instant.Never;

    /// <summary>Takes inputs, at most <see cref="InputsPerTurn"/>, and does all that follows from them.</summary>
    public void Turn(Instant now, IReadOnlyList<Input> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(inputs.Count, InputsPerTurn);
        if (Failure is not null)
        {
            return;
        }

        try
        {
            Counters.Turned();
            Run(now, inputs);
        }
        catch (Exception failure) when (failure is InvariantBrokenException or StorageException)
        {
            // Held words are dropped with the rest: nothing of this turn has left.
            Failure = failure;
            _ports.Note(failure.Message);
        }
    }

    private void Run(Instant now, IReadOnlyList<Input> inputs)
    {
        // Asked before the inputs are stepped: each of them may plan the next wake anew.
        var isDue = now >= _replica.NextWake || (inputs.Count == 0 && now < FlushBy);
        _wanted.Clear();
        foreach (var input in inputs)
        {
            // A few bytes bring a reply that may be long: said twice in a turn, they bring it once.
            if (input is Input.ReplyWanted wanted && !_wanted.Add(wanted))
            {
                Counters.Refused(Rejection.AlreadyKnown);
                continue;
            }

            Step(now, input);
        }

        if (isDue)
        {
            Step(now, new Input.Tick());
        }

        FlushAndSend(now);
        for (var pass = 0; pass < PassesPerTurn && _own.Count > 0; pass++)
        {
            (_own, _spare) = (_spare, _own);
            foreach (var input in _spare)
            {
                Step(now, input);
            }

            _spare.Clear();
            FlushAndSend(now);
        }

        if (_saver.SaveIfDue(now) is { } saved)
        {
            _ports.Journal.Release(saved.Number);
            CutCommitted();
            Counters.Saved();
        }
    }

    private void CutCommitted()
    {
        if (_committed.Cut(_ports.Journal.OldestSegment, _saver.Saved) is { } cut)
        {
            _replica.OnJournalCut(cut);
        }
    }

    private void Step(Instant now, Input input)
    {
        _effects.Clear();
        _replica.Step(now, input, _effects);
        Counters.Stepped();
        DoEffects();
        if (_heldAnswerBytes > Limits.HeldAnswerBytes)
        {
            // Many inputs of a turn may each have a long answer: all of them together would take gigabytes.
            FlushAndSend(now);
        }
    }

    private void DoEffects()
    {
        foreach (var effect in _effects)
        {
            Do(effect);
        }
    }

    /// <summary>Writes down and computes at once; holds back what leaves.</summary>
    private void Do(Effect effect)
    {
        switch (effect)
        {
            case Effect.Persist(var record):
                Append(record);
                break;
            case Effect.SignInput(var input):
                _own.Add(new Input.Offered(_outbox.Sign(input)));
                break;
            case Effect.MakeNonces wish:
                if (_ports.ShareSigner.MakeNonces(wish) is { } made)
                {
                    _own.Add(made);
                }

                break;
            case Effect.SignShare wish:
                Counters.ShareSigned();
                _own.Add(_ports.ShareSigner.SignShare(wish));
                break;
            case Effect.Combine wish:
                Counters.Combines();
                _own.Add(_ports.ShareSigner.Combine(wish));
                break;
            case Effect.SaveState state:
                _saver.Offer(state);
                break;
            case Effect.KeepEvidence(var file):
                Keep(file);
                break;
            case Effect.Reject(_, var reason):
                Counters.Refused(reason);
                break;
            case Effect.Note(var what):
                _ports.Note(what);
                break;
            default:
                _held.Add(effect);
                _heldAnswerBytes += AnswerBytes(effect);
                _restsOnAll |= effect is Effect.Broadcast(Checkpoint);
                break;
        }
    }

    private static long AnswerBytes(Effect effect) => effect switch
    {
        Effect.Answer(var reply, _) => reply.ResultBytes,
        Effect.Settled(var reply, _) => reply.ResultBytes,
        Effect.AnswerWithReceipt(var receipt) => receipt.Reply.ResultBytes,
        _ => 0,
    };

    private void Keep(EvidenceFile file)
    {
        try
        {
            if (_ports.Evidence.Keep(file))
            {
                _ports.Note($"evidence against {file.Accused}: {file.Evidence.Kind}");
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The protocol rests on nothing of it, so a replica goes on without.
            _ports.Note($"evidence against {file.Accused} is not kept: {failure.Message}");
        }
    }

    private void Append(Protocol.JournalRecord record)
    {
        var position = _ports.Journal.Append(
            (uint)record.Kind, record.Place.Number, record.Body.Span, record.MayWait);
        _committed.Add(record, position);
        _saver.Journaled(record.Body.Length);
    }

    private void FlushAndSend(Instant now)
    {
        if (_ports.Journal.OwesFlush || _restsOnAll || now >= FlushBy || _ports.Journal.UnflushedBytes > WaitingBytesMax)
        {
            Flush();
        }

        _waitsSince = _ports.Journal.UnflushedBytes > 0 ? _waitsSince ?? now : null;
        (_restsOnAll, _heldAnswerBytes) = (false, 0);
        foreach (var effect in _held)
        {
            Send(now, effect);
        }

        _held.Clear();
        _outbox.Empty();
    }

    private void Flush()
    {
        if (_ports.Journal.UnflushedBytes > 0)
        {
            _ports.Journal.Flush();
            Counters.Flushed();
        }
    }

    private void Send(Instant now, Effect effect)
    {
        switch (effect)
        {
            case Effect.Broadcast(var word):
                var said = _outbox.Say(word);
                _outbox.ToAllPeers(said);
                _own.Add(new Input.Heard(said));
                break;
            case Effect.Send(var peer, var word):
                _outbox.ToPeer(peer, _outbox.Say(word));
                break;
            case Effect.Relay(var peer, var stored):
                _outbox.ToPeer(peer, stored);
                break;
            case Effect.SendCommitted(var peer, var sequence):
                SendCommitted(peer, sequence);
                break;
            case Effect.SendSite(var receiver, var message):
                _outbox.ToSite(receiver, message);
                break;
            case Effect.SendFar(var receiver, var word):
                _outbox.ToSite(receiver, word);
                break;
            case Effect.Answer(var reply, var currentAt):
                var age = (long)Published.AgeAt(now, currentAt).TotalMicroseconds;
                _outbox.ToClient(reply.Client, new Reply(_replica.View, age, reply).Encode());
                break;
            case Effect.Settled settled:
                _ports.OnSettled(settled);
                break;
            case Effect.AnswerWithReceipt(var receipt):
                _outbox.ToClient(receipt.Reply.Client, new ReceiptAnswer(receipt).Encode());
                break;
            default:
                throw new System.Diagnostics.UnreachableException($"No such effect leaves: {effect}");
        }
    }

    private void SendCommitted(int peer, SiteSequence sequence)
    {
        if (_committed.Find(sequence) is not { } position)
        {
            return;
        }

        if (_ports.Journal.Read(position) is not { } stored)
        {
            _committed.Forget(sequence);
            return;
        }

        var body = stored.Kind == (uint)JournalRecordKind.Accepted
            ? SiteRecords.ReadAccepted(Bytes.Copy(stored.Payload.Span))?.Body
            : SiteRecords.ReadCommitted(Bytes.Copy(stored.Payload.Span))?.Body;
        if (body is { } bytes && Batch.Decode(bytes.Span) is { } batch)
        {
            _outbox.ToPeer(peer, _outbox.Say(new CommittedBatch(sequence, batch)));
        }
    }
}
