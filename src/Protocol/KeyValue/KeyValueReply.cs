namespace Holdfast.Protocol;

/// <summary>Why the store did not do what was asked. Nothing was changed then.</summary>
public enum KeyValueError : byte
{
    Malformed = 1,
    EmptyKey = 2,

    /// <summary>A transaction would change one key twice.</summary>
    DuplicateKey = 3,

    /// <summary>The revision is not there any more.</summary>
    Compacted = 4,

    /// <summary>The revision is not there yet.</summary>
    FutureRevision = 5,

    /// <summary>More keys than one operation may delete or look at (<see cref="KeyValueLimits.KeysPerDelete"/>,
    /// <see cref="KeyValueLimits.KeysPerOperation"/>, <see cref="KeyValueLimits.PastKeysPerQuery"/>): narrow the range.</summary>
    TooManyKeys = 6,

    /// <summary>What was deleted has more than <see cref="KeyValueLimits.PreviousBytes"/>: do not ask for it, or delete
    /// less.</summary>
    TooLong = 7,
}

/// <summary>What the key-value store answers to an operation or a query.</summary>
public abstract record KeyValueReply
{
    private const byte PutKind = 1;
    private const byte DeleteKind = 2;
    private const byte RangeKind = 3;
    private const byte TransactionKind = 4;
    private const byte CompactKind = 5;
    private const byte RefusedKind = 6;
    private const byte StatusKind = 7;
    private const byte ChangesKind = 8;

    private KeyValueReply(ulong revision) => Revision = revision;

    /// <summary>The store's revision after an operation; for a range that is queried, 0 unless it was asked
    /// for.</summary>
    public ulong Revision { get; }

    public sealed record Put(ulong Revision, KeyValueItem? Previous) : KeyValueReply(Revision);

    public sealed record Delete(ulong Revision, ulong Deleted, ValueList<KeyValueItem> Previous)
        : KeyValueReply(Revision);

    /// <param name="More">There are more items in the range than the limit or the reply has room for.</param>
    /// <param name="Count">All keys of the range, whatever the limit.</param>
    public sealed record Range(ulong Revision, ValueList<KeyValueItem> Items, bool More, ulong Count)
        : KeyValueReply(Revision);

    public sealed record Transaction(ulong Revision, bool Succeeded, ValueList<KeyValueReply> Replies)
        : KeyValueReply(Revision);

    public sealed record Compact(ulong Revision) : KeyValueReply(Revision);

    public sealed record Refused(ulong Revision, KeyValueError Error) : KeyValueReply(Revision);

    /// <param name="Compacted">The oldest revision that can be read; 0 before the first compaction.</param>
    public sealed record Status(ulong Revision, ulong Compacted, ulong Keys) : KeyValueReply(Revision);

    /// <param name="Next">Where to go on: all events before it, in the asked range, have been told.</param>
    public sealed record Changes(ulong Revision, ValueList<KeyValueEvent> Events, EventPlace Next)
        : KeyValueReply(Revision);

    public Bytes Encode()
    {
        var writer = new WireWriter();
        Write(writer);
        return writer.ToBytes();
    }

    /// <summary>Null for bytes that are no reply.</summary>
    public static KeyValueReply? Decode(Bytes bytes)
    {
        var reader = new WireReader(bytes.Span);
        var reply = Read(ref reader, mayBeTransaction: true);
        return reader.Finished ? reply : null;
    }

    private void Write(WireWriter writer)
    {
        switch (this)
        {
            case Put put:
                Begin(writer, PutKind);
                writer.Boolean(put.Previous is not null);
                put.Previous?.Write(writer);
                break;
            case Delete delete:
                Begin(writer, DeleteKind);
                writer.UInt64(delete.Deleted);
                WriteItems(delete.Previous, writer);
                break;
            case Range range:
                Begin(writer, RangeKind);
                WriteItems(range.Items, writer);
                writer.Boolean(range.More);
                writer.UInt64(range.Count);
                break;
            case Transaction transaction:
                WriteTransaction(transaction, writer);
                break;
            case Compact:
                Begin(writer, CompactKind);
                break;
            case Refused refused:
                Begin(writer, RefusedKind);
                writer.Byte((byte)refused.Error);
                break;
            case Status status:
                Begin(writer, StatusKind);
                writer.UInt64(status.Compacted);
                writer.UInt64(status.Keys);
                break;
            case Changes changes:
                WriteChanges(changes, writer);
                break;
        }
    }

    private static KeyValueReply? Read(ref WireReader reader, bool mayBeTransaction)
    {
        var (kind, revision) = (reader.Byte(), reader.UInt64());
        switch (kind)
        {
            case PutKind:
                return new Put(revision, reader.Boolean() ? KeyValueItem.Read(ref reader) : null);
            case DeleteKind:
                return new Delete(revision, reader.UInt64(), ReadItems(ref reader));
            case RangeKind:
                return new Range(revision, ReadItems(ref reader), reader.Boolean(), reader.UInt64());
            case TransactionKind when mayBeTransaction:
                return ReadTransaction(revision, ref reader);
            case CompactKind:
                return new Compact(revision);
            case RefusedKind:
                return new Refused(revision, ReadError(ref reader));
            case StatusKind:
                return new Status(revision, reader.UInt64(), reader.UInt64());
            case ChangesKind:
                return ReadChanges(revision, ref reader);
            default:
                reader.Fail();
                return null;
        }
    }

    private void Begin(WireWriter writer, byte kind)
    {
        writer.Byte(kind);
        writer.UInt64(Revision);
    }

    private static KeyValueError ReadError(ref WireReader reader)
    {
        var error = (KeyValueError)reader.Byte();
        if (error is < KeyValueError.Malformed or > KeyValueError.TooLong)
        {
            reader.Fail();
        }

        return error;
    }

    private static void WriteItems(ValueList<KeyValueItem> items, WireWriter writer)
    {
        writer.Count(items.Count);
        foreach (var item in items)
        {
            item.Write(writer);
        }
    }

    private static ValueList<KeyValueItem> ReadItems(ref WireReader reader)
    {
        var items = new KeyValueItem[reader.Count(KeyValueLimits.ItemsPerReply)];
        for (var index = 0; index < items.Length; index++)
        {
            items[index] = KeyValueItem.Read(ref reader);
        }

        return new(items);
    }

    private static void WriteTransaction(Transaction transaction, WireWriter writer)
    {
        transaction.Begin(writer, TransactionKind);
        writer.Boolean(transaction.Succeeded);
        writer.Count(transaction.Replies.Count);
        foreach (var reply in transaction.Replies)
        {
            reply.Write(writer);
        }
    }

    private static Transaction ReadTransaction(ulong revision, ref WireReader reader)
    {
        var succeeded = reader.Boolean();
        var replies = new KeyValueReply[reader.Count(KeyValueLimits.OperationsPerTransaction)];
        for (var index = 0; index < replies.Length; index++)
        {
            replies[index] = Read(ref reader, mayBeTransaction: false)!;
        }

        return new(revision, succeeded, new(replies));
    }

    private static void WriteChanges(Changes changes, WireWriter writer)
    {
        changes.Begin(writer, ChangesKind);
        writer.Count(changes.Events.Count);
        foreach (var one in changes.Events)
        {
            one.Write(writer);
        }

        changes.Next.Write(writer);
    }

    private static Changes ReadChanges(ulong revision, ref WireReader reader)
    {
        var events = new KeyValueEvent[reader.Count(KeyValueLimits.EventsPerQuery)];
        for (var index = 0; index < events.Length; index++)
        {
            events[index] = KeyValueEvent.Read(ref reader);
        }

        return new(revision, new(events), EventPlace.Read(ref reader));
    }
}
