using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>What the own log lacks, whom to ask for it, and what of an answer counts.</summary>
internal sealed class Lacks(Lane lane, ViewMoves moves)
{
    /// <summary>A proposal that is only on its way need not be asked for.</summary>
    public TimeSpan FetchDelay
    {
        get
        {
            var link = lane.Peers[lane.LeadingSite.Index].LinkTimeout;
            return link > Limits.TimeoutAtLeast ? link : Limits.TimeoutAtLeast;
        }
    }

    /// <summary>What the own log lacks now; null for nothing that can be asked for.</summary>
    public Lack? Lacking(Timestamp now)
    {
        if (!lane.IsInstalled && !lane.TakesPart)
        {
            // Whoever leads may be gone, and without this site the others may be no majority that moves on: what is
            // committed, and with it the word of the own life, comes from anybody.
            return new(
                lane.Committed.Next,
                new(lane.Committed.Number + Limits.EntriesPerFetch),
                [],
                Holders(lane.LeadingSite, lane.LeadingSite, _ => true));
        }

        if (!lane.IsInstalled)
        {
            return moves.LogToInstall() is { } log && lane.Held.Agrees(log) ? LackingFor(log) : null;
        }

        if (lane.LeadingSite == lane.Self && lane.Held.IsOfView)
        {
            return null;
        }

        var holders = Holders(lane.LeadingSite, lane.LeadingSite, peer => peer.Status.InstalledView == lane.Held.View);
        if (lane.Waiting.Find(lane.LogEnd.Next) is { } next && lane.Held.IsOfView)
        {
            return new(lane.LogEnd.Next, lane.LogEnd, MissingInWaiting(next), holders);
        }

        var isBehind = lane.BehindSince + FetchDelay <= now;
        return !lane.Held.IsOfView || !lane.Waiting.IsEmpty || isBehind
            ? new(lane.LogEnd.Next, new(lane.LogEnd.Number + Limits.EntriesPerFetch), [], holders)
            : null;
    }

    /// <summary>Notes since when sites of the same installed view show more than the own log has, while it does not
    /// grow.</summary>
    public void NoteBehind(Timestamp now)
    {
        var isBehind = false;
        for (var site = 0; site < lane.Peers.Length; site++)
        {
            isBehind |= site != lane.Self.Index && lane.Peers[site].AcceptedIn(lane.Held.View) > lane.LogEnd;
        }

        if (!isBehind || !lane.IsInstalled)
        {
            lane.BehindSince = Timestamp.Never;
        }
        else if (lane.BehindSince == Timestamp.Never || lane.BehindAt != lane.LogEnd)
        {
            (lane.BehindSince, lane.BehindAt) = (now, lane.LogEnd);
        }
    }

    /// <summary>A fetched entry counts only if it is committed where it comes from, or of the same installed
    /// view.</summary>
    public bool TakeEntries(GlobalFetched fetched)
    {
        var helped = false;
        var isOfView = lane.IsInstalled
            && (lane.Held.IsOfView || lane.MayReturnToView)
            && fetched.IsInstalledLog && fetched.InstalledView == lane.Held.View;
        if (isOfView && fetched.From == lane.LogEnd.Next)
        {
            helped = lane.Held.TryReturnToView(fetched.ChainBefore);
        }

        foreach (var filled in fetched.Entries)
        {
            var isNext = filled.Sequence == lane.LogEnd.Next
                && filled.Entry.Time >= lane.EndTime
                && lane.HasRoomFor(filled.Sequence, fetched.Committed);
            if (isOfView && lane.Held.IsOfView && isNext)
            {
                lane.Held.Accept(filled);
                lane.Bodies.Forget(filled.Entry);
                helped = true;
            }
            else if (filled.Sequence == lane.Committed.Next && filled.Sequence <= fetched.Committed)
            {
                lane.Held.TakeFact(filled);
                lane.Bodies.Forget(filled.Entry);
                helped = true;
            }
        }

        if (isOfView && lane.Held.IsOfView)
        {
            lane.LeadingCommitted = Lane.Later(lane.LeadingCommitted, fetched.Committed);
        }

        return helped;
    }

    private Lack? LackingFor(ViewLog log)
    {
        var holders = Holders(log.BaseHolder, log.AboveHolder, _ => true);
        if (!lane.Held.Reaches(log))
        {
            return new(lane.Committed.Next, log.Base, [], holders);
        }

        var missing = log.Above
            .Where(entry => entry.Sequence > lane.Committed)
            .SelectMany(entry => MissingIn(entry, null))
            .Take(Limits.BodiesPerFetch);
        holders = Holders(log.AboveHolder, log.BaseHolder, _ => true);
        return new(lane.LogEnd.Next, lane.LogEnd, ValueList.From(missing), holders);
    }

    /// <summary>What the next proposal lacks, and if it lacks anything what those behind it do: one round trip for each would keep
    /// a site behind that lacks a little of every one.</summary>
    private ValueList<MissingBody> MissingInWaiting(Proposal next)
    {
        var missing = MissingIn(next.Entry, next).ToList();
        for (var proposal = lane.Waiting.Find(next.Sequence.Next);
            missing.Count > 0 && missing.Count < Limits.BodiesPerFetch && proposal is not null;
            proposal = lane.Waiting.Find(proposal.Sequence.Next))
        {
            missing.AddRange(MissingIn(proposal.Entry, proposal));
        }

        return ValueList.From(missing.Take(Limits.BodiesPerFetch));
    }

    private ValueList<MissingBody> MissingIn(Entry entry, Proposal? proposal)
    {
        var missing = new List<MissingBody>();
        for (var place = 0; place < entry.Updates.Count; place++)
        {
            var wanted = new MissingBody(entry.Sequence, entry.Updates[place]);
            if (lane.FindBody(wanted, proposal?.Updates[place].Body) is null)
            {
                missing.Add(wanted);
            }
        }

        return ValueList.From(missing);
    }

    /// <summary>Whom to ask, best first.</summary>
    private ValueList<SiteId> Holders(SiteId first, SiteId second, Func<Peer, bool> mayHave)
    {
        var others = Enumerable.Range(0, lane.Peers.Length)
            .Where(site => mayHave(lane.Peers[site]))
            .Select(site => new SiteId(site));
        return ValueList.From(new[] { first, second }.Concat(others).Distinct().Where(site => site != lane.Self));
    }
}
