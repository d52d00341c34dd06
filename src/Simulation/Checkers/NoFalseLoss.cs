namespace Holdfast.Simulation.Checkers;

/// <summary>A correct replica whose disk holds all that it has said never takes it for lost: all that peers can show it of
/// its own words is on disk when it is said.</summary>
public sealed class NoFalseLoss
{
    private readonly SortedDictionary<(int Site, int Replica), uint> _exchanges = [];

    /// <summary>It has an empty disk now, or an old copy: also one that knows all words may lack a start.</summary>
    public void Exchanged(ReplicaId replica)
    {
        var place = (replica.Site.Index, replica.Index);
        _exchanges[place] = _exchanges.GetValueOrDefault(place) + 1;
    }

    /// <summary>In the site's next life all disks are new.</summary>
    public void LifeOver(SiteId site)
    {
        foreach (var place in _exchanges.Keys.Where(place => place.Site == site.Index).ToArray())
        {
            _exchanges.Remove(place);
        }
    }

    /// <param name="life">How often its site has taken it back.</param>
    public void Shown(ReplicaId replica, uint life)
    {
        if (life > _exchanges.GetValueOrDefault((replica.Site.Index, replica.Index)))
        {
            throw new CheckFailedException(
                nameof(NoFalseLoss), $"{replica} came back to its life {life} and has not lost its disk that often");
        }
    }
}
