using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>Whole machines of a few sites, fed batch by batch, whose words the test hands on or not. Signatures are not
/// in question: what a machine puts out counts as signed.</summary>
internal sealed class MachineWorld
{
    private readonly Genesis _genesis;
    private readonly Retention _retention;
    private readonly SiteMachine[] _machines;
    private readonly SiteMachine?[] _twins;
    private readonly List<SiteMessage>[] _roads;
    private readonly uint[] _lives;

    public MachineWorld(int sites, int faults = 0, Retention? retention = null)
    {
        _retention = retention ?? Retention.Usual;
        var size = new SiteSize(faults);
        _genesis = new(
            new(new byte[Genesis.RandomBytes]),
            ValueList.From(Enumerable.Range(0, sites).Select(site => new GenesisSite(
                size, Key(site), ValueList.From(Keys(site, size)), ValueList.From(Keys(site, size))))),
            ValueList.From(Enumerable.Range(0, sites).Select(site => new SiteId(site))),
            [
                new(GlobalStage.Writer, Roles.Reader | Roles.Writer),
                new(GlobalStage.Reader, Roles.Reader),
                new(GlobalStage.Operator, Roles.Operator),
            ],
            "test",
            1);
        _lives = [.. Enumerable.Range(0, sites).Select(_ => Speaker.FirstLife)];
        _machines = [.. Enumerable.Range(0, sites).Select(site => Machine(site, null))];
        _twins = new SiteMachine?[sites];
        _roads = [.. Enumerable.Range(0, sites).Select(_ => new List<SiteMessage>())];
    }

    public Timestamp Now { get; set; } = GlobalStage.At(1_000_000);

    /// <summary>Sites that hear nobody, and whom nobody hears.</summary>
    public SortedSet<int> CutOff { get; } = [];

    /// <summary>Sites that do nothing.</summary>
    public SortedSet<int> Down { get; } = [];

    /// <summary>Restored machines that took over since the world began.</summary>
    public int Restored { get; private set; }

    /// <summary>Checkpoints that the sites have taken.</summary>
    public int Checkpoints { get; private set; }

    /// <summary>Digest over every word and every checkpoint of the sites, in the order in which they came.</summary>
    public Digest Said { get; private set; }

    public Digest Cluster => _genesis.Cluster;

    /// <summary>As replies name the request.</summary>
    public Digest NameOf(ClientRequest request) => request.RequestDigest(_genesis.Cluster);

    public SiteMachine this[int site] => _machines[site];

    /// <summary>All states that machines have told, for others to take over.</summary>
    public SortedDictionary<ulong, KeptState> Told { get; } = [];

    /// <summary>From now on every checkpoint is loaded into a second machine, which must say and be the same.</summary>
    public bool WithTwins { get; set; }

    public static ClientRequest Query(
        ulong number, RequestLevel level, ulong floor = 0, string text = "c", Bytes? client = null) =>
        GlobalStage.Request(client ?? GlobalStage.Reader, default, number, GlobalStage.Do(text)) with
        {
            Level = level,
            Floor = new(floor),
        };

    /// <summary>One batch of a site, at once. What it says is on the road.</summary>
    public MachineOutputs Do(int site, params SiteInput[] inputs)
    {
        var machine = _machines[site];
        var batch = new Batch(Now, new(inputs));
        var outputs = machine.Execute(machine.Executed.Next, batch, StateFor(machine, batch));
        outputs.Told.ForEach(told => Told[told.Place.Number] = told);
        Assert.True(machine.NextDeadline > Now, "A deadline in the past would be held against the primary.");
        Note(machine, outputs);
        if (_twins[site] is { } twin)
        {
            Compare(machine, outputs, twin, twin.Execute(twin.Executed.Next, batch, StateFor(twin, batch)));
        }

        if (WithTwins && outputs.Checkpoint is { } state)
        {
            _twins[site] = Machine(site, state);
            Restored++;
        }

        for (var to = 0; to < _machines.Length; to++)
        {
            if (to != site && Message(machine, site, to) is { } message && !IsCut(site) && !IsCut(to)
                && message.Outputs.All(output => LifeOfReceiver(output) == _lives[to]))
            {
                _roads[to].Add(message);
            }
        }

        return outputs;
    }

    /// <summary>Time passes and every site takes what came, until all are quiet.</summary>
    public List<ClientReply> Talk(int rounds = 10, int milliseconds = 20)
    {
        var replies = new List<ClientReply>();
        for (var round = 0; round < rounds; round++)
        {
            Now += TimeSpan.FromMilliseconds(milliseconds);
            for (var site = 0; site < _machines.Length; site++)
            {
                replies.AddRange(Down.Contains(site) ? [] : Hear(site));
            }
        }

        return replies;
    }

    /// <summary>One batch with all that came.</summary>
    public IReadOnlyList<ClientReply> Hear(int site)
    {
        SiteInput[] came = [.. _roads[site]];
        _roads[site].Clear();
        return Do(site, came).Replies;
    }

    /// <summary>A site begins its next life, with nothing.</summary>
    public void Rejoin(int site, bool takesPartAtOnce = false)
    {
        _lives[site]++;
        _machines[site] = Machine(site, null, takesPartAtOnce);
        _twins[site] = null;
        _roads[site].Clear();
    }

    /// <summary>What is on the road to a site, and will be heard next.</summary>
    public IReadOnlyList<SiteMessage> RoadTo(int site) => _roads[site];

    public GlobalPosition Open(int site)
    {
        var open = GlobalStage.Request(
            GlobalStage.Writer, default, 1, new Operation(OperationKind.OpenSession, new([(byte)site])));
        List<ClientReply> replies = [.. Do(site, open).Replies, .. Talk()];
        var result = Assert.Single(Assert.Single(replies).Results);
        Assert.Equal(Outcome.Committed, result.Outcome);
        return result.Position;
    }

    private FetchedState? StateFor(SiteMachine machine, Batch batch) =>
        machine.TakenOverBy(batch) is { } told && Told.TryGetValue(told.At.Number, out var kept)
            ? new(new ToldTarget(told, default), kept.Global, MapSnapshot.Empty, kept.Beside)
            : null;

    private bool IsCut(int site) => CutOff.Contains(site);

    private static uint? LifeOfReceiver(AttestedOutput output) =>
        StreamLeaf.FromLeaf(output.Leaf)?.ToLife ?? SiteStatus.FromLeaf(output.Leaf)?.ToLife;

    private SiteMachine Machine(int site, StateSnapshot? stored, bool takesPartAtOnce = false) => new(
        new(_genesis.WithLife(new(site), _lives[site], takesPartAtOnce), new(new(site), 0), new IdealSigning(), new IdealSigning(), new TestMachine())
        {
            Retention = _retention,
        },
        stored);

    private static Bytes Key(int seed) => Digest.Of([(byte)seed]).ToBytes();

    private static IEnumerable<Bytes> Keys(int site, SiteSize size) =>
        Enumerable.Range(0, size.Replicas).Select(replica => Key((site * 20) + replica));

    private SiteMessage? Message(SiteMachine machine, int from, int to)
    {
        if (machine.Leaves.Find(machine.Executed) is not { } leaves)
        {
            return null;
        }

        var outputs = new List<AttestedOutput>();
        for (var index = 0; index < leaves.Leaves.Count; index++)
        {
            if (SiteStatus.FromLeaf(leaves.Leaves[index]) is { } status && status.To.Index == to)
            {
                outputs.Add(leaves.Output(index, Bytes.Empty));
            }
            else if (StreamLeaf.FromLeaf(leaves.Leaves[index]) is { } leaf && leaf.To.Index == to)
            {
                outputs.Add(leaves.Output(index, machine.Links[new(to)].Find(leaf.Sequence)!.Body));
            }
        }

        var statement = new SiteStatement(
            new(from), _lives[from], SiteStatement.FirstKeyEpoch, machine.Executed, (uint)leaves.Leaves.Count,
            leaves.Tree.Root);
        return outputs.Count == 0
            ? null
            : new(new(to), statement, new(new byte[Limits.SignatureBytes]), ValueList.From(outputs));
    }

    private void Note(SiteMachine machine, MachineOutputs outputs)
    {
        var writer = new WireWriter();
        writer.Digest(Said);
        writer.Digest(machine.Leaves.Find(machine.Executed)?.Tree.Root ?? default);
        writer.Digest(outputs.Checkpoint?.Digest ?? default);
        Said = Digest.Of(writer.ToBytes().Span);
        Checkpoints += outputs.Checkpoint is null ? 0 : 1;
    }

    private static void Compare(SiteMachine own, MachineOutputs said, SiteMachine twin, MachineOutputs twinSaid)
    {
        Assert.Equal(said.Replies, twinSaid.Replies);
        Assert.Equal(said.Skipped, twinSaid.Skipped);
        Assert.Equal(said.Refused, twinSaid.Refused);
        Assert.Equal(said.RetiredBelow, twinSaid.RetiredBelow);
        Assert.Equal(said.Checkpoint?.Digest, twinSaid.Checkpoint?.Digest);
        Assert.Equal(own.NextDeadline, twin.NextDeadline);
        Assert.Equal(own.WantedState, twin.WantedState);
        Assert.Equal(said.Told.Select(told => told.Place), twinSaid.Told.Select(told => told.Place));
        Assert.Equal(own.Leaves.Find(own.Executed)?.Leaves, twin.Leaves.Find(twin.Executed)?.Leaves);
    }
}
