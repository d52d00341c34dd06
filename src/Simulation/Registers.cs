using System.Buffers.Binary;

namespace Holdfast.Simulation;

/// <summary>The simplest application that can tell truth from error: numbered registers, each holding one number. Every
/// operation is different from every other, so that it can be followed through the world.</summary>
/// <param name="executed">Told of everything that is executed.</param>
/// <param name="areLarge">Values take so much room in the state that it travels in several chunks, one of them in
/// pieces.</param>
public sealed class Registers(Action<OperationContext, Bytes> executed, bool areLarge = false) : IStateMachine
{
    /// <summary>Registers that clients use.</summary>
    public const int Count = 4;

    /// <summary>The value of a register before its first write.</summary>
    public const long NeverWritten = 0;

    private const byte WriteKind = 1;
    private const byte ReadKind = 2;
    private const int OperationBytes = 2 + sizeof(long);
    private const int ShortBytes = 2 * sizeof(long);
    private const int ChunkBytes = Limits.StateChunkBytes + sizeof(long);
    private const int PiecesBytes = Limits.StatePieceBytes + Limits.StateChunkBytes;

    public string Name => "registers";

    public uint Version => 1;

    /// <param name="value">Not written before, anywhere.</param>
    public static Bytes Write(int register, long value) => Encode(WriteKind, register, value);

    /// <param name="number">Not used before, anywhere.</param>
    public static Bytes Read(int register, long number) => Encode(ReadKind, register, number);

    /// <summary>The number in a result.</summary>
    public static long ValueOf(Bytes result) =>
        result.Length == sizeof(long) ? BinaryPrimitives.ReadInt64BigEndian(result.Span) : NeverWritten;

    /// <summary>Not every application can tell when the state that it looked at has changed: the last register cannot
    /// either.</summary>
    public static bool TellsChange(int register) => register != Count - 1;

    /// <summary>What an operation does; null if it is none.</summary>
    public static RegisterDeed? DeedOf(Bytes operation)
    {
        var span = operation.Span;
        return span.Length == OperationBytes && span[0] is (WriteKind or ReadKind)
            ? new(span[1], span[0] == WriteKind, BinaryPrimitives.ReadInt64BigEndian(span[2..]))
            : null;
    }

    public Bytes Execute(in OperationContext context, Bytes operation, IState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        executed(context, operation);
        if (DeedOf(operation) is not { } deed)
        {
            throw new ArgumentException("Not an operation of the registers.", nameof(operation));
        }

        var key = KeyOf(deed.Register);
        if (deed.IsWrite)
        {
            var written = new byte[!areLarge ? ShortBytes : deed.Register == 0 ? PiecesBytes : ChunkBytes];
            BinaryPrimitives.WriteInt64BigEndian(written, deed.Number);
            BinaryPrimitives.WriteUInt64BigEndian(written.AsSpan(sizeof(long)), context.Position.Sequence.Number);
            Mix.Fill(written.AsSpan(ShortBytes), (ulong)deed.Number, []);
            state.Set(key, new Bytes(written));
        }

        return state.TryGet(key, out var value) ? NumberIn(value) : Bytes.Empty;
    }

    public QueryAnswer Query(IReadOnlyState state, Bytes query)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (DeedOf(query) is not { IsWrite: false } deed)
        {
            throw new ArgumentException("Not a query of the registers.", nameof(query));
        }

        var isWritten = state.TryGet(KeyOf(deed.Register), out var value);
        var changedAt = isWritten ? BinaryPrimitives.ReadUInt64BigEndian(value.Span[sizeof(long)..]) : 0;
        return new(
            isWritten ? NumberIn(value) : Bytes.Empty,
            TellsChange(deed.Register) ? new GlobalSequence(changedAt) : null);
    }

    private static Bytes KeyOf(int register) => new([(byte)register]);

    private static Bytes NumberIn(Bytes stored) => Bytes.Copy(stored.Span[..sizeof(long)]);

    private static Bytes Encode(byte kind, int register, long value)
    {
        var bytes = new byte[OperationBytes];
        (bytes[0], bytes[1]) = (kind, (byte)register);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(2), value);
        return new Bytes(bytes);
    }
}

/// <summary>What one operation of the registers does.</summary>
/// <param name="Number">What it writes; for a read, a number that only tells it from others.</param>
public readonly record struct RegisterDeed(int Register, bool IsWrite, long Number);
