namespace Holdfast.Simulation;

/// <summary>The site that leads is cut off from the others again and again; in the moment in which it comes back with
/// what it alone holds, the one that leads instead is cut off. So views change all the time, and what the next one
/// begins with has to be chosen among logs of several views.</summary>
internal sealed class LostLeads(Surroundings world, VirtualReplica[] replicas, Dice dice, long end)
{
    private const long Second = 1_000_000;
    private (int From, int To)[] _cut = [];

    public void Plan() => PlanNext(dice.Between(Second / 2, 2 * Second));

    private void PlanNext(long after)
    {
        if (world.Time.Now + after < end)
        {
            world.Time.After(after, CutNext);
        }
    }

    private void CutNext()
    {
        foreach (var (from, to) in _cut)
        {
            world.Network.Mend(from, to);
        }

        // It may hear the others, who do not hear it.
        var lead = Leading();
        var isDeaf = dice.OneIn(2);
        var here = Enumerable.Range(0, world.Places.Replicas).Where(place => world.Places.SiteAt(place) == lead).ToArray();
        var there = Enumerable.Range(0, world.Places.Replicas).Except(here).ToArray();
        var ways = here.SelectMany(one => there.Select(other => (one, other))).ToArray();
        _cut = [.. ways, .. ways.Where(_ => isDeaf).Select(way => (way.other, way.one))];
        foreach (var (from, to) in _cut)
        {
            world.Network.Cut(from, to);
        }

        world.Trace($"site {lead} leads and is not heard any more{(isDeaf ? ", and hears nothing" : "")}");
        PlanNext(dice.Between(Second, 4 * Second));
    }

    private int Leading() => replicas
        .Where(replica => replica.IsRunning && !replica.IsFaulty)
        .Select(replica => replica.Pump!.Status)
        .MaxBy(status => status.InstalledView.Number)?.LeadingSite.Index ?? 0;
}
