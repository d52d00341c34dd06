namespace Holdfast.Protocol;

/// <summary>A site's replicas, the trusted first, and which of them sign no more in this key epoch.</summary>
internal sealed class TrustedOrder(int replicas)
{
    private readonly List<int> _order = [.. Enumerable.Range(0, replicas)];
    private ushort _banned;

    /// <summary>The trusted first.</summary>
    public IReadOnlyList<int> Replicas => _order;

    public bool IsBanned(int replica) => (_banned & (1 << replica)) != 0;

    /// <param name="replicas">As a mask.</param>
    public void Ban(int replicas) => _banned |= (ushort)replicas;

    public void MoveToEnd(int replica)
    {
        _order.Remove(replica);
        _order.Add(replica);
    }

    public void Write(WireWriter writer)
    {
        writer.UInt16(_banned);
        foreach (var replica in _order)
        {
            writer.Byte((byte)replica);
        }
    }

    public void Read(ref WireReader reader)
    {
        _banned = reader.UInt16();
        for (var place = 0; place < _order.Count; place++)
        {
            _order[place] = reader.Byte();
        }
    }
}
