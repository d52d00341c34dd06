namespace Holdfast.Protocol.Messages;

/// <summary>A body that the asker lacks, and the place of the log that names it.</summary>
public readonly record struct MissingBody(GlobalSequence Sequence, Digest Name);

/// <summary>Asks another site for entries, with their bodies, from one sequence to another (both included; none if
/// <paramref name="To"/> is lower), and for single bodies by name.</summary>
public sealed record GlobalFetch(GlobalSequence From, GlobalSequence To, ValueList<MissingBody> Bodies) : StreamBody
{
    public override StreamBodyKind Kind => StreamBodyKind.GlobalFetch;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Sequence(From);
        writer.Sequence(To);
        writer.Count(Bodies.Count);
        foreach (var body in Bodies)
        {
            writer.Sequence(body.Sequence);
            writer.Digest(body.Name);
        }
    }

    public static GlobalFetch? Read(ref WireReader reader)
    {
        var (from, to) = (reader.GlobalSequence(), reader.GlobalSequence());
        var bodies = new MissingBody[reader.Count(Limits.BodiesPerFetch)];
        for (var index = 0; index < bodies.Length; index++)
        {
            bodies[index] = new(reader.GlobalSequence(), reader.Digest());
        }

        return reader.Finished ? new(from, to, new(bodies)) : null;
    }
}
