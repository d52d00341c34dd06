using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>What names a session: its client, and where it was opened.</summary>
internal readonly record struct SessionName(Bytes Client, GlobalPosition Session)
{
    public Bytes Encode()
    {
        var writer = new WireWriter(Limits.PublicKeyBytes + 12);
        writer.Fixed(Client.Span);
        writer.Position(Session);
        return writer.ToBytes();
    }

    public static SessionName Read(ref WireReader reader) =>
        new(reader.Fixed(Limits.PublicKeyBytes), reader.Position());
}

/// <summary>What is remembered of a session besides its results.</summary>
/// <param name="Floor">The client needs no result any more for numbers up to this one; they are forgotten.</param>
/// <param name="RecordedBytes">Length of all recorded results.</param>
/// <param name="UsedAt">Last entry with a request of this session.</param>
/// <param name="IdleSince">GlobalTime of the last use, in steps of <see cref="SessionLimits.IdleStep"/>.</param>
/// <param name="OpenedBy">Digest of the operation that opened it: asked again, it opens no second one.</param>
internal sealed record SessionRecord(
    ulong Floor, ulong RecordedBytes, GlobalSequence UsedAt, Timestamp IdleSince, Digest OpenedBy)
{
    public Bytes Encode()
    {
        var writer = new WireWriter(64);
        writer.UInt64(Floor);
        writer.UInt64(RecordedBytes);
        writer.Sequence(UsedAt);
        writer.Time(IdleSince);
        writer.Digest(OpenedBy);
        return writer.ToBytes();
    }

    public static SessionRecord Decode(Bytes bytes)
    {
        var reader = new WireReader(bytes.Span);
        return new(reader.UInt64(), reader.UInt64(), reader.GlobalSequence(), reader.Time(), reader.Digest());
    }
}

/// <summary>What became of one number, to be told again whenever the same operation is asked for again.</summary>
internal sealed record RecordedResult(Digest Operation, OperationResult Result)
{
    public Bytes Encode()
    {
        var writer = new WireWriter(128 + Result.Result.Length);
        writer.Digest(Operation);
        Result.Write(writer);
        return writer.ToBytes();
    }

    public static RecordedResult Decode(Bytes bytes)
    {
        var reader = new WireReader(bytes.Span);
        return new(reader.Digest(), OperationResult.Read(ref reader));
    }
}
