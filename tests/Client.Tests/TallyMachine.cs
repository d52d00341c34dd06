using Holdfast.Protocol;

namespace Holdfast.Client.Tests;

/// <summary>Counts how often each body was executed. An update's result, and that of any query, is the total.</summary>
internal sealed class TallyMachine : IStateMachine
{
    private static readonly Bytes Total = Bytes.FromText("total");
    private static readonly Bytes ChangedAt = Bytes.FromText("changed at");

    public string Name => "tally";

    public uint Version => 1;

    public Bytes Execute(in OperationContext context, Bytes operation, IState state)
    {
        var total = Number(state, Total) + 1;
        Set(state, Total, total);
        Set(state, ChangedAt, context.Position.Sequence.Number);
        Set(state, Of(operation), Number(state, Of(operation)) + 1);
        return Encode(total);
    }

    public QueryAnswer Query(IReadOnlyState state, Bytes query) =>
        new(Encode(Number(state, query.IsEmpty ? Total : Of(query))), new(Number(state, ChangedAt)));

    public static ulong Decode(Bytes result) => new WireReader(result.Span).UInt64();

    private static Bytes Of(Bytes body) => Bytes.FromText("body ").Concat(body.Span);

    private static ulong Number(IReadOnlyState state, Bytes key) =>
        state.TryGet(key, out var value) ? Decode(value) : 0;

    private static void Set(IState state, Bytes key, ulong number) => state.Set(key, Encode(number));

    private static Bytes Encode(ulong number)
    {
        var writer = new WireWriter();
        writer.UInt64(number);
        return writer.ToBytes();
    }
}
