using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>What a site makes of each body that another site's stream brings: it is checked and recorded, or refused by
/// name. What follows from all of them is drawn at the end of the batch.</summary>
internal sealed class OrderingHearing(Lane lane, ViewMoves moves, Lacks lacks)
{
    public Rejection Hear(Timestamp now, SiteId from, StreamBody body, OrderingOutput output) => body switch
    {
        Forward forward => OnForward(from, forward),
        Proposal proposal => OnProposal(now, from, proposal, output),
        GlobalViewChange change => OnViewChange(now, from, change, output),
        GlobalNewView newView => OnNewView(now, from, newView, output),
        GlobalFetch fetch => OnFetch(now, from, fetch, output),
        GlobalFetched fetched => OnFetched(now, from, fetched, output),
        _ => Rejection.UnknownKind,
    };

    private Rejection OnForward(SiteId from, Forward forward)
    {
        if (!lane.IsLeading || forward.View != lane.Held.View)
        {
            return forward.View < lane.View ? Rejection.OldGlobalView : Rejection.NotTheLeadingSite;
        }

        var refusal = Rejection.None;
        foreach (var (number, update) in forward.Updates)
        {
            // Once per log, and not judged: what executing it means is for the execution to say.
            if (lane.Held.Log.Names(update.Digest))
            {
                lane.Queue.CountKnown(from, number);
            }
            else if (!lane.Queue.TryTake(from, number, update))
            {
                refusal = Rejection.NoRoom;
            }
        }

        return refusal;
    }

    private Rejection OnProposal(Timestamp now, SiteId from, Proposal proposal, OrderingOutput output)
    {
        if (lane.Genesis.LeadingSite(proposal.View) != from)
        {
            return Rejection.NotTheLeadingSite;
        }

        if (proposal.View < lane.View)
        {
            return Rejection.OldGlobalView;
        }

        moves.MoveIfHigher(now, proposal.View, output);
        lane.LeadingAccepted = Lane.Later(lane.LeadingAccepted, proposal.Sequence);
        lane.LeadingCommitted = Lane.Later(lane.LeadingCommitted, proposal.Committed);
        if (lane.IsInstalled && proposal.Sequence <= lane.Held.Log.End)
        {
            return Rejection.AlreadyKnown;
        }

        return lane.Waiting.TryTake(lane.Held.Log.End, proposal) ? Rejection.None : Rejection.TooFarAhead;
    }

    private Rejection OnViewChange(Timestamp now, SiteId from, GlobalViewChange change, OrderingOutput output)
    {
        if (lane.Genesis.LeadingSite(change.View) != lane.Self)
        {
            return Rejection.NotTheLeadingSite;
        }

        if (change.SiteLife < lane.Peers[from.Index].SiteLife)
        {
            return Rejection.OldLife;
        }

        moves.MoveIfHigher(now, change.InstalledView, output);
        if (change.View < lane.View)
        {
            return Rejection.OldGlobalView;
        }

        if (change.View == lane.Held.View)
        {
            if (change.Part == change.Parts - 1)
            {
                moves.SayNewView(now, from, output);
            }

            return Rejection.None;
        }

        return lane.ViewChanges.TryTake(from, change) ? Rejection.None : Rejection.OldGlobalView;
    }

    private Rejection OnNewView(Timestamp now, SiteId from, GlobalNewView newView, OrderingOutput output)
    {
        if (lane.Genesis.LeadingSite(newView.View) != from)
        {
            return Rejection.NotTheLeadingSite;
        }

        if (newView.View < lane.View)
        {
            return Rejection.OldGlobalView;
        }

        if (newView.View == lane.Held.View)
        {
            return Rejection.AlreadyKnown;
        }

        moves.MoveIfHigher(now, newView.View, output);
        lane.NewView.Take(newView);
        return Rejection.None;
    }

    private Rejection OnFetch(Timestamp now, SiteId from, GlobalFetch fetch, OrderingOutput output)
    {
        // A correct site asks one question at a time, and one answer is already many times as long as a question.
        var peer = lane.Peers[from.Index];
        if (peer.WasAnswered)
        {
            return Rejection.TooSoon;
        }

        peer.WasAnswered = true;
        if (fetch.From <= fetch.To)
        {
            foreach (var chunk in OrderingWords.Entries(fetch, lane.Held))
            {
                output.Say(from, chunk);
            }
        }

        if (fetch.Bodies.Count > 0)
        {
            var found = fetch.Bodies.Distinct().Select(lane.FindBody).OfType<ClientRequest>();
            foreach (var chunk in OrderingWords.Bodies(found, lane.Held))
            {
                output.Say(from, chunk);
            }
        }

        if (fetch.From >= lane.Held.Log.First || fetch.From > fetch.To)
        {
            return Rejection.None;
        }

        lane.OnAskedBeyond(now);
        return Rejection.BeyondRetention;
    }

    private Rejection OnFetched(Timestamp now, SiteId from, GlobalFetched fetched, OrderingOutput output)
    {
        moves.MoveIfHigher(now, fetched.InstalledView, output);
        var helped = false;
        var missing = lacks.Lacking(now)?.Bodies ?? [];
        foreach (var body in fetched.Bodies)
        {
            helped |= lane.Bodies.TryTake(body, missing);
        }

        helped |= lacks.TakeEntries(fetched);
        lane.Fetching.OnChunk(now, from, helped, fetched.IsLast, lane.Peers);
        if (fetched.FirstKept > fetched.From)
        {
            lane.BeyondRetention = fetched.FirstKept;
            return Rejection.BeyondRetention;
        }

        lane.BeyondRetention = helped ? null : lane.BeyondRetention;
        return Rejection.None;
    }
}
