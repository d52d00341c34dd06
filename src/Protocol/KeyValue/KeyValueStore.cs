namespace Holdfast.Protocol;

/// <summary>The application that comes with the product: a key-value store with revisions, in the data model of etcd's
/// version 3 (https://etcd.io/docs/v3.6/learning/data_model/). Every operation that changes something raises the
/// store's revision by one; past revisions can be read until they are compacted.</summary>
public sealed class KeyValueStore : IStateMachine
{
    public string Name => "holdfast key-value";

    public uint Version => 2;

    public Bytes Execute(in OperationContext context, Bytes operation, IState state)
    {
        var writer = new KeyspaceWriter(state, context.Position.Sequence);
        var reader = new KeyspaceReader(state);
        var reply = KeyValueOperation.Decode(operation) is { } decoded
            ? Run(decoded, reader, writer)
            : Refuse(writer, KeyValueError.Malformed);
        writer.Finish();
        return reply.Encode();
    }

    public QueryAnswer Query(IReadOnlyState state, Bytes query)
    {
        var reader = new KeyspaceReader(state);
        var mark = reader.Mark;
        switch (KeyValueQuery.Decode(query))
        {
            case KeyValueQuery.Range { Request: var request, WithRevision: var withRevision }:
                var shown = withRevision ? mark.Revision : 0;
                return OperationCheck.RevisionRefusal(request.Revision, mark) is { } error
                    ? new(new KeyValueReply.Refused(shown, error).Encode(), mark.ChangedAt)
                    : new(
                        reader.Range(request, shown, KeyValueLimits.PastKeysPerQuery).Encode(),
                        withRevision ? mark.ChangedAt : reader.ChangedAt(request));
            case KeyValueQuery.Status:
                var keys = (ulong)reader.Count(KeyRange.All);
                return new(new KeyValueReply.Status(mark.Revision, mark.Compacted, keys).Encode(), mark.ChangedAt);
            case KeyValueQuery.Changes { From: var from } when from.Revision <= mark.Compacted && mark.Compacted > 0:
                return new(
                    new KeyValueReply.Refused(mark.Revision, KeyValueError.Compacted).Encode(), mark.ChangedAt);
            case KeyValueQuery.Changes changes:
                return new(reader.Changes(changes.Keys, changes.From, changes.Limit).Encode(), mark.ChangedAt);
            default:
                // Looked at nothing, so nothing can change it.
                return new(new KeyValueReply.Refused(0, KeyValueError.Malformed).Encode(), default(GlobalSequence));
        }
    }

    private static KeyValueReply Run(KeyValueOperation operation, KeyspaceReader reader, KeyspaceWriter writer)
    {
        if (operation is KeyValueOperation.Compact compact)
        {
            return RunCompact(compact, reader, writer);
        }

        if (operation is not KeyValueOperation.Transaction transaction)
        {
            return OperationCheck.Refusal([operation], reader) is { } error
                ? Refuse(writer, error)
                : RunOne(operation, reader, writer);
        }

        if ((OperationCheck.Conflict(transaction.Then) ?? OperationCheck.Conflict(transaction.Else)) is { } conflict)
        {
            return Refuse(writer, conflict);
        }

        var succeeded = transaction.If.All(compare =>
            compare.Holds(reader.Get(compare.Key, withValue: compare.Target == CompareTarget.Value)));
        var branch = succeeded ? transaction.Then : transaction.Else;
        if (OperationCheck.Refusal(branch, reader) is { } refusal)
        {
            return Refuse(writer, refusal);
        }

        var replies = branch.Select(one => RunOne(one, reader, writer)).ToArray();
        return new KeyValueReply.Transaction(writer.Revision, succeeded, new(replies));
    }

    /// <summary>All reasons to refuse were looked for before: what has begun is done.</summary>
    private static KeyValueReply RunOne(KeyValueOperation operation, KeyspaceReader reader, KeyspaceWriter writer)
    {
        switch (operation)
        {
            case KeyValueOperation.Put put:
                var previous = reader.Get(put.Key, withValue: put.WithPrevious);
                writer.Put(put.Key, put.Value, previous);
                return new KeyValueReply.Put(writer.Revision, put.WithPrevious ? previous : null);
            case KeyValueOperation.Delete delete:
                return RunDelete(delete, reader, writer);
            case KeyValueOperation.Range range:
                // How many keys all ranges may look at was asked before.
                return reader.Range(range.Request, writer.Revision, pastKeysMax: int.MaxValue);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private static KeyValueReply.Delete RunDelete(
        KeyValueOperation.Delete delete, KeyspaceReader reader, KeyspaceWriter writer)
    {
        var items = reader.Living(delete.Keys, delete.WithPrevious).ToArray();
        foreach (var item in items)
        {
            writer.Delete(item.Key);
        }

        return new(writer.Revision, (ulong)items.Length, delete.WithPrevious ? new(items) : []);
    }

    private static KeyValueReply RunCompact(
        KeyValueOperation.Compact compact, KeyspaceReader reader, KeyspaceWriter writer)
    {
        var mark = reader.Mark;
        if (compact.Revision > mark.Revision)
        {
            return Refuse(writer, KeyValueError.FutureRevision);
        }

        if (compact.Revision <= mark.Compacted)
        {
            return Refuse(writer, KeyValueError.Compacted);
        }

        writer.Compact(compact.Revision);
        return new KeyValueReply.Compact(writer.Revision);
    }

    private static KeyValueReply.Refused Refuse(KeyspaceWriter writer, KeyValueError error) =>
        new(writer.Revision, error);
}
