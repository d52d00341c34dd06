namespace Holdfast.Protocol;

/// <summary>Looks for every reason to refuse before anything is changed.</summary>
internal static class OperationCheck
{
    /// <summary>A branch must not change a key twice, and so neither delete what it puts; judged for both branches,
    /// whichever is taken, as etcd does.</summary>
    public static KeyValueError? Conflict(ValueList<KeyValueOperation> branch)
    {
        var keys = new SortedSet<Bytes>();
        foreach (var operation in branch)
        {
            if (operation is KeyValueOperation.Put put && !keys.Add(put.Key))
            {
                return KeyValueError.DuplicateKey;
            }
        }

        var touchesPut = branch.OfType<KeyValueOperation.Delete>().Any(delete => keys.Any(delete.Keys.Contains));
        return touchesPut ? KeyValueError.DuplicateKey : null;
    }

    public static KeyValueError? Refusal(ValueList<KeyValueOperation> operations, KeyspaceReader reader)
    {
        var (mark, deleted, looked, past, previous) = (reader.Mark, 0L, 0L, 0L, 0L);
        foreach (var operation in operations)
        {
            switch (operation)
            {
                case KeyValueOperation.Put { Key.IsEmpty: true }:
                    return KeyValueError.EmptyKey;
                case KeyValueOperation.Range { Request.Revision: var revision }
                    when RevisionRefusal(revision, mark) is { } error:
                    return error;
                case KeyValueOperation.Range { Request: { Revision: 0 } request }:
                    looked += Math.Min(
                        reader.Count(request.Keys),
                        Math.Min(KeyspaceReader.ItemsMax(request), KeyValueLimits.RangeBytes / KeyValueItem.FixedBytes));
                    break;
                case KeyValueOperation.Range { Request: var request }:
                    past += reader.CountEver(request.Keys);
                    break;
                case KeyValueOperation.Delete delete:
                    var keys = reader.Count(delete.Keys);
                    deleted += keys;
                    previous += delete.WithPrevious && keys <= KeyValueLimits.KeysPerDelete
                        ? reader.BytesOf(delete.Keys, KeyValueLimits.PreviousBytes)
                        : 0;
                    break;
            }
        }

        var isTooMany = Math.Max(deleted, past) > KeyValueLimits.KeysPerDelete || looked > KeyValueLimits.KeysPerOperation;
        return isTooMany ? KeyValueError.TooManyKeys
            : previous > KeyValueLimits.PreviousBytes ? KeyValueError.TooLong
            : null;
    }

    public static KeyValueError? RevisionRefusal(ulong revision, KeyspaceMark mark)
    {
        if (revision > mark.Revision)
        {
            return KeyValueError.FutureRevision;
        }

        return revision != 0 && revision < mark.Compacted ? KeyValueError.Compacted : null;
    }
}
