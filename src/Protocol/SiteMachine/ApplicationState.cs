namespace Holdfast.Protocol;

/// <summary>What an application sees of the state. It keeps keys and values within what a replica that comes back can
/// fetch, and what one operation does within what all replicas can do in a moment: beyond it is an exception, and so a rejection
/// that all replicas share.</summary>
internal sealed class ApplicationState(IState part) : IState
{
    /// <summary>Since the last <see cref="BeginOperation"/>.</summary>
    public long Accesses { get; private set; }

    public void BeginOperation() => Accesses = 0;

    public bool TryGet(Bytes key, out Bytes value)
    {
        CountOne();
        return part.TryGet(key, out value);
    }

    public IEnumerable<KeyValuePair<Bytes, Bytes>> Range(Bytes from, Bytes? to)
    {
        // The walk sees the state as it was at the call.
        var entries = part.Range(from, to);
        CountOne();
        return Counted(entries);
    }

    public int CountBetween(Bytes from, Bytes? to)
    {
        CountOne();
        return part.CountBetween(from, to);
    }

    public void Set(Bytes key, Bytes value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, Limits.StateKeyBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value.Length, Limits.StateValueBytes);
        CountOne();
        part.Set(key, value);
    }

    public bool Remove(Bytes key)
    {
        CountOne();
        return part.Remove(key);
    }

    private IEnumerable<KeyValuePair<Bytes, Bytes>> Counted(IEnumerable<KeyValuePair<Bytes, Bytes>> entries)
    {
        foreach (var entry in entries)
        {
            CountOne();
            yield return entry;
        }
    }

    private void CountOne()
    {
        if (++Accesses > Limits.StateAccessesPerOperation)
        {
            throw new InvalidOperationException("The operation looks at or changes too much of the state.");
        }
    }
}
