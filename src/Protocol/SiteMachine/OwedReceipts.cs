using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>Replies whose clients want a receipt, until a batch can be signed that carries them as leaves. Bounded, here and in
/// what is kept, and shared among clients, or one that asks for long answers would leave no other a receipt: beyond it the client
/// has its f + 1 replies, and asks again for the receipt.</summary>
/// <param name="kept">What went out and is kept: a receipt that was lost is sent again from there.</param>
internal sealed class OwedReceipts(BatchLeaves kept)
{
    private const int OwedMax = 1024;
    private const int BytesMax = 4 * 1024 * 1024;
    private readonly List<Bytes> _leaves = [];
    private readonly SortedSet<Bytes> _known = [];
    private ClientShares _shares = new(OwedMax, BytesMax);

    /// <summary>Whether this reply may become a leaf now. What is a leaf already does not become one again while that
    /// is kept, however often a client asks; and a receipt is for what was decided.</summary>
    public bool MayOwe(ClientReply reply) => MayOwe(reply, reply.Leaf());

    public bool TryOwe(ClientReply reply)
    {
        var leaf = reply.Leaf();
        if (!MayOwe(reply, leaf))
        {
            return false;
        }

        Add(reply.Client, leaf);
        return true;
    }

    public void PutOut(List<Bytes> leaves)
    {
        leaves.AddRange(_leaves);
        _leaves.Clear();
        _known.Clear();
        _shares = new(OwedMax, BytesMax);
    }

    public void Save(WireWriter writer)
    {
        writer.Count(_leaves.Count);
        foreach (var leaf in _leaves)
        {
            writer.Bytes(leaf);
        }
    }

    public void Load(ref WireReader reader)
    {
        for (var left = reader.Count(OwedMax); left > 0; left--)
        {
            var leaf = reader.Bytes(BytesMax);
            Invariant.Holds(ClientReply.FromLeaf(leaf) is not null, "K1");
            Add(ClientReply.FromLeaf(leaf)!.Client, leaf);
        }
    }

    /// <summary>The leaves of earlier batches count as well: large results add up over the many batches between two
    /// checkpoints.</summary>
    private bool MayOwe(ClientReply reply, Bytes leaf) =>
        _shares.Judge(reply.Client, leaf.Length, Rejection.NoRoom) == Rejection.None
        && kept.HeldReplies.Judge(reply.Client, leaf.Length, Rejection.NoRoom) == Rejection.None
        && reply.Results.Any(result => result.Outcome is Outcome.Committed or Outcome.Rejected or Outcome.Answered)
        && !_known.Contains(leaf)
        && (kept.FindReply(reply.Request) is not var (batch, index) || kept.Find(batch)!.Leaves[index] != leaf);

    private void Add(Bytes client, Bytes leaf)
    {
        _leaves.Add(leaf);
        _known.Add(leaf);
        _shares.Add(client, leaf.Length);
    }
}
