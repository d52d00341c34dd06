namespace Holdfast.Protocol.Tests;

/// <summary>A key-value store alone with its state. Each operation is an entry of its own.</summary>
internal sealed class KeyValueStage
{
    private readonly KeyValueStore _store = new();
    private readonly AuthenticatedMap _map = new();

    public ulong Sequence { get; private set; }

    public int Entries => _map.Count;

    public Digest Digest => _map.Digest;

    public static Bytes Text(string text) => Bytes.FromText(text);

    public static KeyValueOperation.Put Put(string key, string value) =>
        new(Text(key), Text(value), WithPrevious: false);

    public static KeyValueOperation.Delete Delete(string key) => new(KeyRange.Single(Text(key)), WithPrevious: false);

    public static KeyValueOperation.Range Get(string key) => new(RangeRequest.Get(Text(key)));

    public static KeyValueItem Item(string key, string value, ulong create, ulong mod, ulong version) =>
        new(Text(key), Text(value), create, mod, version);

    public KeyValueReply Do(KeyValueOperation operation) => DoBytes(operation.Encode());

    public KeyValueReply DoBytes(Bytes operation)
    {
        var context = new OperationContext(new(new(++Sequence), 0), default, Bytes.Empty);
        var reply = KeyValueReply.Decode(_store.Execute(context, operation, _map.Under(Text("kv"))));
        Assert.NotNull(reply);
        return reply;
    }

    public void Put(params string[] keysAndValues)
    {
        foreach (var pair in keysAndValues.Chunk(2))
        {
            Assert.IsType<KeyValueReply.Put>(Do(Put(pair[0], pair[1])));
        }
    }

    public KeyValueError Refused(KeyValueOperation operation) =>
        Assert.IsType<KeyValueReply.Refused>(Do(operation)).Error;

    public (KeyValueReply Reply, ulong ChangedAt) Ask(KeyValueQuery query) => AskBytes(query.Encode());

    public (KeyValueReply Reply, ulong ChangedAt) AskBytes(Bytes query)
    {
        var answer = _store.Query(_map.Snapshot().Under(Text("kv")), query);
        var reply = KeyValueReply.Decode(answer.Result);
        Assert.NotNull(reply);
        Assert.NotNull(answer.ChangedAt);
        return (reply, answer.ChangedAt.Value.Number);
    }

    public KeyValueReply.Range Range(RangeRequest request) =>
        Assert.IsType<KeyValueReply.Range>(Ask(new KeyValueQuery.Range(request, WithRevision: false)).Reply);

    public KeyValueItem? Look(string key, ulong revision = 0) =>
        Range(RangeRequest.Get(Text(key)) with { Revision = revision }).Items.SingleOrDefault();

    public ulong ChangedAt(string key) =>
        Ask(new KeyValueQuery.Range(RangeRequest.Get(Text(key)), WithRevision: false)).ChangedAt;

    public KeyValueReply.Status Status() => Assert.IsType<KeyValueReply.Status>(Ask(new KeyValueQuery.Status()).Reply);
}
