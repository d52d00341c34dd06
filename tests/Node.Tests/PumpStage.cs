using Holdfast.Node.Storage;
using Holdfast.Node.Tests.Storage;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Node.Tests;

/// <summary>One replica with a true pump, journal and core; everything that leaves is noted with what was on disk at
/// that moment. Signatures are taken for good: they are not what is tried here.</summary>
internal sealed class PumpStage : IReplicaNetwork, IReplicaSigner, IShareSigner, IStateStore, IVerifier, IShareVerifier,
    IStateMachine
{
    private static readonly Bytes Client = new([.. Enumerable.Repeat((byte)7, Limits.PublicKeyBytes)]);
    private readonly Genesis _genesis;
    private readonly Journal _journal;

    /// <param name="disk">That of an earlier life.</param>
    public PumpStage(int faults, MemoryDisk? disk = null)
    {
        Disk = disk ?? new();
        var size = new SiteSize(faults);
        var keys = ValueList.From(Enumerable.Range(1, size.Replicas)
            .Select(replica => new Bytes([.. Enumerable.Repeat((byte)replica, Limits.PublicKeyBytes)])));
        _genesis = new Genesis(
            new Bytes(new byte[Genesis.RandomBytes]),
            [new GenesisSite(size, keys[0], keys, keys)],
            [new SiteId(0)],
            [new GenesisClient(Client, Roles.Reader | Roles.Writer)],
            Name,
            Version);
        _journal = new Journal(Disk, JournalStage.Options(segmentBytes: 1 << 20));
        var settings = new ReplicaSettings(_genesis, new(new(0), 0), this, this, this);
        Pump = new Pump(
            settings,
            new PumpPorts(_journal, this, this, this, this, new EvidenceStore(new MemoryDisk()), Notes.Add),
            SavePolicy.Usual,
            new Instant(1),
            new Timestamp(1_000_000),
            Run);
    }

    /// <summary>What peers answer to a replica that starts for the first time: before that it says nothing but
    /// requests.</summary>
    public static Input[] Answers =>
        [.. Enumerable.Range(1, 2).Select(peer => new Input.Heard(new(peer, new Recollection(Run, []), Bytes.Empty)))];

    private static Digest Run { get; } = Digest.Of([7]);

    public MemoryDisk Disk { get; }

    public Pump Pump { get; }

    public List<string> Notes { get; } = [];

    /// <summary>What left, in order: to which peer (null for a client), the frame, and how things stood.</summary>
    public List<(int? Peer, Bytes Frame, int Flushes, bool OwesFlush)> Sent { get; } = [];

    /// <summary>So many of them do not wait for the end of a pass any more.</summary>
    public int Departed { get; private set; }

    /// <summary>The most bytes that ever waited for the end of a pass.</summary>
    public long GatheredMost { get; private set; }

    /// <summary>What queries are answered.</summary>
    public Bytes Found { get; set; } = Bytes.Empty;

    public string Name => "nothing";

    public uint Version => 1;

    public static SiteWordKind KindOf(Bytes frame) => (SiteWordKind)frame.Span[1];

    public void Turn(long milliseconds, params Input[] inputs) =>
        Pump.Turn(new Instant(1 + (milliseconds * 1_000)), inputs);

    public static Input Request(ulong number) => new Input.Offered(new ClientRequest(
        Client,
        Session: default,
        number,
        number - 1,
        RequestLevel.Update,
        ReceiptWanted: false,
        Timestamp.Never,
        Floor: default,
        [new Operation(OperationKind.OpenSession, Bytes.Empty)],
        new Bytes(new byte[Limits.SignatureBytes])));

    /// <summary>Of as many operations as a request of queries may have.</summary>
    public static ClientRequest Query(ulong number) => new(
        Client,
        Session: default,
        number,
        DoneUpTo: 0,
        RequestLevel.Ordered,
        ReceiptWanted: false,
        Timestamp.Never,
        Floor: default,
        ValueList.From(Enumerable.Repeat(
            new Operation(OperationKind.Application, Bytes.Empty), Limits.QueriesPerRequest)),
        new Bytes(new byte[Limits.SignatureBytes]));

    public Input WantReply(ClientRequest request) =>
        new Input.ReplyWanted(request.Client, request.RequestDigest(_genesis.Cluster));

    public void ToPeer(int replica, Bytes frame) => Note(replica, frame);

    public void ToSite(ReplicaId receiver, Bytes frame) => throw new NotSupportedException("There is one site.");

    public void ToClient(Bytes client, Bytes frame) => Note(null, frame);

    public void Depart()
    {
        GatheredMost = Math.Max(GatheredMost, Sent.Skip(Departed).Sum(sent => (long)sent.Frame.Length));
        Departed = Sent.Count;
    }

    public Bytes Sign(ReadOnlySpan<byte> message) => new(new byte[Limits.SignatureBytes]);

    public Input? MakeNonces(Effect.MakeNonces wish) => null;

    public Input SignShare(Effect.SignShare wish) => new Input.ShareUnavailable(wish.Place);

    public Input.Combined Combine(Effect.Combine wish) => new(wish.Place, Bytes.Empty, []);

    public StoredState? Load() => null;

    public void Save(ulong sequence, byte[] checkpointProof, IEnumerable<StateChange> changes)
    {
    }

    public bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => true;

    public bool IsBad(
        Bytes message,
        ValueList<GroupMember> members,
        int member,
        Digest response,
        Bytes groupKey,
        ValueList<Bytes> publicShares) => false;

    public bool ArePoints(NoncePoints points) => true;

    public Bytes Execute(in OperationContext context, Bytes operation, IState state) => operation;

    public QueryAnswer Query(IReadOnlyState state, Bytes query) => new(Found, null);

    public void Dispose() => _journal.Dispose();

    private void Note(int? peer, Bytes frame) => Sent.Add((peer, frame, Disk.Flushes, _journal.OwesFlush));
}
