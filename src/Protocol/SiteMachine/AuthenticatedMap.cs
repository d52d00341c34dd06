namespace Holdfast.Protocol;

/// <summary>An ordered map with one digest over all that it holds. Its shape, and so its digest, is a function of its
/// content alone: how it came to be leaves no trace, and replicas that took different roads to a state agree on
/// it.</summary>
public sealed class AuthenticatedMap
{
    private MapSnapshot _version;

    public AuthenticatedMap()
        : this(MapSnapshot.Empty)
    {
    }

    public AuthenticatedMap(MapSnapshot version)
    {
        ArgumentNullException.ThrowIfNull(version);
        _version = version;
    }

    public int Count => _version.Count;

    /// <summary>Hashes what changed since it was last asked for, and nothing else.</summary>
    public Digest Digest => _version.Digest;

    /// <summary>The map as stored entries give it back, in any order.</summary>
    public static AuthenticatedMap Load(IEnumerable<KeyValuePair<Bytes, Bytes>> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        var map = new AuthenticatedMap();
        foreach (var (key, value) in entries)
        {
            map.Set(key, value);
        }

        return map;
    }

    /// <summary>The map as it is now, for ever. Costs nothing.</summary>
    public MapSnapshot Snapshot() => _version;

    /// <summary>Makes an earlier version, or one from elsewhere, the present one. Costs nothing.</summary>
    public void Restore(MapSnapshot version)
    {
        ArgumentNullException.ThrowIfNull(version);
        _version = version;
    }

    public bool TryGet(Bytes key, out Bytes value) => _version.TryGet(key, out value);

    public void Set(Bytes key, Bytes value)
    {
        var root = Treap.Set(_version.Root, key, value);
        _version = root == _version.Root ? _version : new MapSnapshot(root);
    }

    /// <summary>True if the key was there.</summary>
    public bool Remove(Bytes key)
    {
        var root = Treap.Remove(_version.Root, key);
        if (root == _version.Root)
        {
            return false;
        }

        _version = new MapSnapshot(root);
        return true;
    }

    /// <summary>The entries as they are at the call: changing the map meanwhile does not disturb the walk.</summary>
    public IEnumerable<KeyValuePair<Bytes, Bytes>> Range(Bytes from, Bytes? to) => _version.Range(from, to);

    public int CountBetween(Bytes from, Bytes? to) => _version.CountBetween(from, to);

    /// <summary>The part of the map that begins with a prefix, as a map of its own that reaches nothing else.</summary>
    public StatePart Under(Bytes prefix) => new(this, prefix);
}
