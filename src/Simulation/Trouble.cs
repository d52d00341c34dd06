namespace Holdfast.Simulation;

/// <summary>What goes wrong in a world besides its adversaries: crashes, power cuts, machines that freeze, and a bad
/// network. It all ends after two thirds of the time, and then everybody is well again.</summary>
internal sealed class Trouble(Surroundings world, VirtualReplica[] replicas, Dice dice, WorldOptions options)
{
    private readonly long _end = options.Seconds * 1_000_000L * 2 / 3;

    public void Plan()
    {
        if (options.HasLostLeads)
        {
            new LostLeads(world, replicas, dice, _end).Plan();
        }
        else if (options.HasTornSites)
        {
            new TornSites(world, replicas, dice, _end).Plan();
        }
        else
        {
            PlanUsual();
        }

        world.Time.At(_end, Heal);
    }

    private void PlanUsual()
    {
        if (options.HasSiteDeath)
        {
            PlanSiteDeath();
        }
        else
        {
            PlanCrashes();
            PlanPowerCuts();
        }

        for (var freezes = dice.Below(3); freezes > 0; freezes--)
        {
            PlanFreeze();
        }

        if (options.HasAbsent || dice.OneIn(3))
        {
            PlanAbsences();
        }

        if (options.HasLeftBehind)
        {
            new LeftBehind(world, replicas, dice, options, _end).Plan();
        }

        new NetworkTrouble(world, dice, options.Sites, _end).Plan();
    }

    private void PlanCrashes()
    {
        var crashes = dice.Below(options.Faults == 0 ? 3 : 7);
        for (var crash = 0; crash < crashes; crash++)
        {
            var replica = replicas[dice.Below(replicas.Length)];
            var isWithinTurn = dice.OneIn(2);
            world.Injected.Add(isWithinTurn ? "crash within a turn" : "crash");
            world.Time.At(dice.Between(0, _end), () => Crash(replica, isWithinTurn));
        }

        foreach (var replica in replicas.Where(replica => replica.HasRottenDisk))
        {
            world.Time.At(dice.Between(0, _end), () => Crash(replica, isWithinTurn: false));
        }
    }

    /// <summary>A whole site is down until all heal, while the others go on.</summary>
    private void PlanSiteDeath()
    {
        var (site, time) = (dice.Below(options.Sites), dice.Between(_end / 2, _end * 3 / 4));
        world.Injected.Add("death of a site");
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
            PlanPowerCut("power cut of a site", replica => replica.Id.Site.Index == site);
        }

        if (dice.OneIn(8))
        {
            PlanPowerCut("power cut of everything", _ => true);
        }
    }

    private void PlanPowerCut(string what, Func<VirtualReplica, bool> isHit)
    {
        world.Injected.Add(what);
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
        world.Injected.Add("absence of a replica");
        world.Time.At(dice.Between(0, options.HasAbsent ? _end / 4 : _end), replica.StayAway);
        if (dice.OneIn(2))
        {
            // Back before the end of all trouble, and down again while it may be fetching.
            var back = dice.Between(_end / 2, _end);
            world.Time.At(back, replica.ComeBack);
            world.Time.At(Math.Min(back + dice.Between(1_000, 1_000_000), _end), () => Crash(replica, dice.OneIn(2)));
        }
    }

    private void PlanFreeze()
    {
        var replica = replicas[dice.Below(replicas.Length)];
        var (time, isClockStopped) = (dice.Between(0, _end), dice.OneIn(2));
        var length = Math.Min(dice.Between(20_000, dice.OneIn(2) ? 5_000_000 : 500_000), _end - time);
        world.Injected.Add(isClockStopped ? "freeze with its clock" : "freeze");
        world.Time.At(time, () => replica.Freeze(length, isClockStopped));
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

    private void Heal()
    {
        world.Network.Weather = Weather.Fine;
        world.Network.MendAll();
        world.Trace("all is mended");
        foreach (var replica in replicas)
        {
            replica.Heal();
        }
    }
}
