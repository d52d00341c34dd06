namespace Holdfast.Simulation;

/// <summary>What goes wrong between machines: bad weather, storms, cuts of every kind, slow links.</summary>
internal sealed class NetworkTrouble(Surroundings world, Dice dice, int sites, long end)
{
    private const long Second = 1_000_000;

    public void Plan()
    {
        if (dice.OneIn(2))
        {
            var weather = new Weather(dice.Below(30), dice.Below(30), dice.Below(30), dice.OneIn(2));
            world.Injected.Add("bad weather");
            world.Time.At(0, () => Change(weather));
            Repeat(dice.Below(3), () => PlanStorm(weather));
        }

        if (sites > 1)
        {
            Repeat(dice.Below(3), PlanCutOfSites);
        }

        Repeat(dice.Below(3), PlanCutOfReplica);
        Repeat(dice.Below(3), PlanSplitSite);
        Repeat(dice.Below(2), PlanCutOfClient);
        Repeat(dice.Below(2), PlanSlowLink);
    }

    private static void Repeat(int times, Action plan)
    {
        for (var time = 0; time < times; time++)
        {
            plan();
        }
    }

    /// <summary>Nearly a third of all frames is lost for a while.</summary>
    private void PlanStorm(Weather usual)
    {
        var (start, length) = (dice.Between(0, end), dice.Between(Second / 5, 3 * Second));
        world.Injected.Add("storm");
        var storm = usual with { LossPerMille = (int)dice.Between(100, 300) };
        world.Time.At(start, () => Change(storm));
        world.Time.At(Math.Min(start + length, end), () => Change(usual));
    }

    private void PlanCutOfSites()
    {
        var one = dice.Below(sites);
        var other = (one + 1 + dice.Below(sites - 1)) % sites;
        var isWhole = dice.OneIn(2);
        PlanCut(
            isWhole ? "cut of a site" : "cut between two sites",
            place => world.Places.SiteAt(place) == one,
            place => isWhole ? world.Places.SiteAt(place) != one : world.Places.SiteAt(place) == other);
    }

    private void PlanCutOfReplica()
    {
        var replica = dice.Below(world.Places.Replicas);
        PlanCut("cut of a replica", place => place == replica, place => place != replica);
    }

    /// <summary>Some replicas lose some others, of any site, while third ones reach both.</summary>
    private void PlanSplitSite()
    {
        var (these, those) = (dice.Next(), dice.Next());
        PlanCut("cut through sites", place => IsIn(these, place), place => IsIn(those, place) && !IsIn(these, place));

        bool IsIn(ulong set, int place) => place < world.Places.Replicas && ((set >> (place % 64)) & 1) == 1;
    }

    /// <summary>A client loses its own site: it must turn to another.</summary>
    private void PlanCutOfClient()
    {
        var client = world.Places.Replicas + dice.Below(world.Places.Count - world.Places.Replicas);
        var site = world.Places.SiteAt(client);
        PlanCut(
            "cut of a client",
            place => place == client,
            place => place < world.Places.Replicas && world.Places.SiteAt(place) == site);
    }

    /// <summary>In both directions or in one, and whole or flapping: cut and mended again many times.</summary>
    private void PlanCut(string what, Func<int, bool> isHere, Func<int, bool> isThere)
    {
        var (start, length) = (dice.Between(0, end), dice.Between(Second / 10, end * 2 / 3));
        var (toThere, toHere) = dice.Below(4) switch
        {
            0 => (true, false),
            1 => (false, true),
            _ => (true, true),
        };
        var ways = Ways(isHere, isThere, toThere, toHere);
        var stop = Math.Min(start + length, end);
        var stretch = dice.OneIn(4) ? dice.Between(Second / 50, Second) : length;
        var kind = stretch < length ? ", flapping" : "";
        world.Injected.Add(what + (toThere && toHere ? "" : ", one way") + kind);
        for (var from = start; from < stop; from += 2 * stretch)
        {
            world.Time.At(from, () => Change(ways, world.Network.Cut));
            world.Time.At(Math.Min(from + stretch, stop), () => Change(ways, world.Network.Mend));
        }
    }

    /// <summary>One machine's words to some others take long until the end.</summary>
    private void PlanSlowLink()
    {
        var (replica, others) = (dice.Below(world.Places.Replicas), dice.Next());
        var delay = dice.Between(Second / 50, Second);
        world.Injected.Add("slow link");
        var ways = Ways(place => place == replica, place => ((others >> (place % 64)) & 1) == 1, true, dice.OneIn(2));
        world.Time.At(dice.Between(0, end), () => Change(ways, (from, to) => world.Network.Slow(from, to, delay)));
    }

    private (int From, int To)[] Ways(Func<int, bool> isHere, Func<int, bool> isThere, bool toThere, bool toHere)
    {
        var all = Enumerable.Range(0, world.Places.Count).ToArray();
        var pairs = all.Where(isHere).SelectMany(here => all.Where(isThere).Select(there => (here, there))).ToArray();
        return
        [
            .. pairs.Where(_ => toThere),
            .. pairs.Where(_ => toHere).Select(pair => (pair.there, pair.here)),
        ];
    }

    private static void Change((int From, int To)[] ways, Action<int, int> change)
    {
        foreach (var (from, to) in ways)
        {
            change(from, to);
        }
    }

    private void Change(Weather weather)
    {
        world.Network.Weather = weather;
        world.Trace($"weather: {weather}");
    }
}
