using System.Buffers.Binary;

namespace Holdfast.Simulation;

/// <summary>The simplest application that can tell truth from error: numbered registers, each holding one number. Every
/// operation is different from every other, so that it can be followed through the world.</summary>
/// <param name="executed">Told of everything that is executed.</param>
public sealed class Registers(Action<GlobalPosition, Bytes> executed) : IStateMachine
{
    private const byte WriteKind = 1;
    private const byte ReadKind = 2;
    private const int OperationBytes = 2 + sizeof(long);

    public string Name => "registers";

    public uint Version => 1;

    /// <param name="value">Not written before, anywhere.</param>
    public static Bytes Write(int register, long value) => Encode(WriteKind, register, value);

    /// <param name="number">Not used before, anywhere.</param>
    public static Bytes Read(int register, long number) => Encode(ReadKind, register, number);

    /// <summary>The number in a result.</summary>
    public static long ValueOf(Bytes result) =>
        result.Length == sizeof(long) ? BinaryPrimitives.ReadInt64BigEndian(result.Span) : 0;

    public Bytes Execute(in OperationContext context, Bytes operation, IState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        executed(context.Position, operation);
        if (operation.Length != OperationBytes)
        {
            throw new ArgumentException("Not an operation of the registers.", nameof(operation));
        }

        var key = Bytes.Copy(operation.Span[1..2]);
        if (operation.Span[0] == WriteKind)
        {
            state.Set(key, Bytes.Copy(operation.Span[2..]));
        }

        return state.TryGet(key, out var value) ? value : Bytes.Empty;
    }

    public QueryAnswer Query(IReadOnlyState state, Bytes query)
    {
        ArgumentNullException.ThrowIfNull(state);
        return new(state.TryGet(Bytes.Copy(query.Span[1..2]), out var value) ? value : Bytes.Empty, null);
    }

    private static Bytes Encode(byte kind, int register, long value)
    {
        var bytes = new byte[OperationBytes];
        (bytes[0], bytes[1]) = (kind, (byte)register);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(2), value);
        return new Bytes(bytes);
    }
}
