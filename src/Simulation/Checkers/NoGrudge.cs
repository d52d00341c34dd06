namespace Holdfast.Simulation.Checkers;

/// <summary>A suspicion ends with its cause: in a world at rest no correct replica's complaint about its view stands, no
/// site wants another view than it has, and no view changes.</summary>
public sealed class NoGrudge
{
    private readonly SortedDictionary<(int Site, int Replica), (ulong View, ulong Told, bool Stands)> _complaints = [];
    private readonly Dictionary<int, bool> _wants = [];

    /// <summary>In the site's next life all views are new.</summary>
    public void LifeOver(SiteId site)
    {
        foreach (var place in _complaints.Keys.Where(place => place.Site == site.Index).ToArray())
        {
            _complaints.Remove(place);
        }
    }

    /// <summary>A correct replica complains about a view of its site, or withdraws that.</summary>
    /// <param name="told">What is said later has a higher one.</param>
    public void Complained(ReplicaId replica, ulong view, ulong told, bool stands)
    {
        var place = (replica.Site.Index, replica.Index);
        var known = _complaints.GetValueOrDefault(place);
        if ((view, told).CompareTo((known.View, known.Told)) >= 0)
        {
            _complaints[place] = (view, told, stands);
        }
    }

    /// <summary>A site's register, as it is heard last.</summary>
    public void Heard(SiteId site, bool wantsAnother) => _wants[site.Index] = wantsAnother;

    /// <param name="views">Of the correct replicas: the view of the site and the global one, before and after the
    /// rest.</param>
    public void Conclude(IEnumerable<(ReplicaId Replica, (ulong, ulong) Before, (ulong Site, ulong Global) After)> views)
    {
        ArgumentNullException.ThrowIfNull(views);
        foreach (var (replica, before, after) in views)
        {
            var complaint = _complaints.GetValueOrDefault((replica.Site.Index, replica.Index));
            Judge(before == after, $"{replica} went from views {before} to {after} while nobody asked for anything");
            Judge(!complaint.Stands || complaint.View != after.Site, $"{replica} still complains about view {after.Site}");
        }

        foreach (var (site, wantsAnother) in _wants)
        {
            Judge(!wantsAnother, $"site {site} still wants another view");
        }
    }

    private static void Judge(bool isGood, string found)
    {
        if (!isGood)
        {
            throw new CheckFailedException(nameof(NoGrudge), found);
        }
    }
}
