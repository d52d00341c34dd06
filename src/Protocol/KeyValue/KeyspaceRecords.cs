namespace Holdfast.Protocol;

/// <summary>How far the whole store is.</summary>
/// <param name="Revision">The last revision given. An empty store is at 1, as in etcd.</param>
/// <param name="Compacted">The oldest revision that can be read; 0 before the first compaction.</param>
/// <param name="ChangedAt">Last global sequence that changed what anyone can see.</param>
/// <param name="ForgotAt">Last global sequence that forgot a deleted key.</param>
internal readonly record struct KeyspaceMark(
    ulong Revision, ulong Compacted, GlobalSequence ChangedAt, GlobalSequence ForgotAt)
{
    public static KeyspaceMark Load(IReadOnlyState state)
    {
        if (!state.TryGet(KeyspaceLayout.Mark, out var bytes))
        {
            return new(1, 0, default, default);
        }

        var reader = new WireReader(bytes.Span);
        return new(reader.UInt64(), reader.UInt64(), reader.GlobalSequence(), reader.GlobalSequence());
    }

    public void Save(IState state)
    {
        var writer = new WireWriter(4 * sizeof(ulong));
        writer.UInt64(Revision);
        writer.UInt64(Compacted);
        writer.Sequence(ChangedAt);
        writer.Sequence(ForgotAt);
        state.Set(KeyspaceLayout.Mark, writer.ToBytes());
    }
}

/// <summary>When a key changed last: the store's revision and the global sequence.</summary>
internal readonly record struct LastChange(ulong Revision, GlobalSequence ChangedAt)
{
    public static LastChange Decode(Bytes bytes)
    {
        var reader = new WireReader(bytes.Span);
        return new(reader.UInt64(), reader.GlobalSequence());
    }

    public Bytes Encode()
    {
        var writer = new WireWriter(2 * sizeof(ulong));
        writer.UInt64(Revision);
        writer.Sequence(ChangedAt);
        return writer.ToBytes();
    }
}

/// <summary>A key as it was from one revision on. Version 0: it was not there.</summary>
internal readonly record struct KeyVersion(ulong CreateRevision, ulong Version, Bytes Value)
{
    private const int HeadBytes = 2 * sizeof(ulong);

    public bool IsDeleted => Version == 0;

    /// <param name="withValue">False spares copying a value that nobody looks at.</param>
    public static KeyVersion Decode(Bytes bytes, bool withValue)
    {
        var reader = new WireReader(bytes.Span);
        return new(reader.UInt64(), reader.UInt64(), withValue ? Bytes.Copy(bytes.Span[HeadBytes..]) : Bytes.Empty);
    }

    public Bytes Encode()
    {
        var writer = new WireWriter(HeadBytes + Value.Length);
        writer.UInt64(CreateRevision);
        writer.UInt64(Version);
        writer.Fixed(Value.Span);
        return writer.ToBytes();
    }

    public KeyValueItem ToItem(Bytes key, ulong modRevision) => new(key, Value, CreateRevision, modRevision, Version);
}
