namespace Holdfast.Protocol.Messages;

/// <summary>Asks one replica for its own state, without taking a place in any order. The connection names the
/// client.</summary>
/// <param name="Id">The client's name for the question, repeated in the answer.</param>
/// <param name="Query">Bytes for the application.</param>
/// <param name="Floor">A replica that has not executed up to here need not answer.</param>
public sealed record LocalQuery(ulong Id, Bytes Query, GlobalSequence Floor) : ClientFrame
{
    public override ClientFrameKind Kind => ClientFrameKind.LocalQuery;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.UInt64(Id);
        writer.Bytes(Query);
        writer.Sequence(Floor);
    }

    public static LocalQuery? Read(ref WireReader reader)
    {
        var query = new LocalQuery(reader.UInt64(), reader.Bytes(Limits.OperationBytes), reader.GlobalSequence());
        return reader.Finished ? query : null;
    }
}

/// <summary>One replica's answer to a local query, or its refusal.</summary>
/// <param name="ChangedAt">The last global sequence that changed anything that the query looked at.</param>
/// <param name="ReadAt">The last global sequence that the replica had executed.</param>
/// <param name="AgeMicroseconds">The replica's reference clock minus the sending time of the newest register of its
/// site that a majority of sites has seen; 0 or more.</param>
/// <param name="Refusal"><see cref="Rejection.None"/> for an answer; a refusal has no result.</param>
public sealed record LocalAnswer(
    ulong Id, Bytes Result, GlobalSequence ChangedAt, GlobalSequence ReadAt, long AgeMicroseconds, Rejection Refusal)
    : ClientFrame
{
    public override ClientFrameKind Kind => ClientFrameKind.LocalAnswer;

    public static LocalAnswer Refuse(ulong id, Rejection refusal) =>
        new(id, Bytes.Empty, default, default, AgeMicroseconds: 0, refusal);

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.UInt64(Id);
        writer.Bytes(Result);
        writer.Sequence(ChangedAt);
        writer.Sequence(ReadAt);
        writer.Int64(AgeMicroseconds);
        writer.Byte((byte)Refusal);
    }

    public static LocalAnswer? Read(ref WireReader reader)
    {
        var answer = new LocalAnswer(
            reader.UInt64(),
            reader.Bytes(Limits.ResultBytes),
            reader.GlobalSequence(),
            reader.GlobalSequence(),
            reader.Int64(),
            (Rejection)reader.Byte());
        return reader.Finished && answer.IsSound() ? answer : null;
    }

    private bool IsSound() =>
        AgeMicroseconds >= 0
        && Enum.IsDefined(Refusal)
        && ChangedAt <= ReadAt
        && (Refusal == Rejection.None || this == Refuse(Id, Refusal));
}
