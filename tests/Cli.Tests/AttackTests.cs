using Holdfast.Cli.Attacks;
using Holdfast.Cli.Check;
using Holdfast.Protocol;
using Holdfast.Simulation.Adversaries;

namespace Holdfast.Cli.Tests;

/// <summary>The list of attacks, and how one is judged; <c>holdfast attack</c> plays them.</summary>
public sealed class AttackTests
{
    private static readonly Timestamp Start = new(1_700_000_000_000_000);

    [Fact]
    public async Task The_list_names_every_attack_in_a_line()
    {
        var told = await Told.ByAsync("attack", "--list");

        Assert.Equal(ExitCode.Success, told.ExitCode);
        var lines = told.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Attack.All.Count, lines.Length);
        Assert.All(Attack.All, attack => Assert.Contains(lines, line => line.StartsWith($"{attack.Name} ")));
    }

    [Theory]
    [InlineData("attack")]
    [InlineData("attack", "bogus")]
    public async Task Without_an_attack_that_is_known_it_says_how_to_find_one(params string[] arguments)
    {
        var told = await Told.ByAsync(arguments);

        Assert.Equal(ExitCode.Usage, told.ExitCode);
        Assert.Contains("--list", told.Error);
    }

    [Fact]
    public void Every_attack_has_a_bar_and_an_adversary_that_the_simulator_has_too()
    {
        string[] known = [.. Adversary.Names, InsiderProgram.SlowDisk];

        Assert.All(
            Attack.All, attack => Assert.Equal(attack.Adversary is null, attack.Pause is not null || attack.IsFlood));
        Assert.All(Attack.All, attack => Assert.True(attack.Adversary is null || known.Contains(attack.Adversary)));
        Assert.Equal(Attack.All.Count, Attack.All.Select(attack => attack.Name).Distinct().Count());
    }

    [Fact]
    public void Every_way_of_an_adversary_is_played_by_some_site_of_the_three()
    {
        var site = Roles(view: 0, primary: 0, representative: 1, banned: "");
        SiteRoles[] roles = [site with { Leading = new(1) }, Elsewhere(1), Elsewhere(2)];
        var played = Attack.All
            .SelectMany(attack => Culprit.Of(attack, roles, Genesis()))
            .Select(culprit => culprit.Order)
            .OfType<InsiderOrder>()
            .ToLookup(order => order.Adversary, order => order.Way);

        Assert.All(played, adversary => Assert.Equal(
            adversary.Distinct().OfType<string>().Order(), Adversary.WaysOf(adversary.Key).Order()));
        Assert.Equal(4, Adversary.WaysOf("ChoosyPrimary").Count);
        Assert.Equal(6, Adversary.WaysOf("FalseTime").Count);

        SiteRoles Elsewhere(int at) => site with
        {
            Site = new(at),
            Leading = new(1),
            Representatives = new SortedDictionary<SiteId, LinkSeat>
            {
                [new(0)] = new(3, Start),
                [new((3 - at) % 3)] = new(2, Start),
            },
        };
    }

    [Fact]
    public void Whose_site_leads_leaves_out_the_next_site_and_all_others_the_leading_one()
    {
        var attack = Attack.Named("choosy-primary-link").Single();
        var site = Roles(view: 0, primary: 0, representative: 1, banned: "");
        var links = Enumerable.Range(0, 3).ToDictionary(peer => new SiteId(peer), _ => new LinkSeat(2, Start));
        var roles = Enumerable.Range(0, 3)
            .Select(at => site with { Site = new(at), Leading = new(1), Representatives = links })
            .ToList();

        Assert.Equal([1, 2, 1], Culprit.Of(attack, roles, Genesis()).Select(culprit => culprit.Order!.Victim));
        Assert.Equal(
            [1, 1, 1],
            Culprit.Of(Attack.Named("choosy-primary-peer").Single(), roles, Genesis())
                .Select(culprit => culprit.Order!.Victim));
    }

    [Fact]
    public void A_name_names_its_attack_or_all_that_begin_with_it()
    {
        Assert.Equal("mute", Attack.Named("mute").Single().Name);
        Assert.Equal(4, Attack.Named("choosy-primary").Count);
        Assert.Empty(Attack.Named("choosy-prim"));
    }

    /// <summary>What is looked at after each run takes some ten seconds on two cores.</summary>
    [Fact]
    public void All_of_them_take_less_than_half_an_hour()
    {
        var all = AttackStage.WarmupAtMost
            + (Attack.All.Sum(attack => attack.Runs) * (AttackRun.Takes + TimeSpan.FromSeconds(14)));

        Assert.True(all < TimeSpan.FromMinutes(30), $"{all}");
    }

    [Fact]
    public void Who_lost_every_task_or_is_banned_is_found_and_a_backup_had_nothing_to_lose()
    {
        var then = Roles(view: 0, primary: 0, representative: 1, banned: "");

        Assert.True(then.IsFound(0, Roles(1, 1, 2, "")));
        Assert.False(then.IsFound(0, Roles(0, 0, 2, "")));
        Assert.True(then.IsFound(3, Roles(0, 0, 1, "3")));
        Assert.Null(then.IsFound(3, Roles(0, 0, 1, "")));
        Assert.Null(then.IsFound(0, now: null));
    }

    [Fact]
    public void Who_was_banned_by_an_earlier_attack_is_not_found_by_this_one()
    {
        var then = Roles(view: 0, primary: 0, representative: 1, banned: "0 3");

        Assert.Null(then.IsFound(3, Roles(0, 0, 1, "0 3")));
        Assert.False(then.IsFound(0, Roles(0, 0, 1, "0 3")));
        Assert.Equal(["2"], Roles(0, 0, 1, "0 2 3").BannedSince(then));
        Assert.Empty(then.BannedSince(then));
    }

    [Fact]
    public void A_link_that_moves_when_its_time_is_over_has_found_nobody()
    {
        var then = Roles(view: 0, primary: 0, representative: 1, banned: "");

        Assert.True(then.IsFound(1, After(TimeSpan.FromSeconds(29), representative: 2)));
        Assert.False(then.IsFound(1, After(LinkEpoch.Lasts, representative: 2)));
        Assert.False(then.IsFound(1, After(TimeSpan.FromSeconds(29), representative: 1)));
        Assert.True((then with { Primary = 1 }).IsFound(1, After(LinkEpoch.Lasts, representative: 2)));
        Assert.Equal(
            "site 0: representative to site 1 1 to 2, when its time was over",
            After(LinkEpoch.Lasts, representative: 2).Changes(then).Single());

        static SiteRoles After(TimeSpan since, int representative) =>
            Roles(0, 0, representative, "") with
            {
                Representatives = new SortedDictionary<SiteId, LinkSeat> { [new(1)] = new(representative, Start + since) },
            };
    }

    [Fact]
    public void An_attack_in_which_somebody_did_nothing_has_not_been_survived()
    {
        var row = Run(100, isSafe: true);

        Assert.True(row.Ok);
        Assert.False((row with { Did = Doing() }).Ok);
        Assert.False((row with { Did = Doing(default(Deeds)) }).Ok);
        Assert.False((row with { Did = Doing(new(Changed: 5), default) }).Ok);
        Assert.Contains("DID NOT TAKE PLACE", (row with { Did = Doing() }).Verdict);
        Assert.False(AttackRow.Median([row, row, row with { Did = Doing() }]).Ok);
    }

    [Fact]
    public void Of_several_runs_the_median_pause_counts_unless_something_false_happened_in_one()
    {
        var (quick, usual, slow) = (Run(100, isSafe: true), Run(300, isSafe: true), Run(900, isSafe: true));

        Assert.Equal(usual.During, AttackRow.Median([slow, quick, usual]).During);
        Assert.Equal([900, 100, 300], AttackRow.Median([slow, quick, usual]).Pauses.Select(pause => pause.TotalMilliseconds));
        Assert.False(AttackRow.Median([slow, Run(50, isSafe: false), usual]).Ok);
    }

    [Fact]
    public void Of_several_floods_the_median_throughput_counts()
    {
        var (bad, usual, good) = (Flooded(2, pause: 100), Flooded(8, pause: 900), Flooded(9, pause: 300));

        Assert.Equal(usual.During, AttackRow.Median([bad, good, usual]).During);
        Assert.Equal([0.2, 0.9, 0.8], AttackRow.Median([bad, good, usual]).KeptByRun);
    }

    private static AttackRow Run(int pause, bool isSafe)
    {
        var stretch = new Stretch(10, 1, 2, TimeSpan.FromMilliseconds(pause));
        return Row("dead-primary", stretch, stretch, isSafe);
    }

    private static AttackRow Flooded(double updatesPerSecond, int pause) => Row(
        "flood",
        new Stretch(10, 1, 2, TimeSpan.Zero),
        new Stretch(updatesPerSecond, 1, 2, TimeSpan.FromMilliseconds(pause)),
        isSafe: true);

    private static AttackRow Row(string attack, Stretch calm, Stretch during, bool isSafe)
    {
        var safety = new CheckReport();
        safety.Check("something", isSafe, "of a test");
        var named = Attack.All.Single(one => one.Name == attack);
        return new(named, calm, during, calm, safety, null, [], [], "none", BarHolds: true)
        {
            Did = Doing(new Deeds(Killed: 1)),
        };
    }

    private static SortedDictionary<string, Deeds> Doing(params Deeds[] deeds) =>
        new(deeds.Index().ToDictionary(one => $"{one.Index}", one => one.Item));

    private static Genesis Genesis()
    {
        var site = new GenesisSite(new(1), Bytes.Empty, [], []);
        return new(Bytes.Empty, [site, site, site], [], [], "test", 1);
    }

    private static SiteRoles Roles(double view, int primary, int representative, string banned) => new(
        new SiteId(0),
        view,
        primary,
        new SortedDictionary<SiteId, LinkSeat> { [new(1)] = new(representative, Start) },
        banned,
        new SiteId(0),
        GlobalView: 0);
}
