namespace Holdfast.Protocol;

/// <summary>Changes treaps by copying the nodes on the way, or in place where the edit made them. Nothing here recurses:
/// priorities are hashes of keys, and whoever chooses keys can make a deep treap with patience, so depth must not cost
/// the stack. Used by one thread.</summary>
/// <param name="edit">See <see cref="MapEdit"/>; null copies always, as who looks at a version of others must.</param>
internal sealed class Treap(MapEdit? edit)
{
    private (MapNode Node, bool IsLeft)[] _path = new (MapNode, bool)[32];
    private int _depth;
    private int _deepest;

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

    /// <param name="before">The key's entry so far; null if it was not there. If it had that value already, nothing is
    /// changed.</param>
    public MapNode Set(MapNode? root, Bytes key, Bytes value, out MapEntry? before)
    {
        var node = WalkTo(root, key);
        before = node?.Entry;
        if (before is not null && before.Value == value)
        {
            return Keep(root!);
        }

        if (before is not null)
        {
            return Rebuild(node!.With(new MapEntry(before.Key, value, before.Priority), edit))!;
        }

        var entry = new MapEntry(key, value, MapEntry.PriorityOf(key));
        var depth = 0;
        while (depth < _depth && _path[depth].Node.Entry.StandsAbove(entry.Priority, key))
        {
            depth++;
        }

        // All that the new entry stands above is parted by it.
        var (below, above) = Part(null, null, depth);
        return Rebuild(new MapNode(entry, below, above, edit))!;
    }

    /// <param name="removed">Null if the key was not there; then nothing is changed.</param>
    public MapNode? Remove(MapNode? root, Bytes key, out MapEntry? removed)
    {
        var node = WalkTo(root, key);
        removed = node?.Entry;
        return node is null ? root is null ? null : Keep(root) : Rebuild(Join(node.Left, node.Right));
    }

    /// <summary>What is below the key and what is above it. The key itself, if it is there, is in neither.</summary>
    public (MapNode? Below, MapNode? Above) Split(MapNode? root, Bytes key)
    {
        var node = WalkTo(root, key);
        var parts = Part(node?.Left, node?.Right, 0);
        Forget();
        return parts;
    }

    /// <summary>Goes down to a key, or to where it would be, and keeps the way.</summary>
    private MapNode? WalkTo(MapNode? root, Bytes key)
    {
        _depth = 0;
        var node = root;
        while (node is not null)
        {
            var order = key.CompareTo(node.Key);
            if (order == 0)
            {
                break;
            }

            Push(node, isLeft: order < 0);
            node = order < 0 ? node.Left : node.Right;
        }

        return node;
    }

    /// <summary>Takes the way apart from its end up to a depth: who went left there is above the key.</summary>
    private (MapNode? Below, MapNode? Above) Part(MapNode? below, MapNode? above, int upTo)
    {
        while (_depth > upTo)
        {
            var (parent, isLeft) = _path[--_depth];
            if (isLeft)
            {
                above = parent.WithLeft(above, edit);
            }
            else
            {
                below = parent.WithRight(below, edit);
            }
        }

        return (below, above);
    }

    /// <summary>Two treaps, all keys of the first below all keys of the second, as one. The way down to it goes on
    /// through both.</summary>
    private MapNode? Join(MapNode? below, MapNode? above)
    {
        var from = _depth;
        while (below is not null && above is not null)
        {
            var belowFirst = below.Entry.StandsAbove(above.Entry.Priority, above.Key);
            Push(belowFirst ? below : above, isLeft: !belowFirst);
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
        while (_depth > from)
        {
            var (parent, isLeft) = _path[--_depth];
            joined = isLeft ? parent.WithLeft(joined, edit) : parent.WithRight(joined, edit);
        }

        return joined;
    }

    /// <summary>The root over a changed end of the way.</summary>
    private MapNode? Rebuild(MapNode? changed)
    {
        while (_depth > 0)
        {
            var (parent, isLeft) = _path[--_depth];
            if (parent.HasAlready(changed, isLeft, edit))
            {
                changed = _depth == 0 ? parent : _path[0].Node;
                break;
            }

            changed = isLeft ? parent.WithLeft(changed, edit) : parent.WithRight(changed, edit);
        }

        Forget();
        return changed;
    }

    private MapNode Keep(MapNode root)
    {
        Forget();
        return root;
    }

    private void Push(MapNode node, bool isLeft)
    {
        if (_depth == _path.Length)
        {
            Array.Resize(ref _path, 2 * _path.Length);
        }

        _path[_depth++] = (node, isLeft);
        _deepest = Math.Max(_deepest, _depth);
    }

    /// <summary>A way that is over would keep versions alive that nobody has any more.</summary>
    private void Forget()
    {
        Array.Clear(_path, 0, _deepest);
        (_depth, _deepest) = (0, 0);
    }
}
