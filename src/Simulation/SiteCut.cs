namespace Holdfast.Simulation;

/// <summary>Cuts some sites off from all others, in both directions, until it is mended.</summary>
internal sealed class SiteCut(Surroundings world, VirtualReplica[] replicas)
{
    private readonly List<(int From, int To)> _cut = [];

    public void Between(Func<int, bool> isHere)
    {
        foreach (var from in replicas)
        {
            foreach (var to in replicas.Where(to => isHere(to.Id.Site.Index) != isHere(from.Id.Site.Index)))
            {
                world.Network.Cut(from.Place, to.Place);
                _cut.Add((from.Place, to.Place));
            }
        }
    }

    public void Mend()
    {
        _cut.ForEach(way => world.Network.Mend(way.From, way.To));
        _cut.Clear();
    }
}
