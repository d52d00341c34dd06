using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>Replies whose clients want a receipt, until a batch can be signed that carries them as leaves. Bounded:
/// beyond it the client has its f + 1 replies, and asks again for the receipt.</summary>
internal sealed class OwedReceipts
{
    private const int OwedMax = 1024;
    private const int BytesMax = 4 * 1024 * 1024;
    private readonly List<Bytes> _leaves = [];
    private int _bytes;

    /// <param name="heldBytes">Length of the leaves of earlier batches that are kept: large results add up over the
    /// many batches between two checkpoints.</param>
    public bool TryOwe(ClientReply reply, long heldBytes)
    {
        var leaf = reply.Leaf();
        if (_leaves.Count >= OwedMax || _bytes + leaf.Length > BytesMax || heldBytes > Limits.HeldLeafBytes)
        {
            return false;
        }

        _leaves.Add(leaf);
        _bytes += leaf.Length;
        return true;
    }

    public void PutOut(List<Bytes> leaves)
    {
        leaves.AddRange(_leaves);
        _leaves.Clear();
        _bytes = 0;
    }

    /// <summary>The replies among a batch's leaves, with the place of each.</summary>
    public static IReadOnlyList<(ClientReply Reply, int Index)> In(LeavesOfBatch batch)
    {
        var found = new List<(ClientReply, int)>();
        for (var index = 0; index < batch.Leaves.Count; index++)
        {
            var leaf = batch.Leaves[index];
            if (leaf.Span[0] == (byte)LeafKind.Reply && ClientReply.Decode(leaf.Span[1..]) is { } reply)
            {
                found.Add((reply, index));
            }
        }

        return found;
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
            _leaves.Add(leaf);
            _bytes += leaf.Length;
        }
    }
}
