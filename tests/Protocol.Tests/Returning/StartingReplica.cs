using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>One replica of a site of four, from start to start: its peers are played by the test.</summary>
internal sealed class StartingReplica
{
    public const int Self = 1;
    private const long Wall = 1_700_000_000_000_000;
    private static readonly IdealSigning Signing = new();
    private readonly Effects _effects = new();
    private long _now = 1_000_000;
    private Replica _replica = null!;

    public StartingReplica(byte run = 1) => Start(run);

    public static Genesis Genesis { get; } = Sample.Genesis(1);

    /// <summary>All that was persisted so far: what a restart finds.</summary>
    public List<JournalRecord> Disk { get; private set; } = [];

    public Digest Run { get; private set; }

    public ReplicaStatus Status => _replica.Status;

    /// <summary>What it said since it was last asked, to whomever.</summary>
    public List<SiteWord> Words { get; } = [];

    public List<string> Refusals { get; } = [];

    /// <summary>What it wants signed and ordered.</summary>
    public List<SiteInput> Inputs { get; } = [];

    public Inquiry Question => Words.OfType<Inquiry>().Last();

    public static Said Say(int replica, SiteWord word) => new(
        replica,
        word,
        word.SignedAs is null
            ? Bytes.Empty
            : IdealSigning.Sign(
                Genesis[Sample.Home].ReplicaKeys[replica].Span,
                word.SigningBytes(Speaker.Of(Genesis, new(Sample.Home, replica))).Span));

    /// <summary>A new process on what is on the disk.</summary>
    public void Start(byte run, IEnumerable<JournalRecord>? disk = null)
    {
        Disk = [.. disk ?? Disk];
        Run = Digest.Of([run]);
        Words.Clear();
        Inputs.Clear();
        var settings = new ReplicaSettings(Genesis, new(Sample.Home, Self), Signing, Signing, new TestMachine());
        _replica = new(settings, new(_now), new(Wall + _now), Run, null, Disk.ToArray(), _effects);
        Do();
    }

    public void Hear(int replica, SiteWord word) => Hear(Say(replica, word));

    public void Hear(Said said) => Step(new Input.Heard(said));

    public void Tick(long microseconds)
    {
        _now += microseconds;
        Step(new Input.Tick());
    }

    /// <summary>A peer has nothing to show but this.</summary>
    public void Answer(int replica, params SiteWord[] own) => Hear(replica, new Recollection(
        Run, ValueList.From(own.Select(word => new RecalledWord(word, Say(Self, word).Signature)))));

    /// <summary>A fresh offer of the first primary that any backup would accept.</summary>
    public PrePrepare Offer(ulong place) => PrePrepare.Of(default, new(place), new Batch(new(Wall + _now), []));

    private void Step(Input input)
    {
        _replica.Step(new(_now), input, _effects);
        Do();
    }

    private void Do()
    {
        var effects = _effects.ToArray();
        _effects.Clear();
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case Effect.Persist(var record):
                    Disk.Add(record);
                    break;
                case Effect.Broadcast(var word):
                    Words.Add(word);
                    Hear(Self, word);
                    break;
                case Effect.Send(_, var word):
                    Words.Add(word);
                    break;
                case Effect.SignInput(var input):
                    Inputs.Add(input);
                    break;
                case Effect.Reject(_, var reason):
                    Refusals.Add($"{reason}");
                    break;
            }
        }
    }
}
