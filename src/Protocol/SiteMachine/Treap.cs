namespace Holdfast.Protocol;

/// <summary>Changes treaps by copying the nodes on the way. Nothing here recurses: priorities are hashes of keys, and
/// whoever chooses keys can make a deep treap with patience, so depth must not cost the stack.</summary>
internal static class Treap
{
    public static MapEntry? Find(MapNode? root, Bytes key)
    {
        var node = root;
        while (node is not null)
        {
            var order = key.CompareTo(node.Key);
            if (order == 0)
            {
                return node.Entry;
            }

            node = order < 0 ? node.Left : node.Right;
        }

        return null;
    }

    /// <summary>The very same root if the key has that value already.</summary>
    public static MapNode Set(MapNode? root, Bytes key, Bytes value)
    {
        var entry = new MapEntry(key, value, MapEntry.PriorityOf(key));
        var path = new Stack<MapNode>();
        var node = root;
        while (node is not null && node.Entry.StandsAbove(entry.Priority, key))
        {
            path.Push(node);
            node = key < node.Key ? node.Left : node.Right;
        }

        if (node is not null && node.Key == key)
        {
            return node.Entry.Value == value
                ? root!
                : Rebuild(path, key, new MapNode(entry, node.Left, node.Right))!;
        }

        var (below, above) = Split(node, key);
        return Rebuild(path, key, new MapNode(entry, below, above))!;
    }

    public static MapNode? Remove(MapNode? root, Bytes key)
    {
        var path = new Stack<MapNode>();
        var node = root;
        while (node is not null && node.Key != key)
        {
            path.Push(node);
            node = key < node.Key ? node.Left : node.Right;
        }

        return node is null ? root : Rebuild(path, key, Join(node.Left, node.Right));
    }

    /// <summary>What is below the key and what is above it. The key itself, if it is there, is in neither.</summary>
    public static (MapNode? Below, MapNode? Above) Split(MapNode? root, Bytes key)
    {
        var path = new Stack<MapNode>();
        var node = root;
        while (node is not null && node.Key != key)
        {
            path.Push(node);
            node = node.Key < key ? node.Right : node.Left;
        }

        var (below, above) = (node?.Left, node?.Right);
        while (path.TryPop(out var parent))
        {
            if (parent.Key < key)
            {
                below = parent.WithRight(below);
            }
            else
            {
                above = parent.WithLeft(above);
            }
        }

        return (below, above);
    }

    /// <summary>How many keys are below this one.</summary>
    public static int Rank(MapNode? root, Bytes key)
    {
        var (rank, node) = (0, root);
        while (node is not null)
        {
            if (node.Key < key)
            {
                rank += 1 + MapNode.CountOf(node.Left);
                node = node.Right;
            }
            else
            {
                node = node.Left;
            }
        }

        return rank;
    }

    /// <summary>Two treaps, all keys of the first below all keys of the second, as one.</summary>
    private static MapNode? Join(MapNode? below, MapNode? above)
    {
        var path = new Stack<(MapNode Node, bool IsBelow)>();
        while (below is not null && above is not null)
        {
            var belowFirst = below.Entry.StandsAbove(above.Entry.Priority, above.Key);
            path.Push((belowFirst ? below : above, belowFirst));
            if (belowFirst)
            {
                below = below.Right;
            }
            else
            {
                above = above.Left;
            }
        }

        var joined = below ?? above;
        while (path.TryPop(out var step))
        {
            joined = step.IsBelow ? step.Node.WithRight(joined) : step.Node.WithLeft(joined);
        }

        return joined;
    }

    private static MapNode? Rebuild(Stack<MapNode> path, Bytes key, MapNode? changed)
    {
        while (path.TryPop(out var parent))
        {
            changed = key < parent.Key ? parent.WithLeft(changed) : parent.WithRight(changed);
        }

        return changed;
    }
}
