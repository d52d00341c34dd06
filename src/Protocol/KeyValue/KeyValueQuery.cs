namespace Holdfast.Protocol;

/// <summary>What a client can ask the key-value store without changing it.</summary>
public abstract record KeyValueQuery
{
    private const byte RangeKind = 1;
    private const byte StatusKind = 2;
    private const byte ChangesKind = 3;

    private KeyValueQuery()
    {
    }

    /// <summary>Keys, in order.</summary>
    /// <param name="WithRevision">The answer names the store's revision. It then changes with every update of the
    /// store, so replicas that are not equally far do not give it alike.</param>
    public sealed record Range(RangeRequest Request, bool WithRevision) : KeyValueQuery;

    /// <summary>How far the store is.</summary>
    public sealed record Status : KeyValueQuery;

    /// <summary>What changed in a range, from a revision on, in the order in which it changed.</summary>
    /// <param name="From">The first event wanted.</param>
    /// <param name="Limit">So many events at most; 0 for as many as fit into a reply.</param>
    public sealed record Changes(KeyRange Keys, EventPlace From, uint Limit) : KeyValueQuery;

    public Bytes Encode()
    {
        var writer = new WireWriter();
        switch (this)
        {
            case Range range:
                writer.Byte(RangeKind);
                range.Request.Write(writer);
                writer.Boolean(range.WithRevision);
                break;
            case Status:
                writer.Byte(StatusKind);
                break;
            case Changes changes:
                writer.Byte(ChangesKind);
                changes.Keys.Write(writer);
                changes.From.Write(writer);
                writer.UInt32(changes.Limit);
                break;
        }

        return writer.ToBytes();
    }

    /// <summary>Null for bytes that are no query, or one over a limit.</summary>
    public static KeyValueQuery? Decode(Bytes bytes)
    {
        var reader = new WireReader(bytes.Span);
        KeyValueQuery? query = reader.Byte() switch
        {
            RangeKind => new Range(RangeRequest.Read(ref reader), reader.Boolean()),
            StatusKind => new Status(),
            ChangesKind => new Changes(KeyRange.Read(ref reader), EventPlace.Read(ref reader), reader.UInt32()),
            _ => null,
        };
        return reader.Finished ? query : null;
    }
}
