namespace Holdfast.Simulation;

/// <summary>In each site, again and again, the others lose half of the ways to one another while the primary hears all
/// of them: so at times it decides alone. Then it is cut off, and what it decided must come back from what the others
/// have prepared; they may lose power in that moment.</summary>
internal sealed class TornSites(Surroundings world, VirtualReplica[] replicas, Dice dice, long end)
{
    private const long Millisecond = 1_000;

    public void Plan()
    {
        foreach (var site in replicas.GroupBy(replica => replica.Id.Site.Index))
        {
            VirtualReplica[] here = [.. site];
            PlanNext(here, [], dice.Between(200 * Millisecond, 1_000 * Millisecond));
        }
    }

    /// <param name="cut">What is mended then.</param>
    private void PlanNext(VirtualReplica[] here, (int From, int To)[] cut, long after)
    {
        if (world.Time.Now + after < end)
        {
            world.Time.After(after, () => Tear(here, cut));
        }
    }

    private void Tear(VirtualReplica[] here, (int From, int To)[] cut)
    {
        Change(cut, world.Network.Mend);
        var primary = Primary(here);
        (int, int)[] torn = [.. Ways(here).Where(way => !IsOf(primary, way) && dice.OneIn(2))];
        Change(torn, world.Network.Cut);
        var (after, hasPowerCut) = (dice.Between(2 * Millisecond, 60 * Millisecond), dice.OneIn(2));
        if (world.Time.Now + after < end)
        {
            world.Time.After(after, () => Lose(here, primary, torn, hasPowerCut));
        }
    }

    private void Lose(VirtualReplica[] here, VirtualReplica primary, (int From, int To)[] torn, bool hasPowerCut)
    {
        Change(torn, world.Network.Mend);
        (int, int)[] lost = [.. Ways(here).Where(way => IsOf(primary, way))];
        Change(lost, world.Network.Cut);
        world.Trace($"{primary.Id} is lost{(hasPowerCut ? ", and the others have a power cut" : "")}");
        foreach (var other in here.Where(other => other != primary && hasPowerCut))
        {
            other.Crash();
            world.Time.After(50 * Millisecond, other.StartUnlessRunning);
        }

        PlanNext(here, lost, dice.Between(500 * Millisecond, 2_000 * Millisecond));
    }

    private static VirtualReplica Primary(VirtualReplica[] here) =>
        here[here.Where(replica => replica.IsRunning).MaxBy(replica => replica.Pump!.Status.View.Number)?.Pump!.Status.Primary ?? 0];

    private static bool IsOf(VirtualReplica replica, (int From, int To) way) =>
        way.From == replica.Place || way.To == replica.Place;

    private static IEnumerable<(int From, int To)> Ways(VirtualReplica[] here) =>
        from one in here from other in here where one != other select (one.Place, other.Place);

    private static void Change((int From, int To)[] ways, Action<int, int> change)
    {
        foreach (var (from, to) in ways)
        {
            change(from, to);
        }
    }
}
