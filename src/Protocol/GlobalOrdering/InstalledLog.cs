using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>The log as the log of the view that the site has installed, and how far the site has accepted in
/// it.</summary>
internal sealed class InstalledLog
{
    public GlobalLog Log { get; } = new();

    public GlobalView View { get; private set; }

    /// <summary>False from the moment when facts of other views stand in the log until a view is installed, or the log
    /// proves to be the view's all the same. Then nothing is accepted, counted or told as if it were.</summary>
    public bool IsOfView { get; private set; } = true;

    public GlobalSequence Accepted { get; private set; }

    /// <summary>Committed as far as it is of the installed view's log: others move their own by it.</summary>
    public GlobalSequence CommittedInView => IsOfView || Log.Committed < Accepted ? Log.Committed : Accepted;

    /// <summary>Nothing is known of the first view's log.</summary>
    public void BeginOutOfView() => IsOfView = false;

    /// <summary>Takes the next entry of the installed view's log.</summary>
    public void Accept(FilledEntry filled)
    {
        Invariant.Holds(IsOfView, "G5");
        Log.Append(filled);
        Accepted = Log.End;
    }

    /// <summary>Takes the next committed entry: a fact, whatever the view.</summary>
    public void TakeFact(FilledEntry filled)
    {
        if (Log.FilledAt(filled.Sequence)?.Entry != filled.Entry)
        {
            LeaveView(Log.Committed);
            Log.TruncateAbove(Log.Committed);
            Log.Append(filled);
        }

        Log.CommitUpTo(filled.Sequence);
    }

    /// <summary>A site whose log is the installed view's has this chain digest at the end of ours: so ours is that log
    /// too, up to there.</summary>
    public bool TryReturnToView(Digest chainAtEnd)
    {
        if (IsOfView || Log.KnownChainAt(Log.End) != chainAtEnd)
        {
            return false;
        }

        (IsOfView, Accepted) = (true, Log.End);
        return true;
    }

    /// <summary>Takes over a place reached by state transfer; what was promised stays.</summary>
    public void StartAt(GlobalSequence sequence, Digest chain, Timestamp time)
    {
        var committed = Log.Committed;
        if (!Log.StartAt(sequence, chain, time))
        {
            LeaveView(committed);
        }
    }

    /// <summary>Whether a view's log agrees with what is committed here; if not, one of the two is not to be
    /// believed.</summary>
    public bool Agrees(ViewLog log)
    {
        if (Log.Committed < log.Base)
        {
            return log.IsWhole;
        }

        return log.IsWhole
            && log.End >= Log.Committed
            && log.ChainAt(Log.Committed) == Log.KnownChainAt(Log.Committed);
    }

    /// <summary>The own log up to a base counts only if its own chain digest there is the one named.</summary>
    public bool Reaches(ViewLog log) =>
        Log.Committed >= log.Base || (Log.End >= log.Base && Log.ChainAt(log.Base) == log.Chain);

    /// <summary>One step: entries above the base are replaced, and the view's log is accepted up to its end.</summary>
    /// <param name="above">The view's entries above the base and above what is committed, with their bodies.</param>
    public void Install(ViewLog log, IReadOnlyList<FilledEntry> above)
    {
        Invariant.Holds(log.View > View && Agrees(log) && Reaches(log), "G8");
        if (Log.Committed < log.Base)
        {
            Log.CommitUpTo(log.Base);
        }

        Log.TruncateAbove(Log.Committed);
        foreach (var filled in above)
        {
            Log.Append(filled);
        }

        Invariant.Holds(Log.End == log.End && Log.KnownChainAt(Log.End) == log.ChainAt(log.End), "G8");
        (View, IsOfView, Accepted) = (log.View, true, Log.End);
    }

    /// <summary>What a view change tells: nothing that is not committed is left out.</summary>
    public HeldLog Held(SiteId self)
    {
        var above = new List<Entry>();
        for (var sequence = Log.Committed.Next; sequence <= Log.End; sequence = sequence.Next)
        {
            above.Add(Log.FilledAt(sequence)!.Entry);
        }

        Invariant.Holds(IsOfView || above.Count == 0, "G5");
        return new(View, Log.Committed, Log.KnownChainAt(Log.Committed), ValueList.From(above), self);
    }

    public void Save(AuthenticatedMap map, WireWriter scalars)
    {
        Log.Save(map, scalars);
        scalars.View(View);
        scalars.Boolean(IsOfView);
        scalars.Sequence(Accepted);
    }

    public void LoadScalars(ref WireReader reader)
    {
        Log.LoadScalars(ref reader);
        (View, IsOfView, Accepted) = (reader.GlobalView(), reader.Boolean(), reader.GlobalSequence());
    }

    // What was accepted beyond the committed entries may be dropped now, so it is not told any more, unless nothing is.
    private void LeaveView(GlobalSequence committedInView)
    {
        if (IsOfView && Log.End > committedInView && Accepted > committedInView)
        {
            Accepted = committedInView;
        }

        IsOfView = false;
    }
}
