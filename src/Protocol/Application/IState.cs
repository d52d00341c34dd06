namespace Holdfast.Protocol;

/// <summary>An ordered map of an application's own, to be read.</summary>
public interface IReadOnlyState
{
    bool TryGet(Bytes key, out Bytes value);

    /// <summary>The entries from <paramref name="from"/> on, in order of their keys as unsigned bytes, up to but
    /// without
    /// <paramref name="to"/>; to the end for null. The walk sees the state as it was at the call.</summary>
    IEnumerable<KeyValuePair<Bytes, Bytes>> Range(Bytes from, Bytes? to);

    /// <summary>How many entries are in that range, without walking over them.</summary>
    int CountBetween(Bytes from, Bytes? to);
}

/// <summary>An ordered map of an application's own, to be read and changed. All that the application knows is in it:
/// it is hashed, stored and transferred for the application.</summary>
public interface IState : IReadOnlyState
{
    void Set(Bytes key, Bytes value);

    /// <summary>True if the key was there.</summary>
    bool Remove(Bytes key);
}
