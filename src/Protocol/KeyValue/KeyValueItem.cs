namespace Holdfast.Protocol;

/// <summary>A key with its value and history.</summary>
/// <param name="CreateRevision">Revision at which the key came to be, last.</param>
/// <param name="ModRevision">Revision of its last change.</param>
/// <param name="Version">1 when it came to be, one more with each change.</param>
public sealed record KeyValueItem(Bytes Key, Bytes Value, ulong CreateRevision, ulong ModRevision, ulong Version)
{
    internal const int FixedBytes = (2 * sizeof(uint)) + (3 * sizeof(ulong));

    internal void Write(WireWriter writer)
    {
        writer.Bytes(Key);
        writer.Bytes(Value);
        writer.UInt64(CreateRevision);
        writer.UInt64(ModRevision);
        writer.UInt64(Version);
    }

    internal static KeyValueItem Read(ref WireReader reader) => new(
        reader.Bytes(KeyValueLimits.KeyBytes),
        reader.Bytes(KeyValueLimits.ValueBytes),
        reader.UInt64(),
        reader.UInt64(),
        reader.UInt64());
}

/// <summary>The place of a change: its revision and, from 0, its order among the changes of one transaction.</summary>
public readonly record struct EventPlace(ulong Revision, uint Order)
{
    internal void Write(WireWriter writer)
    {
        writer.UInt64(Revision);
        writer.UInt32(Order);
    }

    internal static EventPlace Read(ref WireReader reader) => new(reader.UInt64(), reader.UInt32());
}

/// <summary>One change of one key. A deleted key is told with an empty value, version 0 and create revision
/// 0.</summary>
public sealed record KeyValueEvent(EventPlace Place, bool IsDeleted, KeyValueItem Item)
{
    internal void Write(WireWriter writer)
    {
        Place.Write(writer);
        writer.Boolean(IsDeleted);
        Item.Write(writer);
    }

    internal static KeyValueEvent Read(ref WireReader reader) =>
        new(EventPlace.Read(ref reader), reader.Boolean(), KeyValueItem.Read(ref reader));
}
