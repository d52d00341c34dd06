namespace Holdfast.Protocol.Messages;

/// <summary>One chunk of the answer to a <see cref="GlobalFetch"/>.</summary>
/// <param name="InstalledView">The view that the answerer has installed.</param>
/// <param name="IsInstalledLog">The answerer's log is that view's log; if not, only what is committed counts.</param>
/// <param name="Committed">Entries up to here are committed, whatever the view.</param>
/// <param name="FirstKept">The answerer keeps entries from here on. Above <paramref name="From"/>: a refusal, for what
/// was asked is beyond retention.</param>
/// <param name="From">The place of the first entry of this chunk, or where the answerer's log ended.</param>
/// <param name="ChainBefore">The answerer's chain digest at the place before <paramref name="From"/>.</param>
/// <param name="IsLast">No chunk of this answer follows.</param>
public sealed record GlobalFetched(
    GlobalView InstalledView,
    bool IsInstalledLog,
    GlobalSequence Committed,
    GlobalSequence FirstKept,
    GlobalSequence From,
    Digest ChainBefore,
    ValueList<FilledEntry> Entries,
    ValueList<ClientRequest> Bodies,
    bool IsLast) : StreamBody
{
    public override StreamBodyKind Kind => StreamBodyKind.GlobalFetched;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.View(InstalledView);
        writer.Boolean(IsInstalledLog);
        writer.Sequence(Committed);
        writer.Sequence(FirstKept);
        writer.Sequence(From);
        writer.Digest(ChainBefore);
        writer.Boolean(IsLast);
        writer.Count(Entries.Count);
        foreach (var entry in Entries)
        {
            entry.Write(writer);
        }

        writer.Count(Bodies.Count);
        foreach (var body in Bodies)
        {
            writer.Bytes(body.Encoded);
        }
    }

    public static GlobalFetched? Read(ref WireReader reader)
    {
        var (view, isInstalledLog) = (reader.GlobalView(), reader.Boolean());
        var (committed, firstKept, from) = (reader.GlobalSequence(), reader.GlobalSequence(), reader.GlobalSequence());
        var (chain, isLast) = (reader.Digest(), reader.Boolean());
        var entries = new FilledEntry[reader.Count(Limits.EntriesPerFetched)];
        for (var index = 0; index < entries.Length; index++)
        {
            entries[index] = FilledEntry.Read(ref reader);
        }

        var bodies = new List<ClientRequest>();
        for (var left = reader.Count(Limits.BodiesPerFetch); left > 0; left--)
        {
            if (FilledEntry.ReadUpdate(ref reader) is { } body)
            {
                bodies.Add(body);
            }
        }

        return reader.Finished
            ? new(view, isInstalledLog, committed, firstKept, from, chain, new(entries), ValueList.From(bodies), isLast)
            : null;
    }
}
