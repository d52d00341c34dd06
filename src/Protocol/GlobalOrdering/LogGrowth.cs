using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>How the log grows while a view lasts: forwards, proposals, accepts, commits.</summary>
internal sealed class LogGrowth(Lane lane)
{
    /// <summary>A leading site that has learned facts of other views does not have the view's log, and cannot go on
    /// with it.</summary>
    public bool MayPropose => lane.IsLeading
        && lane.Held.IsOfView
        && lane.LogEnd.Number - lane.Committed.Number < Limits.EntriesInFlight;

    public void ForwardOwn(Timestamp now, OrderingOutput output)
    {
        if (!lane.IsInstalled || (lane.LeadingSite == lane.Self && !lane.IsLeading))
        {
            return;
        }

        if (lane.IsLeading)
        {
            foreach (var (_, update) in lane.Own.Forward(now, ulong.MaxValue, long.MaxValue, lane.Held.Log.Names))
            {
                lane.Queue.TakeOwn(lane.Self, update);
            }

            return;
        }

        // A view begins with full credits everywhere, so the first forwards need not wait for a register.
        var leading = lane.Peers[lane.LeadingSite.Index];
        var told = leading.Status.InstalledView == lane.Held.View ? leading.Credits : 0;
        var credits = Math.Max(told, Limits.ForwardCredits);
        SayForwards(lane.Own.Forward(now, credits, Limits.ForwardedBytes, lane.Held.Log.Names), output);
    }

    /// <summary>What is out under a credit, as it went out. Nothing in a view that is not installed: installing it
    /// forwards all.</summary>
    public void ForwardAgain(OrderingOutput output)
    {
        var forwarded = lane.IsInstalled ? lane.Own.Forwarded() : [];
        if (lane.LeadingSite != lane.Self)
        {
            SayForwards(forwarded, output);
            return;
        }

        var isLost = forwarded.Where(one => lane.IsLeading && !lane.Held.Log.Names(one.Update.Digest));
        foreach (var (_, update) in isLost)
        {
            lane.Queue.TakeOwn(lane.Self, update);
        }
    }

    private void SayForwards(List<ForwardedUpdate> updates, OrderingOutput output)
    {
        foreach (var forward in OrderingWords.Forwards(lane.View, updates))
        {
            output.Say(lane.LeadingSite, forward);
        }
    }

    /// <summary>True if an entry was opened: at once if none is in flight; else when enough waits, or for long
    /// enough.</summary>
    public bool Propose(Timestamp now, OrderingOutput output)
    {
        var inFlight = lane.LogEnd.Number - lane.Committed.Number;
        var isAwaited = lane.EndTime < lane.EntryDeadline && lane.EntryDeadline <= now;
        if (!MayPropose || (lane.Queue.Count == 0 && !isAwaited))
        {
            return false;
        }

        var isWorthIt = lane.Queue.Count >= Limits.UpdatesWorthAnEntry
            || lane.Queue.Size >= Limits.EntryBytesWorthAnEntry;
        if (inFlight > 0 && !isAwaited && !isWorthIt && now < lane.ProposedAt + Limits.EntryDelay)
        {
            return false;
        }

        var updates = lane.Queue.TakeEntry();
        var filled = FilledEntry.Of(
            lane.LogEnd.Next,
            Timestamp.Later(lane.EndTime, now),
            ValueList.From(updates.Select(queued => queued.Update)));
        lane.Held.Accept(filled);
        lane.ProposedAt = now;
        for (var site = 0; site < lane.Peers.Length; site++)
        {
            if (site != lane.Self.Index)
            {
                output.Say(
                    new(site), OrderingWords.ProposalFor(new(site), lane.View, filled.Entry, updates, lane.Committed));
            }
        }

        return true;
    }

    public void AppendWaiting(OrderingOutput output)
    {
        while (lane.IsInstalled && lane.Held.IsOfView && lane.Waiting.Find(lane.LogEnd.Next) is { } proposal)
        {
            if (!lane.HasRoomFor(proposal.Sequence, lane.LeadingCommitted))
            {
                break;
            }

            if (proposal.Time < lane.EndTime)
            {
                output.Reject(lane.LeadingSite, Rejection.BadEntry);
                lane.Waiting.ForgetUpTo(proposal.Sequence);
                break;
            }

            if (lane.Fill(proposal.Entry, proposal) is not { } filled)
            {
                break;
            }

            lane.Held.Accept(filled);
            lane.Bodies.Forget(filled.Entry);
        }

        if (lane.IsInstalled)
        {
            lane.Waiting.ForgetUpTo(lane.LogEnd);
        }
    }

    /// <summary>Committed is what a majority has accepted in the installed view, or what one that has installed it too
    /// knows to be; never beyond the own log.</summary>
    public void Commit(OrderingOutput output)
    {
        if (lane.Held.IsOfView)
        {
            var accepted = lane.CountUpTo();
            var told = lane.IsInstalled ? lane.LeadingCommitted : default;
            for (var site = 0; site < accepted.Length; site++)
            {
                accepted[site] = Lane.Earlier(accepted[site], AcceptedBy(new(site)));
                var status = lane.Peers[site].Status;
                told = status.InstalledView == lane.Held.View ? Lane.Later(told, status.Committed) : told;
            }

            var committed = Lane.Later(lane.MajorityHas(accepted), told);
            lane.Held.Log.CommitUpTo(committed < lane.LogEnd ? committed : lane.LogEnd);
        }

        lane.Held.Log.HandOut(output);
    }

    /// <summary>How far a site accepts in the installed view: the pair of its newest register, the own log, or what the
    /// leading site has proposed since.</summary>
    private GlobalSequence AcceptedBy(SiteId site)
    {
        if (site == lane.Self)
        {
            return lane.TakesPart ? lane.Held.Accepted : default;
        }

        var told = lane.Peers[site.Index].AcceptedIn(lane.Held.View);
        return site == lane.LeadingSite && lane.IsInstalled ? Lane.Later(told, lane.LeadingAccepted) : told;
    }
}
