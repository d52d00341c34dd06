namespace Holdfast.Protocol;

/// <summary>Finds what differs between two versions of a map. Both have the one shape that their keys dictate, so
/// wherever a subtree was not touched, both hold the very same node.</summary>
internal static class MapDifference
{
    public static IEnumerable<MapChange> Between(MapNode? older, MapNode? newer)
    {
        var (open, treap) = (new Stack<Step>(), new Treap(edit: null));
        open.Push(new Step(older, newer, null));
        while (open.TryPop(out var step))
        {
            if (step.Change is { } change)
            {
                yield return change;
            }
            else if (step.Older != step.Newer)
            {
                Divide(step.Older, step.Newer, treap, open);
            }
        }
    }

    /// <summary>Takes the topmost key of both out: what is left of it, the key itself, what is right of it.</summary>
    private static void Divide(MapNode? older, MapNode? newer, Treap treap, Stack<Step> open)
    {
        var top = older is null || (newer is not null && newer.Entry.StandsAbove(older.Entry.Priority, older.Key))
            ? newer!.Entry
            : older.Entry;
        var (olderLeft, olderEntry, olderRight) = Around(older, top.Key, treap);
        var (newerLeft, newerEntry, newerRight) = Around(newer, top.Key, treap);

        open.Push(new Step(olderRight, newerRight, null));
        if (newerEntry is null)
        {
            open.Push(new Step(null, null, new MapChange(top.Key, null)));
        }
        else if (newerEntry != olderEntry && (olderEntry is null || olderEntry.Value != newerEntry.Value))
        {
            open.Push(new Step(null, null, new MapChange(top.Key, newerEntry.Value)));
        }

        open.Push(new Step(olderLeft, newerLeft, null));
    }

    private static (MapNode? Left, MapEntry? Entry, MapNode? Right) Around(
        MapNode? root, Bytes key, Treap treap)
    {
        if (root is not null && root.Key == key)
        {
            return (root.Left, root.Entry, root.Right);
        }

        // The key is nowhere in here: its priority would have put it above this root.
        var (below, above) = treap.Split(root, key);
        return (below, null, above);
    }

    private readonly record struct Step(MapNode? Older, MapNode? Newer, MapChange? Change);
}
