namespace Holdfast.Protocol;

/// <summary>Makes a map of entries that come in the order of their keys, each in constant time on average: what is
/// stored is sorted, and a million searches for places that are known would be half of a restart.</summary>
public sealed class MapBuilder
{
    // The way from the root to the last entry along right children, each with its left subtree: all else is finished
    // (Vuillemin 1980, section 3.3; the stack is as deep as the treap).
    private readonly Stack<(MapEntry Entry, MapNode? Left)> _spine = new();
    private MapEntry? _last;

    /// <summary>False if the key is not above all before it; then nothing is added.</summary>
    public bool TryAdd(MapEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (_last is not null && entry.Key.CompareTo(_last.Key) <= 0)
        {
            return false;
        }

        MapNode? left = null;
        while (_spine.TryPeek(out var lowest) && !lowest.Entry.StandsAbove(entry.Priority, entry.Key))
        {
            left = Finish(left);
        }

        _spine.Push((entry, left));
        _last = entry;
        return true;
    }

    /// <summary>The map of all that was added; the last that the builder does.</summary>
    public MapSnapshot Build()
    {
        MapNode? root = null;
        while (_spine.Count > 0)
        {
            root = Finish(root);
        }

        return root is null ? MapSnapshot.Empty : new(root);
    }

    private MapNode Finish(MapNode? right)
    {
        var (entry, left) = _spine.Pop();
        return new(entry, left, right);
    }
}
