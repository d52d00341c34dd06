namespace Holdfast.Protocol;

/// <summary>Keys from <paramref name="From"/> up to but without <paramref name="To"/>; to the end for null.</summary>
public readonly record struct KeyRange(Bytes From, Bytes? To)
{
    public static readonly KeyRange All = new(Bytes.Empty, null);

    /// <summary>One key only: the range up to the very next key.</summary>
    public bool IsSingle => To is { } to && to == KeyOrder.After(From);

    public static KeyRange Single(Bytes key) => new(key, KeyOrder.After(key));

    public static KeyRange Prefix(Bytes prefix) => new(prefix, KeyOrder.EndOfPrefix(prefix));

    public bool Contains(Bytes key) => key >= From && (To is null || key < To.Value);

    internal void Write(WireWriter writer)
    {
        writer.Bytes(From);
        writer.Boolean(To is not null);
        if (To is { } to)
        {
            writer.Bytes(to);
        }
    }

    internal static KeyRange Read(ref WireReader reader)
    {
        var from = reader.Bytes(KeyValueLimits.KeyBytes);
        return new(from, reader.Boolean() ? reader.Bytes(KeyValueLimits.KeyBytes + 1) : null);
    }
}
