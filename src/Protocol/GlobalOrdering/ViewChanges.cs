using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>What one site holds, as its <see cref="GlobalViewChange"/> tells it, all parts together.</summary>
internal sealed record HeldLog(
    GlobalView InstalledView, GlobalSequence Committed, Digest Chain, ValueList<Entry> Above, SiteId Site)
{
    public GlobalSequence End => new(Committed.Number + (ulong)Above.Count);
}

/// <summary>What the sites said when they moved to a view, kept by its leading site; and the rule by which it chooses
/// the log.</summary>
internal sealed class ViewChanges(WideAreaSize size)
{
    private readonly SavedTable<GlobalViewChange> _parts =
        new(OrderingKeys.ViewChanges, (writer, part) => part.Write(writer));

    /// <summary>Takes one part. A telling for a higher view, or a newer one for the same, replaces the older.</summary>
    public bool TryTake(SiteId from, GlobalViewChange part)
    {
        var held = PartsOf(from);
        if (held.Count > 0)
        {
            if (part.View < held[0].View)
            {
                return false;
            }

            if (!IsOfOneTelling(held[0], part))
            {
                Forget(from);
            }
        }

        _parts.Set(Number(from, part.Part), part);
        return true;
    }

    /// <summary>A site of a new life promised nothing: what its earlier life said does not count.</summary>
    /// <returns>True if there was something to forget.</returns>
    public bool ForgetLivesBelow(SiteId site, uint life)
    {
        if (PartsOf(site) is not [{ } first, ..] || first.SiteLife >= life)
        {
            return false;
        }

        Forget(site);
        return true;
    }

    public void ForgetViewsBelow(GlobalView view)
    {
        for (var site = 0; site < size.Sites; site++)
        {
            if (PartsOf(new(site)) is [{ } first, ..] && first.View < view)
            {
                Forget(new(site));
            }
        }
    }

    /// <summary>The log that the view must begin with; null while too few sites have spoken, or if what they say
    /// contradicts itself (then no log is safe).</summary>
    /// <param name="own">The own site's log, as it is now.</param>
    public ViewLog? Choose(GlobalView view, HeldLog own)
    {
        var held = new List<HeldLog> { own };
        for (var site = 0; site < size.Sites; site++)
        {
            if (site != own.Site.Index && Whole(new(site), view) is { } log)
            {
                held.Add(log);
            }
        }

        return held.Count < size.Majority ? null : Choose(view, held);
    }

    /// <summary>The base is the highest committed place. Above it stand the entries of the one log with the highest
    /// installed view, among equals the one that ends highest, and none of another log.</summary>
    internal static ViewLog? Choose(GlobalView view, IReadOnlyList<HeldLog> held)
    {
        var highest = held[0];
        var chosen = held[0];
        foreach (var log in held)
        {
            highest = log.Committed > highest.Committed ? log : highest;
            var isNewer = log.InstalledView > chosen.InstalledView;
            var isLonger = log.InstalledView == chosen.InstalledView && log.End > chosen.End;
            chosen = isNewer || isLonger ? log : chosen;
        }

        var whole = new ViewLog(
            view, chosen.Committed, chosen.Chain, chosen.Above, chosen.Site, chosen.Site);
        if (!whole.IsWhole || (chosen.End >= highest.Committed && whole.ChainAt(highest.Committed) != highest.Chain))
        {
            return null;
        }

        var above = ValueList.From(chosen.Above.Where(entry => entry.Sequence > highest.Committed));
        return new(view, highest.Committed, highest.Chain, above, highest.Site, chosen.Site);
    }

    public void Save(AuthenticatedMap map) => _parts.Save(map);

    public void LoadRow(ulong number, GlobalViewChange part) => _parts.Loaded(number, part);

    private static ulong Number(SiteId site, byte part) => ((ulong)site.Index << 8) | part;

    private static bool IsOfOneTelling(GlobalViewChange left, GlobalViewChange right) =>
        (left with { Part = 0, Above = [] }) == (right with { Part = 0, Above = [] });

    private HeldLog? Whole(SiteId site, GlobalView view)
    {
        var parts = PartsOf(site);
        if (parts.Count == 0 || parts[0].View != view || parts.Count < parts[0].Parts)
        {
            return null;
        }

        var entries = ValueList.From(parts.SelectMany(part => part.Above));
        return new(parts[0].InstalledView, parts[0].Committed, parts[0].Chain, entries, site);
    }

    private List<GlobalViewChange> PartsOf(SiteId site)
    {
        var parts = new List<GlobalViewChange>();
        for (var part = 0; part < Limits.PartsPerWord; part++)
        {
            if (_parts.Find(Number(site, (byte)part)) is { } held)
            {
                parts.Add(held);
            }
        }

        return parts;
    }

    private void Forget(SiteId site)
    {
        for (var part = 0; part < Limits.PartsPerWord; part++)
        {
            if (_parts.Find(Number(site, (byte)part)) is not null)
            {
                _parts.Remove(Number(site, (byte)part));
            }
        }
    }
}
