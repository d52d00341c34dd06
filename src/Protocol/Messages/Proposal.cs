namespace Holdfast.Protocol.Messages;

/// <summary>An update in a proposal: whole, or only by name where the receiver itself forwarded it.</summary>
public sealed record ProposedUpdate(Digest Name, ClientRequest? Body);

/// <summary>The leading site's offer for one place of the global order, and its own <c>Accept</c> of it.</summary>
/// <param name="Committed">The leading site knows everything up to here to be committed.</param>
public sealed record Proposal(
    GlobalView View,
    GlobalSequence Sequence,
    Timestamp Time,
    ValueList<ProposedUpdate> Updates,
    GlobalSequence Committed) : StreamBody
{
    public override StreamBodyKind Kind => StreamBodyKind.Proposal;

    /// <summary>What it offers, by identity.</summary>
    public Entry Entry => new(Sequence, Time, ValueList.From(Updates.Select(update => update.Name)));

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.View(View);
        writer.Sequence(Sequence);
        writer.Time(Time);
        writer.Sequence(Committed);
        writer.Count(Updates.Count);
        foreach (var update in Updates)
        {
            writer.Boolean(update.Body is not null);
            if (update.Body is { } body)
            {
                writer.Bytes(body.Encoded);
            }
            else
            {
                writer.Digest(update.Name);
            }
        }
    }

    public static Proposal? Read(ref WireReader reader)
    {
        var (view, sequence, time) = (reader.GlobalView(), reader.GlobalSequence(), reader.Time());
        var committed = reader.GlobalSequence();
        var updates = new List<ProposedUpdate>();
        for (var left = reader.Count(Limits.UpdatesPerEntry); left > 0; left--)
        {
            if (!reader.Boolean())
            {
                updates.Add(new(reader.Digest(), null));
            }
            else if (FilledEntry.ReadUpdate(ref reader) is { } body)
            {
                updates.Add(new(body.Digest, body));
            }
        }

        return reader.Finished ? new(view, sequence, time, ValueList.From(updates), committed) : null;
    }

    public bool Equals(Proposal? other) => other is not null && Encode() == other.Encode();

    public override int GetHashCode() => Sequence.GetHashCode();
}
