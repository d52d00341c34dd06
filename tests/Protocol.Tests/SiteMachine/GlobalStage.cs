using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>An application whose behaviour stands in the operation: enough to see what the state around it
/// does.</summary>
internal sealed class TestMachine(uint version = 1) : IStateMachine
{
    public static readonly Bytes Log = Bytes.FromText("log");
    public static readonly Bytes Lease = Bytes.FromText("lease");

    public string Name => "test";

    public uint Version => version;

    public Bytes Execute(in OperationContext context, Bytes operation, IState state)
    {
        state.TryGet(Log, out var log);
        state.Set(Log, log.Concat(operation.Span));
        switch (operation.Span[0])
        {
            case (byte)'!':
                throw new InvalidOperationException("as asked");
            case (byte)'L':
                return new Bytes(new byte[Limits.ResultBytes + 1]);
            case (byte)'M':
                return new Bytes(new byte[Limits.ResultBytes]);
            case (byte)'B':
                return new Bytes(new byte[300 * 1024]);
            case (byte)'K':
                state.Set(new Bytes(new byte[Limits.StateKeyBytes + 1]), Log);
                break;
            case (byte)'V':
                state.Set(Log, new Bytes(new byte[Limits.StateValueBytes + 1]));
                break;
            case (byte)'R':
                for (var left = 1000 * operation.Span[1]; left > 0; left--)
                {
                    state.TryGet(Log, out _);
                }

                break;
            case (byte)'D':
                state.Set(Lease, new Bytes([0]));
                break;
            case (byte)'W':
                state.Set(Lease, new Bytes([operation.Span[1]]));
                break;
        }

        return Bytes.FromText("did ").Concat(operation.Span);
    }

    public QueryAnswer Query(IReadOnlyState state, Bytes query)
    {
        if (query.Span[0] == (byte)'!')
        {
            throw new InvalidOperationException("as asked");
        }

        state.TryGet(Log, out var log);
        return new(log, query.Span[0] == (byte)'c' ? new GlobalSequence(7) : null);
    }

    public Timestamp? NextDeadline(IReadOnlyState state) =>
        !state.TryGet(Lease, out var seconds) ? null
        : seconds.Span[0] == 0 ? throw new InvalidOperationException("as asked")
        : GlobalStage.At(seconds.Span[0]);

    public void OnDeadline(in OperationContext context, IState state)
    {
        state.TryGet(Log, out var log);
        state.Set(Log, log.Concat("<over>"u8));
        state.Remove(Lease);
    }
}

/// <summary>A global state with three clients, to which entries happen second by second.</summary>
internal sealed class GlobalStage
{
    public static readonly Bytes Writer = new(new byte[32]);
    public static readonly Bytes Reader = new([.. Enumerable.Repeat((byte)1, 32)]);
    public static readonly Bytes Operator = new([.. Enumerable.Repeat((byte)2, 32)]);
    public static readonly Bytes Stranger = new([.. Enumerable.Repeat((byte)3, 32)]);

    private readonly Genesis _genesis = new(
        new Bytes(new byte[Genesis.RandomBytes]),
        [],
        [],
        [
            new(Writer, Roles.Reader | Roles.Writer),
            new(Reader, Roles.Reader),
            new(Operator, Roles.Operator),
        ],
        "test",
        1);

    public GlobalStage() => State = GlobalState.Begin(_genesis, new TestMachine());

    public GlobalState State { get; set; }

    public long Second { get; set; } = 100;

    public Bytes Log
    {
        get
        {
            var log = State.Snapshot().Query(Reader, 1, Bytes.FromText("log"));
            Assert.Equal(Outcome.Answered, log.Outcome);
            return log.Result;
        }
    }

    public static Timestamp At(long second) => new(second * 1_000_000);

    public static Operation Do(string what) => new(OperationKind.Application, Bytes.FromText(what));

    public static Operation Administer(Administration what) => new(OperationKind.Administration, what.Encode());

    public static ClientRequest Request(
        Bytes client, GlobalPosition session, ulong number, params Operation[] operations) =>
        new(
            client,
            session,
            number,
            0,
            RequestLevel.Update,
            ReceiptWanted: false,
            Timestamp.Never,
            default,
            new(operations),
            new Bytes(new byte[Limits.SignatureBytes]));

    /// <summary>One entry with these requests; what became of all their operations, in order.</summary>
    public OperationResult[] Execute(params ClientRequest[] requests) =>
        [.. State.Execute(State.Executed.Next, At(Second), requests).SelectMany(result => result.Results)];

    public OperationResult Execute(Bytes client, GlobalPosition session, ulong number, Operation operation) =>
        Assert.Single(Execute(Request(client, session, number, operation)));

    public GlobalPosition Open(Bytes client, ulong number = 1)
    {
        var opened = Execute(client, default, number, new Operation(OperationKind.OpenSession, Bytes.Empty));
        Assert.Equal(Outcome.Committed, opened.Outcome);
        return opened.Position;
    }
}
