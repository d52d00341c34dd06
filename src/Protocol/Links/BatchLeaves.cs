using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>The leaves of the batches that were put out, kept in the machine as long as their assignments, so that
/// every replica can send any of them with its path.</summary>
public sealed class BatchLeaves
{
    private static readonly Bytes Prefix = Bytes.FromText("leaves/");

    private readonly SortedDictionary<ulong, LeavesOfBatch> _batches = [];
    private readonly SortedSet<ulong> _changed = [];

    // The keys again, ascending: senders look for the newest often, and seldom far.
    private readonly List<SiteSequence> _sequences = [];

    /// <summary>The batches that have leaves, newest first.</summary>
    public IEnumerable<SiteSequence> NewestFirst
    {
        get
        {
            for (var index = _sequences.Count - 1; index >= 0; index--)
            {
                yield return _sequences[index];
            }
        }
    }

    /// <summary>The replies among all leaves that are kept: whose they are, and how long.</summary>
    public ClientShares HeldReplies { get; private set; } = NoReplies();

    public LeavesOfBatch? Find(SiteSequence batch) => _batches.GetValueOrDefault(batch.Number);

    public bool HasReplies(SiteSequence batch) => Find(batch) is { Replies.Count: > 0 };

    /// <summary>The newest leaf that replies to a request, while it is kept.</summary>
    public (SiteSequence Batch, int Index)? FindReply(Digest request)
    {
        foreach (var batch in NewestFirst)
        {
            if (_batches[batch.Number].Replies.TryGetValue(request, out var index))
            {
                return (batch, index);
            }
        }

        return null;
    }

    /// <summary>Keeps the leaves and gives the tree, whose root the site signs.</summary>
    public MerkleTree Add(SiteSequence batch, IReadOnlyList<Bytes> leaves)
    {
        var added = new LeavesOfBatch(ValueList.From(leaves));
        _batches.Add(batch.Number, added);
        _sequences.Add(batch);
        Count(added, isHeld: true);
        _changed.Add(batch.Number);
        return added.Tree;
    }

    public void Retire(SiteSequence below)
    {
        while (_batches.Count > 0 && _batches.First().Key is var oldest && oldest < below.Number)
        {
            Count(_batches[oldest], isHeld: false);
            _batches.Remove(oldest);
            _sequences.RemoveAt(0);
            _changed.Add(oldest);
        }
    }

    public void Save(AuthenticatedMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        var state = map.Under(Prefix);
        foreach (var batch in _changed)
        {
            if (_batches.TryGetValue(batch, out var leaves))
            {
                state.Set(KeyOf(batch), leaves.Encode());
            }
            else
            {
                state.Remove(KeyOf(batch));
            }
        }

        _changed.Clear();
    }

    public void Load(AuthenticatedMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        _batches.Clear();
        _sequences.Clear();
        _changed.Clear();
        HeldReplies = NoReplies();
        foreach (var (key, value) in map.Under(Prefix).Range(default, null))
        {
            var reader = new WireReader(key.Span);
            _sequences.Add(reader.SiteSequence());
            var leaves = LeavesOfBatch.Decode(value);
            _batches.Add(_sequences[^1].Number, leaves);
            Count(leaves, isHeld: true);
        }
    }

    private static ClientShares NoReplies() => new(int.MaxValue, Limits.HeldLeafBytes);

    private void Count(LeavesOfBatch leaves, bool isHeld)
    {
        foreach (var (client, bytes) in leaves.BytesOfClients)
        {
            if (isHeld)
            {
                HeldReplies.Add(client, bytes);
            }
            else
            {
                HeldReplies.Remove(client, bytes);
            }
        }
    }

    private static Bytes KeyOf(ulong batch)
    {
        var writer = new WireWriter(8);
        writer.UInt64(batch);
        return writer.ToBytes();
    }
}

/// <summary>One batch's leaves, their tree, and which of them are for which site.</summary>
public sealed class LeavesOfBatch(ValueList<Bytes> leaves)
{
    private MerkleTree? _tree;
    private SortedDictionary<SiteId, int>? _registers;
    private SortedDictionary<(SiteId To, uint Life, ulong Sequence), int>? _places;
    private SortedDictionary<Digest, int>? _replies;
    private SortedDictionary<Bytes, long>? _clients;

    public ValueList<Bytes> Leaves => leaves;

    /// <summary>How long all replies to each client are.</summary>
    public IReadOnlyDictionary<Bytes, long> BytesOfClients
    {
        get
        {
            Sort();
            return _clients!;
        }
    }

    /// <summary>Built when it is first wanted.</summary>
    public MerkleTree Tree => _tree ??= new MerkleTree(leaves);

    /// <summary>The places of the replies to clients, by the request that each answers.</summary>
    public IReadOnlyDictionary<Digest, int> Replies
    {
        get
        {
            Sort();
            return _replies!;
        }
    }

    public ClientReply ReplyAt(int index)
    {
        var reply = ClientReply.FromLeaf(leaves[index]);
        Invariant.Holds(reply is not null, "K1");
        return reply;
    }

    /// <summary>Where the register for a site stands; null if the batch has nothing for that site.</summary>
    public int? RegisterFor(SiteId site)
    {
        Sort();
        return _registers!.TryGetValue(site, out var index) ? index : null;
    }

    public int? PlaceOf(SiteId site, uint life, ulong sequence)
    {
        Sort();
        return _places!.TryGetValue((site, life, sequence), out var index) ? index : null;
    }

    /// <summary>The leaf with its path, and the body that it names.</summary>
    public AttestedOutput Output(int index, Bytes body) => new((uint)index, leaves[index], Tree.Path(index), body);

    public Bytes Encode()
    {
        var writer = new WireWriter();
        writer.Count(leaves.Count);
        foreach (var leaf in leaves)
        {
            writer.Bytes(leaf);
        }

        return writer.ToBytes();
    }

    public static LeavesOfBatch Decode(Bytes bytes)
    {
        var reader = new WireReader(bytes.Span);
        var leaves = new Bytes[reader.Count(Limits.LeavesPerBatch)];
        for (var index = 0; index < leaves.Length; index++)
        {
            leaves[index] = reader.Bytes(int.MaxValue);
        }

        Invariant.Holds(reader.Finished, "M1");
        return new(new(leaves));
    }

    private void Sort()
    {
        if (_registers is not null)
        {
            return;
        }

        (_registers, _places, _replies, _clients) = ([], [], [], []);
        for (var index = 0; index < leaves.Count; index++)
        {
            if (SiteStatus.FromLeaf(leaves[index]) is { } status)
            {
                _registers[status.To] = index;
            }
            else if (StreamLeaf.FromLeaf(leaves[index]) is { } place)
            {
                _places[(place.To, place.LinkLife, place.Sequence)] = index;
            }
            else if (ClientReply.FromLeaf(leaves[index]) is { } reply)
            {
                _replies[reply.Request] = index;
                _clients[reply.Client] = _clients.GetValueOrDefault(reply.Client) + leaves[index].Length;
            }
        }
    }
}
