using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>One log of a site of four, step by step: what it is told, and all that it asks for.</summary>
internal sealed class LogStage
{
    public const long Start = 1_700_000_000_000_000;
    public static readonly StateSnapshot NoSnapshot =
        new(new AuthenticatedMap().Snapshot(), new AuthenticatedMap().Snapshot());

    private static readonly Timestamp LastTime = new(Start - 300_000);
    private readonly Effects _effects = new();

    public LogStage(int self, int faults = 1, BoxMachine? machine = null)
    {
        Genesis = Sample.Genesis(faults);
        Self = self;
        Machine = machine ?? new();
        Machine.Time = LastTime;
        Log = new(Genesis, new(Sample.Home, self), Machine, Roads, new(0), new(Start));
    }

    public Genesis Genesis { get; }

    public int Self { get; }

    public SiteLog Log { get; private set; }

    public BoxMachine Machine { get; private set; }

    public BrokenRoads Roads { get; } = new();

    public long Now { get; set; }

    /// <summary>How often it told where it stands; of no interest elsewhere, so no effect shows it.</summary>
    public int Statuses { get; private set; }

    /// <summary>All that was persisted so far: what a restart finds.</summary>
    public List<JournalRecord> Disk { get; } = [];

    public static Batch Apple { get; } = Holding(1);

    public static Batch Pear { get; } = Holding(2);

    public static Batch Holding(byte content, long after = 0) =>
        new(new(Start + after), [new AttestationRetry(content % 4, new(content), 0, [], new Bytes(new byte[64]))]);

    public Said Say(int replica, SiteWord word) => new(
        replica,
        word,
        word.SignedAs is null
            ? Bytes.Empty
            : IdealSigning.Sign(
                Genesis[Sample.Home].ReplicaKeys[replica].Span,
                word.SigningBytes(Speaker.Of(Genesis, new(Sample.Home, replica))).Span));

    public IReadOnlyList<Effect> Hear(int replica, SiteWord word)
    {
        Log.OnHeard(new(Now), Say(replica, word), _effects);
        return Done();
    }

    public IReadOnlyList<Effect> Offer(SiteInput input)
    {
        Log.OnOffered(new(Now), input, fromPeer: false, _effects);
        return Done();
    }

    public IReadOnlyList<Effect> Tick(long microseconds)
    {
        Now += microseconds;
        Log.OnTick(new(Now), _effects);
        return Done();
    }

    /// <summary>A state has come from peers.</summary>
    public IReadOnlyList<Effect> StartAt(StableState state, BoxMachine machine)
    {
        Machine = machine;
        Log.StartAt(new(Now), state, machine, _effects);
        return Done();
    }

    /// <summary>Stops and starts again from what is on disk.</summary>
    public IReadOnlyList<Effect> Restart() => Restart(default, default, new() { Time = LastTime });

    /// <summary>Starts again from a stored state, what the journal holds above it, and what was committed before.</summary>
    public IReadOnlyList<Effect> Restart(SiteSequence stored, Bytes proof, BoxMachine machine)
    {
        Machine = machine;
        Log = new(Genesis, new(Sample.Home, Self), Machine, Roads, new(Now), new(Start + Now));
        var kept = Disk.Where(record => record.Place > stored || record.Kind == JournalRecordKind.Committed);
        Log.Recover(new(Now), stored, proof, [.. kept], _effects);
        return Done();
    }

    /// <summary>Gives a replica that is a whole site its own words back, and executes, until it has no more to
    /// say.</summary>
    public void RunAlone(IReadOnlyList<Effect> effects)
    {
        var own = new Queue<Effect>(effects);
        while (own.TryDequeue(out var effect))
        {
            if (effect is Effect.Broadcast { Word: var word })
            {
                foreach (var next in Hear(Self, word).Concat(Execute()))
                {
                    own.Enqueue(next);
                }
            }
        }
    }

    /// <summary>The stage after what came before; that is of no interest.</summary>
    public LogStage After(Action<LogStage> before)
    {
        before(this);
        return this;
    }

    /// <summary>Executes all that is in order.</summary>
    public IReadOnlyList<Effect> Execute()
    {
        while (Log.TryTakeOrdered(out var sequence, out var batch))
        {
            Machine.Execute(sequence, batch);
            Digest? checkpoint = Machine.IsCheckpointDue ? Machine.Chain : null;
            Log.OnExecuted(new(Now), sequence, checkpoint, checkpoint is null ? null : NoSnapshot, _effects);
        }

        return Done();
    }

    /// <summary>A whole view change of the replica, with nothing prepared unless given.</summary>
    public SignedViewChange Change(int replica, ulong view, params PreparedCertificate[] prepared)
    {
        var word = new ViewChange(new(view), StableCheckpoint.Genesis, new(prepared));
        return new(replica, word, Say(replica, word).Signature);
    }

    /// <summary>The same of a replica that knows a stable checkpoint.</summary>
    public SignedViewChange ChangeBehind(int replica, ulong view, ulong stable)
    {
        var word = new ViewChange(new(view), Stable(stable), []);
        return new(replica, word, Say(replica, word).Signature);
    }

    public StableCheckpoint Stable(ulong place)
    {
        var word = new Checkpoint(new(place), Machine.Chain);
        var signed = Enumerable.Range(0, 3).Select(replica => new SignedBy(replica, Say(replica, word).Signature));
        return new(word.Sequence, word.State, ValueList.From(signed));
    }

    public PreparedCertificate Certificate(ulong view, ulong sequence, Digest digest)
    {
        var primary = (int)(view % 4);
        var prepares = Enumerable.Range(0, 4).Where(replica => replica != primary).Take(2);
        return new(
            new(view),
            new(sequence),
            digest,
            Say(primary, new PrePrepare(new(view), new(sequence), digest, null)).Signature,
            ValueList.From(prepares.Select(replica => new SignedBy(
                replica, Say(replica, new Prepare(new(view), new(sequence), digest)).Signature))));
    }

    private Effect[] Done()
    {
        var done = _effects.Where(effect => effect is not Effect.Broadcast { Word: Status }).ToArray();
        Statuses += _effects.Count - done.Length;
        Disk.AddRange(done.OfType<Effect.Persist>().Select(persist => persist.Record));
        _effects.Clear();
        return done;
    }
}
