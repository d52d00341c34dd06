namespace Holdfast.Simulation;

/// <summary>A whole site is cut off, or down, for so long that the others keep no log for it, and has to take their state
/// over. It may come back while there is still trouble, and be hit by it while it fetches.</summary>
internal sealed class LeftBehind(Surroundings world, VirtualReplica[] replicas, Dice dice, WorldOptions options, long end)
{
    private const long LookAgain = 100_000;

    /// <summary>So short that a world is long beside it.</summary>
    public static readonly Retention Retention = new(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3), ToldEvery: 16)
    {
        JournalBytes = 1 << 16,
    };

    public void Plan()
    {
        var site = dice.Below(options.Sites);
        var here = replicas.Where(replica => replica.Id.Site.Index == site).ToArray();
        var start = dice.Between(500_000, end / 4);
        var back = dice.OneIn(2) ? end : dice.Between(end * 2 / 3, end);
        VirtualReplica[] late = options.HasLate
            ? [.. here.Where(replica => !replica.IsFaulty).Take(options.Faults)]
            : [];
        back = options.HasLate ? end / 2 : back;
        foreach (var replica in late)
        {
            // It is there again when all heal.
            world.Injected.Add("a replica of a site left behind, late");
            world.Time.At(start, replica.StayAway);
        }

        if (dice.OneIn(2))
        {
            world.Injected.Add("a site left behind, down");
            world.Time.At(start, () => Array.ForEach(here, replica => replica.StayAway()));
            world.Time.At(back, () => Array.ForEach([.. here.Except(late)], replica => replica.ComeBack()));
        }
        else
        {
            world.Injected.Add("a site left behind, cut off");
            var ways = WaysOf(site);
            world.Time.At(start, () => Change(ways, world.Network.Cut));
            world.Time.At(back, () => Change(ways, world.Network.Mend));
        }

        for (var crashes = dice.Below(3); crashes > 0 && back < end; crashes--)
        {
            var replica = here[dice.Below(here.Length)];
            var time = back + dice.Between(100_000, 3_000_000);
            if (time < end)
            {
                world.Time.At(time, () => Crash(replica));
            }
        }

        world.Judge.Progress.Waits($"site {site} to be where the others are");
        world.Time.At(end, () => Await(site, here, HighestOf(replicas)));
    }

    private void Crash(VirtualReplica replica)
    {
        replica.Crash();
        world.Time.After(dice.Between(50_000, 1_000_000), replica.StartUnlessRunning);
    }

    private void Await(int site, VirtualReplica[] here, GlobalSequence where)
    {
        var there = here.Count(replica => !replica.IsFaulty && HighestOf([replica]) >= where);
        if (there >= here.Count(replica => !replica.IsFaulty))
        {
            world.Trace($"site {site} is where the others were: {where}");
            world.Judge.Progress.Done($"site {site} to be where the others are");
            return;
        }

        world.Time.After(LookAgain, () => Await(site, here, where));
    }

    private static GlobalSequence HighestOf(VirtualReplica[] some) => some
        .Where(replica => replica.IsRunning && !replica.IsFaulty)
        .Select(replica => replica.Pump!.Status.GlobalExecuted)
        .Append(default)
        .Max();

    private (int From, int To)[] WaysOf(int site)
    {
        var all = Enumerable.Range(0, world.Places.Replicas).ToArray();
        var pairs = all.Where(place => world.Places.SiteAt(place) == site)
            .SelectMany(here => all.Where(place => world.Places.SiteAt(place) != site).Select(there => (here, there)));
        return [.. pairs.SelectMany(pair => new[] { (pair.here, pair.there), (pair.there, pair.here) })];
    }

    private static void Change((int From, int To)[] ways, Action<int, int> change)
    {
        foreach (var (from, to) in ways)
        {
            change(from, to);
        }
    }
}
