namespace Holdfast.Protocol;

/// <summary>What an application sees of the state. It keeps keys and values within what a replica that comes back can
/// fetch: a longer one is an exception, and so a rejection that all replicas share.</summary>
internal sealed class ApplicationState(IState part) : IState
{
    public bool TryGet(Bytes key, out Bytes value) => part.TryGet(key, out value);

    public IEnumerable<KeyValuePair<Bytes, Bytes>> Range(Bytes from, Bytes? to) => part.Range(from, to);

    public int CountBetween(Bytes from, Bytes? to) => part.CountBetween(from, to);

    public void Set(Bytes key, Bytes value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, Limits.StateKeyBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value.Length, Limits.StateValueBytes);
        part.Set(key, value);
    }

    public bool Remove(Bytes key) => part.Remove(key);
}
