namespace Holdfast.Protocol;

/// <summary>What of a key a transaction looks at. A key that is not there has version and revisions 0 and no
/// value.</summary>
public enum CompareTarget : byte
{
    Version = 1,
    CreateRevision = 2,
    ModRevision = 3,
    Value = 4,
}

public enum CompareRelation : byte
{
    Equal = 1,
    NotEqual = 2,
    Less = 3,
    Greater = 4,
}

/// <summary>One condition of a transaction: what stands in the store on the left, what is given here on the
/// right.</summary>
/// <param name="Number">For every target but the value.</param>
/// <param name="Value">For the value, which is compared as unsigned bytes.</param>
public sealed record KeyCompare(Bytes Key, CompareTarget Target, CompareRelation Relation, ulong Number, Bytes Value)
{
    public static KeyCompare OnNumber(Bytes key, CompareTarget target, CompareRelation relation, ulong number) =>
        new(key, target, relation, number, Bytes.Empty);

    public static KeyCompare OnValue(Bytes key, CompareRelation relation, Bytes value) =>
        new(key, CompareTarget.Value, relation, 0, value);

    /// <summary>Whether the condition holds for a key as it is; null for one that is not there. As in etcd, no
    /// condition on the value of a missing key holds, not even <see cref="CompareRelation.NotEqual"/>.</summary>
    public bool Holds(KeyValueItem? item) => Target switch
    {
        CompareTarget.Version => Holds((item?.Version ?? 0).CompareTo(Number)),
        CompareTarget.CreateRevision => Holds((item?.CreateRevision ?? 0).CompareTo(Number)),
        CompareTarget.ModRevision => Holds((item?.ModRevision ?? 0).CompareTo(Number)),
        _ => item is not null && Holds(item.Value.CompareTo(Value)),
    };

    internal void Write(WireWriter writer)
    {
        writer.Bytes(Key);
        writer.Byte((byte)Target);
        writer.Byte((byte)Relation);
        if (Target == CompareTarget.Value)
        {
            writer.Bytes(Value);
        }
        else
        {
            writer.UInt64(Number);
        }
    }

    internal static KeyCompare Read(ref WireReader reader)
    {
        var key = reader.Bytes(KeyValueLimits.KeyBytes);
        var (target, relation) = ((CompareTarget)reader.Byte(), (CompareRelation)reader.Byte());
        if (target is < CompareTarget.Version or > CompareTarget.Value
            || relation is < CompareRelation.Equal or > CompareRelation.Greater)
        {
            reader.Fail();
        }

        return target == CompareTarget.Value
            ? OnValue(key, relation, reader.Bytes(KeyValueLimits.ValueBytes))
            : OnNumber(key, target, relation, reader.UInt64());
    }

    private bool Holds(int order) => Relation switch
    {
        CompareRelation.Equal => order == 0,
        CompareRelation.NotEqual => order != 0,
        CompareRelation.Less => order < 0,
        _ => order > 0,
    };
}
