using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>The change of the leading site: when a site wants another view, when it moves, and how it
/// installs.</summary>
internal sealed class ViewMoves(Lane lane)
{
    /// <summary>How long a cause of suspicion must last. What a link waits for longer under load counts once: when one pair
    /// has been silent for so long, several speak at once.</summary>
    public TimeSpan GlobalTimeout
    {
        get
        {
            var leading = lane.Peers[lane.LeadingSite.Index];
            var underLoad = leading.LinkTimeoutUnderLoad - leading.LinkTimeout;
            return (Undoubled(lane.Self, leading.LinkTimeout) + underLoad) * (1 << lane.Suspicion.Doublings);
        }
    }

    /// <summary>How often the leading site lets itself be heard: four times within the shortest time-out of those who
    /// watch it, as it knows the links from its own end.</summary>
    public TimeSpan Heartbeat
    {
        get
        {
            var shortest = TimeSpan.MaxValue;
            for (var site = 0; site < lane.Peers.Length; site++)
            {
                var timeout = Undoubled(new(site), lane.Peers[site].LinkTimeout);
                shortest = site != lane.Self.Index && timeout < shortest ? timeout : shortest;
            }

            return shortest / 4;
        }
    }

    /// <summary>The suspicion: the view that this site wants at least.</summary>
    public GlobalView Wanted
    {
        get
        {
            var wanted = new GlobalView(lane.View.Number + (lane.Suspicion.IsSuspicious ? 1UL : 0));
            foreach (var peer in lane.Peers)
            {
                wanted = lane.Suspicion.IsSuspicious ? Lane.Later(wanted, peer.Status.View) : wanted;
            }

            return wanted;
        }
    }

    public void Judge(Timestamp now)
    {
        lane.Suspicion.OnTime(now);
        lane.Suspicion.Judge(now, lane.TakesPart ? OldestCause() : Timestamp.Never, GlobalTimeout);
    }

    /// <summary>The highest view that a majority wants at least; to show a view is to want it.</summary>
    public void MoveAsWanted(Timestamp now, OrderingOutput output)
    {
        if (!lane.TakesPart)
        {
            return;
        }

        var wanted = new GlobalView[lane.Peers.Length];
        for (var site = 0; site < wanted.Length; site++)
        {
            var status = lane.Peers[site].Status;
            wanted[site] = site == lane.Self.Index ? Wanted : Lane.Later(status.Wanted, status.View);
        }

        MoveIfHigher(now, lane.MajorityHas(wanted), output);
    }

    /// <summary>Moves, and in the same step says what it holds: nothing below the view is accepted ever
    /// again.</summary>
    public void MoveIfHigher(Timestamp now, GlobalView view, OrderingOutput output)
    {
        if (view <= lane.View)
        {
            return;
        }

        lane.Suspicion.OnMove(now, lane.IsInstalled);
        lane.View = view;
        (lane.LeadingAccepted, lane.LeadingCommitted) = (default, default);
        lane.Queue.Clear();
        lane.Waiting.Clear();
        lane.Bodies.Clear();
        lane.NewView.Clear();
        lane.ViewChanges.ForgetViewsBelow(view);
        foreach (var peer in lane.Peers)
        {
            peer.CompareViews(now, view);
        }

        SayViewChange(output);
    }

    /// <summary>Installs the view in one step, once its log, what it rests on and all bodies are there.</summary>
    public void Install(Timestamp now, OrderingOutput output)
    {
        if (LogToInstall() is not { } log
            || !lane.Held.Agrees(log)
            || !lane.Held.Reaches(log)
            || Fill(log) is not { } above
            || LeavesOutEarlierLives(log, above))
        {
            return;
        }

        lane.Held.Install(log, above);
        lane.Own.ForgetForwarding();
        lane.NewView.Clear();
        lane.Bodies.Clear();
        lane.ViewChanges.ForgetViewsBelow(new(lane.View.Number + 1));
        for (var site = 0; lane.IsLeading && site < lane.Peers.Length; site++)
        {
            SayNewView(now, new(site), output);
        }
    }

    /// <summary>The log that the view begins with: chosen, at its leading site; told, elsewhere.</summary>
    public ViewLog? LogToInstall()
    {
        if (lane.IsInstalled || (lane.LeadingSite == lane.Self && !lane.TakesPart))
        {
            return null;
        }

        return lane.LeadingSite == lane.Self
            ? lane.ViewChanges.Choose(lane.View, lane.Held.Held(lane.Self))
            : lane.NewView.Whole(lane.LeadingSite);
    }

    public void SayViewChange(OrderingOutput output)
    {
        if (lane.LeadingSite == lane.Self || !lane.TakesPart)
        {
            return;
        }

        foreach (var part in OrderingWords.ViewChange(lane.View, lane.OwnLife, lane.Held.Held(lane.Self)))
        {
            output.Say(lane.LeadingSite, part);
        }
    }

    public void SayNewView(Timestamp now, SiteId to, OrderingOutput output)
    {
        if (to == lane.Self || !lane.Held.IsOfView)
        {
            return;
        }

        lane.Peers[to.Index].ViewSaidAt = now;
        foreach (var part in OrderingWords.NewView(lane.View, lane.Held.Held(lane.Self)))
        {
            output.Say(to, part);
        }
    }

    /// <summary>How long a site waits for the leading site, over a link with this time-out.</summary>
    private TimeSpan Undoubled(SiteId watcher, TimeSpan link)
    {
        var pairs = lane.Genesis[lane.LeadingSite].Size.Faults + lane.Genesis[watcher].Size.Faults + 1;

        // Two local view changes, and one more time-out of the link: it covers the two round trips, or the one bad
        // pair more that there can be where the sizes of the two sites differ.
        return (link * (pairs + 1)) + (Limits.LocalViewChange * 2);
    }

    /// <summary>The log that was chosen may tell of new lives of sites whose view changes are of an earlier one: these are
    /// left out, and others waited for. What such a site had accepted it does not know any more, and a majority with it
    /// may be one without a later committed entry.</summary>
    private bool LeavesOutEarlierLives(ViewLog log, List<FilledEntry> above)
    {
        if (lane.LeadingSite != lane.Self)
        {
            return false;
        }

        var lives = lane.ExecutedLives;
        foreach (var filled in lane.Held.Log.Telling.Where(filled => filled.Sequence <= log.Base))
        {
            lives.Note(filled);
        }

        above.ForEach(lives.Note);

        // Its own word, too, may be one of an earlier life.
        var isLeftOut = lives[lane.Self] > lane.OwnLife;
        for (var site = 0; site < lane.Peers.Length; site++)
        {
            isLeftOut |= lane.ViewChanges.ForgetLivesBelow(new(site), lives[new(site)]);
        }

        return isLeftOut;
    }

    /// <summary>The entries that an installation brings, with their bodies; null while one is missing.</summary>
    private List<FilledEntry>? Fill(ViewLog log)
    {
        var filled = new List<FilledEntry>();
        foreach (var entry in log.Above.Where(entry => entry.Sequence > lane.Committed))
        {
            if (lane.Fill(entry, null) is not { } whole)
            {
                return null;
            }

            filled.Add(whole);
        }

        return filled;
    }

    /// <summary>Since when the oldest cause of suspicion lasts.</summary>
    private Timestamp OldestCause()
    {
        if (!lane.IsInstalled && !IsOnlyBehind)
        {
            return default;
        }

        // A site that moved when others wanted to, who then withdrew, is alone in its view: it has promised to accept
        // nothing below, so the others have to come to it.
        var cause = Timestamp.Never;
        foreach (var peer in lane.Peers)
        {
            cause = Timestamp.Earlier(cause, peer.AboveSince);
        }

        if (lane.LeadingSite == lane.Self)
        {
            return lane.Held.IsOfView || lane.MayReturnToView ? cause : default;
        }

        var leading = lane.Peers[lane.LeadingSite.Index];
        if (leading.LedUpTo is { } led && lane.View <= led)
        {
            return default;
        }

        cause = Timestamp.Earlier(cause, Timestamp.Earlier(leading.HeardAt, leading.UnseenSince));
        return lane.IsInstalled ? Timestamp.Earlier(cause, lane.Own.OldestForwarded) : cause;
    }

    /// <summary>The view's log has been told, and rests on entries or on a state that this site still fetches, for minutes
    /// perhaps. That is no fault of who leads: a standing wish for another view would need one more site's to end this
    /// one.</summary>
    /// <remarks>Its word alone is not enough for that: another site, too, shows to have come as far.</remarks>
    private bool IsOnlyBehind => lane.LeadingSite != lane.Self
        && LogToInstall() is { } log
        && lane.Held.Agrees(log)
        && !lane.Held.Reaches(log)
        && Enumerable.Range(0, lane.Peers.Length).Any(site =>
            site != lane.LeadingSite.Index && lane.Peers[site].Status.Committed >= log.Base);
}
