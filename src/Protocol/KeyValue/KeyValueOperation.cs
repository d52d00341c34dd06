namespace Holdfast.Protocol;

/// <summary>What a client can ask the key-value store to do, in the words of etcd's version 3 interface.</summary>
public abstract record KeyValueOperation
{
    private const byte PutKind = 1;
    private const byte DeleteKind = 2;
    private const byte RangeKind = 3;
    private const byte TransactionKind = 4;
    private const byte CompactKind = 5;

    private KeyValueOperation()
    {
    }

    /// <summary>Sets a key.</summary>
    /// <param name="WithPrevious">The reply tells what was there before.</param>
    public sealed record Put(Bytes Key, Bytes Value, bool WithPrevious) : KeyValueOperation;

    /// <summary>Deletes all keys of a range.</summary>
    public sealed record Delete(KeyRange Keys, bool WithPrevious) : KeyValueOperation;

    /// <summary>Reads at its place in the global order.</summary>
    public sealed record Range(RangeRequest Request) : KeyValueOperation;

    /// <summary>If all conditions hold then the one list, else the other: all of it at one revision. No key may be
    /// changed twice in a list, as in etcd.</summary>
    public sealed record Transaction(
        ValueList<KeyCompare> If, ValueList<KeyValueOperation> Then, ValueList<KeyValueOperation> Else)
        : KeyValueOperation;

    /// <summary>Forgets what was before a revision. The store as it was right after the revision stays
    /// readable.</summary>
    public sealed record Compact(ulong Revision) : KeyValueOperation;

    public Bytes Encode()
    {
        var writer = new WireWriter();
        Write(writer);
        return writer.ToBytes();
    }

    /// <summary>Null for bytes that are no operation, or one over a limit.</summary>
    public static KeyValueOperation? Decode(Bytes bytes)
    {
        var reader = new WireReader(bytes.Span);
        var operation = Read(ref reader, mayBeTransaction: true);
        return reader.Finished ? operation : null;
    }

    private void Write(WireWriter writer)
    {
        switch (this)
        {
            case Put put:
                writer.Byte(PutKind);
                writer.Bytes(put.Key);
                writer.Bytes(put.Value);
                writer.Boolean(put.WithPrevious);
                break;
            case Delete delete:
                writer.Byte(DeleteKind);
                delete.Keys.Write(writer);
                writer.Boolean(delete.WithPrevious);
                break;
            case Range range:
                writer.Byte(RangeKind);
                range.Request.Write(writer);
                break;
            case Transaction transaction:
                writer.Byte(TransactionKind);
                WriteTransaction(transaction, writer);
                break;
            case Compact compact:
                writer.Byte(CompactKind);
                writer.UInt64(compact.Revision);
                break;
        }
    }

    private static KeyValueOperation? Read(ref WireReader reader, bool mayBeTransaction)
    {
        switch (reader.Byte())
        {
            case PutKind:
                return new Put(
                    reader.Bytes(KeyValueLimits.KeyBytes), reader.Bytes(KeyValueLimits.ValueBytes), reader.Boolean());
            case DeleteKind:
                return new Delete(KeyRange.Read(ref reader), reader.Boolean());
            case RangeKind:
                return new Range(RangeRequest.Read(ref reader));
            case TransactionKind when mayBeTransaction:
                return ReadTransaction(ref reader);
            case CompactKind when mayBeTransaction:
                return new Compact(reader.UInt64());
            default:
                reader.Fail();
                return null;
        }
    }

    private static void WriteTransaction(Transaction transaction, WireWriter writer)
    {
        writer.Count(transaction.If.Count);
        foreach (var compare in transaction.If)
        {
            compare.Write(writer);
        }

        foreach (var branch in new[] { transaction.Then, transaction.Else })
        {
            writer.Count(branch.Count);
            foreach (var operation in branch)
            {
                operation.Write(writer);
            }
        }
    }

    private static Transaction ReadTransaction(ref WireReader reader)
    {
        var compares = new KeyCompare[reader.Count(KeyValueLimits.ComparesPerTransaction)];
        for (var index = 0; index < compares.Length; index++)
        {
            compares[index] = KeyCompare.Read(ref reader);
        }

        return new Transaction(new(compares), ReadBranch(ref reader), ReadBranch(ref reader));
    }

    private static ValueList<KeyValueOperation> ReadBranch(ref WireReader reader)
    {
        var branch = new KeyValueOperation[reader.Count(KeyValueLimits.OperationsPerTransaction)];
        for (var index = 0; index < branch.Length; index++)
        {
            branch[index] = Read(ref reader, mayBeTransaction: false)!;
        }

        return new(branch);
    }
}
