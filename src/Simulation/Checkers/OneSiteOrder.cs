namespace Holdfast.Simulation.Checkers;

/// <summary>In one view of a site, correct replicas find one batch at most prepared for a place (PBFT, OSDI '99,
/// section 4.2): two of them that vote to commit vote for the same.</summary>
public sealed class OneSiteOrder
{
    private readonly Dictionary<(int Site, ulong View, ulong Sequence), (ulong Batch, ReplicaId First)> _voted = [];

    /// <summary>In the site's next life all places are new.</summary>
    public void LifeOver(SiteId site)
    {
        foreach (var place in _voted.Keys.Where(place => place.Site == site.Index).ToArray())
        {
            _voted.Remove(place);
        }
    }

    /// <param name="batch">Names the batch.</param>
    public void Committed(ReplicaId replica, ulong view, ulong sequence, ulong batch)
    {
        var place = (replica.Site.Index, view, sequence);
        if (!_voted.TryAdd(place, (batch, replica)) && _voted[place].Batch != batch)
        {
            throw new CheckFailedException(
                nameof(OneSiteOrder),
                $"{_voted[place].First} and {replica} committed different batches in view {view}, sequence {sequence}");
        }
    }
}
