namespace Holdfast.Protocol;

/// <summary>An ordered map with one digest over all that it holds. Its shape, and so its digest, is a function of its
/// content alone: how it came to be leaves no trace, and replicas that took different roads to a state agree on
/// it.</summary>
public sealed class AuthenticatedMap
{
    /// <summary>What an entry that changes costs besides its bytes: the nodes above it are copied.</summary>
    internal const int NodeBytes = 1024;

    private const int ListedAtOnce = 16;

    private MapNode? _root;
    private long _written;

    // Of the root as it is; null where it has changed since.
    private MapSnapshot? _snapshot;

    // Nodes that it made are changed in place until a snapshot shares them.
    private Treap? _treap;

    // What changed since an attempt began, for taking it back; null while there is none.
    private List<MapChange>? _attempt;

    public AuthenticatedMap()
        : this(MapSnapshot.Empty)
    {
    }

    public AuthenticatedMap(MapSnapshot version)
    {
        ArgumentNullException.ThrowIfNull(version);
        (_root, _snapshot, _written) = (version.Root, version, version.Written);
    }

    public int Count => MapNode.CountOf(_root);

    /// <summary>Hashes what changed since it was last asked for, and nothing else.</summary>
    public Digest Digest => MapNode.DigestOf(_root);

    /// <summary>The map as it is now, for ever. Costs a copy of every node that changes afterwards, once.</summary>
    public MapSnapshot Snapshot()
    {
        _treap = null;
        return _snapshot ??= new(_root, _written);
    }

    /// <summary>Makes another version, or one from elsewhere, the present one. Costs nothing.</summary>
    public void Restore(MapSnapshot version)
    {
        ArgumentNullException.ThrowIfNull(version);
        Invariant.Holds(_attempt is null, "X5");
        (_root, _treap) = (version.Root, null);

        // It may share nothing with what was here.
        (_snapshot, _written) = (null, _written + version.Written);
    }

    /// <summary>From here on changes can be taken back, until <see cref="Conclude"/>.</summary>
    public void Attempt()
    {
        Invariant.Holds(_attempt is null, "X5");
        _attempt = [];
    }

    /// <summary>Ends an attempt.</summary>
    /// <param name="isKept">False takes back all that changed since it began: the map is as it was, and so is its digest.
    /// </param>
    public void Conclude(bool isKept)
    {
        Invariant.Holds(_attempt is not null, "X5");
        var changes = _attempt;
        _attempt = null;
        for (var index = changes.Count - 1; !isKept && index >= 0; index--)
        {
            var (key, before) = changes[index];
            if (before is { } value)
            {
                Set(key, value);
            }
            else
            {
                Remove(key);
            }
        }
    }

    public bool TryGet(Bytes key, out Bytes value)
    {
        var entry = Treap.Find(_root, key);
        value = entry?.Value ?? default;
        return entry is not null;
    }

    public void Set(Bytes key, Bytes value)
    {
        _treap ??= new(new MapEdit());
        _root = _treap.Set(_root, key, value, out var before);
        if (before is null || before.Value != value)
        {
            Changed(key, before, value.Length);
        }
    }

    /// <summary>True if the key was there.</summary>
    public bool Remove(Bytes key)
    {
        _treap ??= new(new MapEdit());
        _root = _treap.Remove(_root, key, out var removed);
        if (removed is not null)
        {
            Changed(key, removed, 0);
        }

        return removed is not null;
    }

    /// <summary>The entries as they are at the call: changing the map meanwhile does not disturb the walk.</summary>
    public IEnumerable<KeyValuePair<Bytes, Bytes>> Range(Bytes from, Bytes? to)
    {
        // Few are listed at once, since a snapshot would have all copied that changes next.
        var present = new MapSnapshot(_root);
        return present.CountBetween(from, to) <= ListedAtOnce
            ? present.Range(from, to).ToArray()
            : Snapshot().Range(from, to);
    }

    public int CountBetween(Bytes from, Bytes? to) => new MapSnapshot(_root).CountBetween(from, to);

    /// <summary>The part of the map that begins with a prefix, as a map of its own that reaches nothing else.</summary>
    public StatePart Under(Bytes prefix) => new(this, prefix);

    private void Changed(Bytes key, MapEntry? before, int length)
    {
        _written += NodeBytes + key.Length + length;
        _snapshot = null;
        _attempt?.Add(new(key, before?.Value));
    }
}
