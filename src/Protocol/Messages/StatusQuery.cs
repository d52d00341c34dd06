namespace Holdfast.Protocol.Messages;

/// <summary>Asks a replica how it does; for operators, not part of the protocol.</summary>
public sealed record StatusQuery : ClientFrame
{
    public override ClientFrameKind Kind => ClientFrameKind.StatusQuery;

    public override void Write(WireWriter writer)
    {
        // The kind says it all.
    }

    public static StatusQuery? Read(ref WireReader reader) => reader.Finished ? new() : null;
}

/// <summary>One line of a replica's status, such as "executed" and "1024".</summary>
public readonly record struct StatusField(string Name, string Value);

/// <summary>What a replica says of itself, in words for people. One replica's word, and a liar's may be
/// false.</summary>
public sealed record StatusAnswer(ValueList<StatusField> Fields) : ClientFrame
{
    public override ClientFrameKind Kind => ClientFrameKind.StatusAnswer;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Count(Fields.Count);
        foreach (var field in Fields)
        {
            writer.Text(field.Name);
            writer.Text(field.Value);
        }
    }

    public static StatusAnswer? Read(ref WireReader reader)
    {
        var fields = new StatusField[reader.Count(Limits.StatusFields)];
        for (var index = 0; index < fields.Length; index++)
        {
            fields[index] = new(reader.Text(Limits.StatusTextBytes), reader.Text(Limits.StatusTextBytes));
        }

        return reader.Finished ? new StatusAnswer(new ValueList<StatusField>(fields)) : null;
    }
}
