using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>Cuts what a site has to say into bodies that fit a link's stream.</summary>
internal static class OrderingWords
{
    private const int FrameBytes = 1024;

    public static IEnumerable<Forward> Forwards(GlobalView view, IReadOnlyList<ForwardedUpdate> updates)
    {
        var chunk = new List<ForwardedUpdate>();
        var size = FrameBytes;
        foreach (var forwarded in updates)
        {
            var more = FilledEntry.SizeOf(forwarded.Update);
            if (chunk.Count == Limits.UpdatesPerEntry || (chunk.Count > 0 && size + more > Limits.StreamBodyBytes))
            {
                yield return new(view, ValueList.From(chunk));
                chunk.Clear();
                size = FrameBytes;
            }

            chunk.Add(forwarded);
            size += more;
        }

        if (chunk.Count > 0)
        {
            yield return new(view, ValueList.From(chunk));
        }
    }

    /// <summary>The proposal as one site gets it: what it forwarded itself goes by name.</summary>
    public static Proposal ProposalFor(
        SiteId receiver, GlobalView view, Entry entry, List<QueuedUpdate> updates, GlobalSequence committed)
    {
        var proposed = updates.Select(queued => new ProposedUpdate(
            queued.Update.Digest, queued.From == receiver ? null : queued.Update));
        return new(view, entry.Sequence, entry.Time, ValueList.From(proposed), committed);
    }

    public static IEnumerable<GlobalViewChange> ViewChange(GlobalView view, uint siteLife, HeldLog held)
    {
        var parts = Parts(held.Above);
        for (var part = 0; part < parts.Count; part++)
        {
            yield return new(
                view,
                siteLife,
                held.InstalledView,
                held.Committed,
                held.Chain,
                (byte)part,
                (byte)parts.Count,
                parts[part]);
        }
    }

    public static IEnumerable<GlobalNewView> NewView(GlobalView view, HeldLog held)
    {
        var parts = Parts(held.Above);
        for (var part = 0; part < parts.Count; part++)
        {
            yield return new(view, held.Committed, held.Chain, (byte)part, (byte)parts.Count, parts[part]);
        }
    }

    /// <summary>Answers a question for entries, in chunks; the last one says so.</summary>
    public static IEnumerable<GlobalFetched> Entries(GlobalFetch fetch, InstalledLog held)
    {
        var log = held.Log;
        var end = held.IsOfView ? log.End : log.Committed;
        var next = fetch.From > end ? end.Next : fetch.From;
        if (next < log.First)
        {
            yield return Chunk(held, next, default, []);
            yield break;
        }

        for (var chunks = 0; chunks < Limits.ChunksPerFetch; chunks++)
        {
            var from = next;
            var chunk = new List<FilledEntry>();
            var size = FrameBytes;
            while (next <= end && next <= fetch.To && chunk.Count < Limits.EntriesPerFetched
                && (chunk.Count == 0 || size + log.Find(next)!.Size <= Limits.StreamBodyBytes))
            {
                chunk.Add(log.FilledAt(next)!);
                size += log.Find(next)!.Size;
                next = next.Next;
            }

            var isLast = next > end || next > fetch.To || chunks == Limits.ChunksPerFetch - 1;
            yield return Chunk(held, from, log.KnownChainAt(new(from.Number - 1)), chunk) with { IsLast = isLast };
            if (isLast)
            {
                yield break;
            }
        }
    }

    /// <summary>Answers a question for bodies, in chunks; none for those that are not there.</summary>
    public static IEnumerable<GlobalFetched> Bodies(IEnumerable<ClientRequest> found, InstalledLog held)
    {
        var chunk = new List<ClientRequest>();
        var size = FrameBytes;
        foreach (var body in found)
        {
            if (chunk.Count > 0 && size + FilledEntry.SizeOf(body) > Limits.StreamBodyBytes)
            {
                yield return Chunk(held, held.Log.End.Next, held.Log.KnownChainAt(held.Log.End), []) with
                {
                    Bodies = ValueList.From(chunk),
                    IsLast = false,
                };
                chunk.Clear();
                size = FrameBytes;
            }

            chunk.Add(body);
            size += FilledEntry.SizeOf(body);
        }

        yield return Chunk(held, held.Log.End.Next, held.Log.KnownChainAt(held.Log.End), []) with
        {
            Bodies = ValueList.From(chunk),
        };
    }

    private static GlobalFetched Chunk(
        InstalledLog held, GlobalSequence from, Digest chainBefore, List<FilledEntry> entries) => new(
            held.View,
            held.IsOfView,
            held.Log.Committed,
            held.Log.First,
            from,
            chainBefore,
            ValueList.From(entries),
            [],
            IsLast: true);

    /// <summary>One part at least, so that an empty log can be told too.</summary>
    private static List<ValueList<Entry>> Parts(ValueList<Entry> entries)
    {
        var parts = new List<ValueList<Entry>>();
        var part = new List<Entry>();
        var digests = 0;
        foreach (var entry in entries)
        {
            if (part.Count == Limits.EntriesAboveCommitted
                || (part.Count > 0 && digests + entry.Updates.Count > Limits.EntryDigestsPerPart))
            {
                parts.Add(ValueList.From(part));
                part.Clear();
                digests = 0;
            }

            part.Add(entry);
            digests += entry.Updates.Count;
        }

        parts.Add(ValueList.From(part));
        Invariant.Holds(parts.Count <= Limits.PartsPerWord, "G7");
        return parts;
    }
}
