namespace Holdfast.Simulation;

/// <summary>What goes wrong in a world besides its adversaries: crashes, cuts, bad weather. It all ends after two
/// thirds of the time, and then everybody is well again.</summary>
internal sealed class Trouble(Surroundings world, VirtualReplica[] replicas, Dice dice, WorldOptions options)
{
    private readonly long _end = options.Seconds * 1_000_000L * 2 / 3;

    public void Plan()
    {
        if (dice.OneIn(2))
        {
            world.Time.At(0, () => Change(new Weather(dice.Below(30), dice.Below(30), dice.Below(30), dice.OneIn(2))));
        }

        if (options.HasSiteDeath)
        {
            PlanSiteDeath();
        }
        else
        {
            PlanCrashes();
            PlanPowerCuts();
        }

        if (options.Sites > 1)
        {
            Repeat(dice.Below(3), PlanCutOfSites);
        }

        Repeat(dice.Below(3), PlanCutOfReplica);
        Repeat(dice.Below(2), PlanCutOfClient);
        if (options.HasAbsent || dice.OneIn(3))
        {
            PlanAbsences();
        }

        world.Time.At(_end, Heal);
    }

    private void PlanCrashes()
    {
        var crashes = dice.Below(options.Faults == 0 ? 3 : 7);
        for (var crash = 0; crash < crashes; crash++)
        {
            var replica = replicas[dice.Below(replicas.Length)];
            var isWithinTurn = dice.OneIn(2);
            world.Time.At(dice.Between(0, _end), () => Crash(replica, isWithinTurn));
        }
    }

    /// <summary>A whole site is down until all heal, while the others go on.</summary>
    private void PlanSiteDeath()
    {
        var (site, time) = (dice.Below(options.Sites), dice.Between(_end / 2, _end * 3 / 4));
        foreach (var replica in replicas.Where(replica => replica.Id.Site.Index == site))
        {
            world.Time.At(time + dice.Between(0, 20_000), replica.Crash);
        }
    }

    /// <summary>Any number of crashes is allowed, so all replicas of a site, or of the world, may crash at
    /// once.</summary>
    private void PlanPowerCuts()
    {
        if (dice.OneIn(4))
        {
            var site = dice.Below(options.Sites);
            PlanPowerCut(replica => replica.Id.Site.Index == site);
        }

        if (dice.OneIn(8))
        {
            PlanPowerCut(_ => true);
        }
    }

    private void PlanPowerCut(Func<VirtualReplica, bool> isHit)
    {
        var time = dice.Between(0, _end);
        foreach (var replica in replicas.Where(isHit))
        {
            world.Time.At(time, () => Crash(replica, isWithinTurn: false));
        }
    }

    /// <summary>Replicas that are down for as long as trouble lasts: the others' logs may not reach back so
    /// far.</summary>
    private void PlanAbsences()
    {
        for (var site = 0; site < options.Sites; site++)
        {
            var here = replicas.Where(replica => replica.Id.Site.Index == site).ToArray();
            var first = dice.Below(here.Length);
            var absent = here[first..].Concat(here[..first])
                .Where(replica => !replica.IsFaulty && (options.HasAbsent || dice.OneIn(2)))
                .Take(options.Faults);
            foreach (var replica in absent)
            {
                PlanAbsence(replica);
            }
        }
    }

    private void PlanAbsence(VirtualReplica replica)
    {
        world.Time.At(dice.Between(0, options.HasAbsent ? _end / 4 : _end), replica.StayAway);
        if (dice.OneIn(2))
        {
            // Back before the end of all trouble, and down again while it may be fetching.
            var back = dice.Between(_end / 2, _end);
            world.Time.At(back, replica.ComeBack);
            world.Time.At(Math.Min(back + dice.Between(1_000, 1_000_000), _end), () => Crash(replica, dice.OneIn(2)));
        }
    }

    private static void Repeat(int times, Action plan)
    {
        for (var time = 0; time < times; time++)
        {
            plan();
        }
    }

    private void Crash(VirtualReplica replica, bool isWithinTurn)
    {
        if (isWithinTurn)
        {
            replica.CrashSoon();
        }
        else
        {
            replica.Crash();
        }

        world.Time.After(dice.Between(50_000, 2_000_000), replica.StartUnlessRunning);
    }

    private void PlanCutOfSites()
    {
        var one = dice.Below(options.Sites);
        var other = (one + 1 + dice.Below(options.Sites - 1)) % options.Sites;
        var isWhole = dice.OneIn(2);
        PlanCut(
            place => world.Places.SiteAt(place) == one,
            place => isWhole ? world.Places.SiteAt(place) != one : world.Places.SiteAt(place) == other);
    }

    private void PlanCutOfReplica()
    {
        var replica = dice.Below(replicas.Length);
        PlanCut(place => place == replica, place => place != replica);
    }

    /// <summary>A client loses its own site: it must turn to another.</summary>
    private void PlanCutOfClient()
    {
        var client = world.Places.Replicas + dice.Below(world.Places.Count - world.Places.Replicas);
        var site = world.Places.SiteAt(client);
        PlanCut(place => place == client, place => place < world.Places.Replicas && world.Places.SiteAt(place) == site);
    }

    private void PlanCut(Func<int, bool> isHere, Func<int, bool> isThere)
    {
        var (start, length) = (dice.Between(0, _end), dice.Between(100_000, _end * 2 / 3));
        world.Time.At(start, () => Change(isHere, isThere, world.Network.Cut));
        world.Time.At(Math.Min(start + length, _end), () => Change(isHere, isThere, world.Network.Mend));
    }

    private void Change(Func<int, bool> isHere, Func<int, bool> isThere, Action<int, int> change)
    {
        var all = Enumerable.Range(0, world.Places.Count).ToArray();
        foreach (var here in all.Where(isHere))
        {
            foreach (var there in all.Where(isThere))
            {
                change(here, there);
            }
        }
    }

    private void Change(Weather weather)
    {
        world.Network.Weather = weather;
        world.Trace($"weather: {weather}");
    }

    private void Heal()
    {
        Change(Weather.Fine);
        world.Network.MendAll();
        foreach (var replica in replicas)
        {
            replica.ComeBack();
        }
    }
}
