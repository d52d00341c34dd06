using Holdfast.Cli.Attacks;
using Holdfast.Cli.Check;
using Holdfast.Protocol;
using Holdfast.Simulation.Adversaries;

namespace Holdfast.Cli.Tests;

/// <summary>The list of attacks, and how one is judged; <c>holdfast attack</c> plays them.</summary>
public sealed class AttackTests
{
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
    public void Who_lost_every_task_or_is_banned_is_found_and_a_backup_had_nothing_to_lose()
    {
        var then = Roles(view: 0, primary: 0, representative: 1, banned: "");

        Assert.True(AttackRun.IsFound(new(new(0), 0), then, Roles(1, 1, 2, "")));
        Assert.False(AttackRun.IsFound(new(new(0), 0), then, Roles(0, 0, 2, "")));
        Assert.False(AttackRun.IsFound(new(new(0), 0), then, Roles(1, 1, 0, "")));
        Assert.True(AttackRun.IsFound(new(new(0), 3), then, Roles(0, 0, 1, "3")));
        Assert.Null(AttackRun.IsFound(new(new(0), 3), then, Roles(0, 0, 1, "")));
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
        return new(named, calm, during, calm, safety, null, [], [], "none", BarHolds: true);
    }

    private static SiteRoles Roles(double view, int primary, int representative, string banned) => new(
        new SiteId(0),
        view,
        primary,
        new SortedDictionary<SiteId, int> { [new(1)] = representative },
        banned,
        new SiteId(0),
        GlobalView: 0);
}
