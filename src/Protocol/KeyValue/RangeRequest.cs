namespace Holdfast.Protocol;

/// <summary>What a range gives of each key.</summary>
public enum RangeParts : byte
{
    KeysAndValues = 1,

    /// <summary>Items with empty values.</summary>
    Keys = 2,
    CountOnly = 3,
}

/// <summary>A question for keys, in order.</summary>
/// <param name="Revision">The store as it was right after this revision; 0 for as it is.</param>
/// <param name="Limit">So many items at most; 0 for as many as fit into a reply.</param>
public sealed record RangeRequest(KeyRange Keys, ulong Revision, uint Limit, RangeParts Parts)
{
    /// <summary>One key, as it is.</summary>
    public static RangeRequest Get(Bytes key) => Of(KeyRange.Single(key));

    public static RangeRequest Of(KeyRange keys) => new(keys, 0, 0, RangeParts.KeysAndValues);

    internal void Write(WireWriter writer)
    {
        Keys.Write(writer);
        writer.UInt64(Revision);
        writer.UInt32(Limit);
        writer.Byte((byte)Parts);
    }

    internal static RangeRequest Read(ref WireReader reader)
    {
        var request = new RangeRequest(
            KeyRange.Read(ref reader), reader.UInt64(), reader.UInt32(), (RangeParts)reader.Byte());
        if (request.Parts is < RangeParts.KeysAndValues or > RangeParts.CountOnly)
        {
            reader.Fail();
        }

        return request;
    }
}
