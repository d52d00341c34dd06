using Holdfast.Protocol;

namespace Holdfast.Simulation.Tests;

/// <summary>Whole systems by seed: what is promised holds under every fault that is allowed, and the judge sees what
/// happens under one more.</summary>
public sealed class WorldTests
{
    /// <summary>The leading site's heartbeats come at a quarter of the global time-out, which is 1.4 s at least for
    /// f = 1; the others' every second. Each is acknowledged, and nothing else is said: also not when epochs move, every
    /// 30 s.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Idle_sites_exchange_heartbeats_and_their_acknowledgements_and_nothing_else(int sites)
    {
        const int Seconds = 100;
        var result = Run(5, new WorldOptions
        {
            Sites = sites,
            Seconds = Seconds,
            ClientsPerSite = 0,
            FaultyClient = "none",
            Adversary = "none",
            IsCalm = true,
        });

        var (others, links) = (sites - 1, sites * (sites - 1));
        var heartbeats = Seconds * ((others / 0.35) + (links - others));
        Assert.InRange(result.BetweenSites, Seconds * links, 2 * heartbeats);
    }

    [Fact]
    public void Two_runs_of_one_seed_are_equal_to_the_last_event()
    {
        var options = new WorldOptions { Seconds = 6 };

        Assert.Equal(Run(7, options), Run(7, options));
        Assert.NotEqual(Run(7, options).Trail, Run(8, options).Trail);
    }

    [Theory]
    [InlineData("--sites 1 --faults 0")]
    [InlineData("--sites 1 --faults 1")]
    [InlineData("--sites 3 --faults 0")]
    [InlineData("--sites 2 --faults 1 --clients 2")]
    [InlineData("--sites 1 --faults 2")]
    [InlineData("--sites 5 --faults 0")]
    public void Every_form_of_a_system_keeps_its_promises(string text)
    {
        var options = WorldOptions.Parse(text.Split(' ')) with { Seconds = 6 };
        AssertGood(first: 1, count: 4, options);
    }

    [Fact]
    public void Systems_of_three_sites_keep_their_promises_under_every_allowed_fault() =>
        AssertGood(first: 1000, count: 16, new WorldOptions { Seconds = 9 });

    [Theory]
    [InlineData("Silent")]
    [InlineData("TwoFacedPrimary")]
    [InlineData("BadShares")]
    [InlineData("BadStates")]
    [InlineData("DroppingRepresentative")]
    [InlineData("Garbling")]
    [InlineData("WithholdingRepresentative")]
    [InlineData("FalseAnswers")]
    [InlineData("StaleAnswers")]
    [InlineData("FalseReceipts")]
    [InlineData("Replaying")]
    [InlineData("RottenDisk")]
    [InlineData("SlowRepresentative")]
    [InlineData("ChoosyRepresentative")]
    [InlineData("RepeatingRepresentative")]
    [InlineData("ForgingRepresentative")]
    [InlineData("Mute")]
    [InlineData("SlowPrimary")]
    [InlineData("LateRepresentative")]
    [InlineData("LongMemory")]
    [InlineData("InventingPrimary")]
    [InlineData("FalseHistory")]
    [InlineData("LyingPrimary")]
    [InlineData("ChoosyPrimary")]
    [InlineData("FalseTime")]
    [InlineData("Complaining")]
    [InlineData("CautiousPrimary")]
    [InlineData("EndlessRows")]
    [InlineData("FullPrimary")]
    [InlineData("DeafPrimary")]
    [InlineData("BadInputs")]
    [InlineData("TwoNewViews")]
    public void No_adversary_within_its_bound_stops_or_splits_a_system(string adversary) =>
        AssertGood(first: 2000, count: 3, new WorldOptions { Seconds = 6, Adversary = adversary });

    [Theory]
    [InlineData("none", 2)]
    [InlineData("any", 2)]
    [InlineData("BadStates", 6)]
    public void Replicas_that_were_away_longer_than_logs_reach_take_the_state_from_others(string adversary, int worlds)
    {
        var options = new WorldOptions { Seconds = 24, ClientsPerSite = 3, Adversary = adversary, HasAbsent = true };
        var results = Enumerable.Range(4000, worlds).Select(seed => Run((ulong)seed, options)).ToArray();

        Assert.Contains(results, result => result.Transfers > 0);
    }

    /// <summary>The others' logs are cut behind it. It comes back as it was, cut off or down, and is hit by crashes while
    /// it fetches.</summary>
    [Theory]
    [InlineData("--adversary none", 3)]
    [InlineData("--adversary any", 3)]
    [InlineData("--adversary BadStates", 4)]
    [InlineData("--adversary FalseHolder", 3)]
    [InlineData("--sites 5 --faults 0 --adversary none", 2)]
    [InlineData("--faults 0 --adversary none", 2)]
    [InlineData("--late --adversary none", 4)]
    [InlineData("--large-values --relapses --adversary none", 1)]
    public void A_site_that_was_left_behind_takes_over_the_state_of_the_others(string text, int worlds)
    {
        var options = WorldOptions.Parse(text.Split(' ')) with { Seconds = 24, ClientsPerSite = 2, HasLeftBehind = true };
        var results = Enumerable.Range(8000, worlds).Select(seed => Run((ulong)seed, options)).ToArray();

        Assert.Contains(results, result => result.FromOtherSites > 0);
    }

    /// <summary>The last words of its life before are still on the way, and what was said to it may come once
    /// more.</summary>
    [Theory]
    [InlineData("--adversary none", 2)]
    [InlineData("--adversary Replaying", 2)]
    [InlineData("--sites 2 --adversary none", 2)]
    [InlineData("--sites 5 --faults 0 --adversary none", 2)]
    [InlineData("--faults 0 --adversary none --lost-leads", 6)]
    public void A_site_that_lost_all_its_disks_comes_back_in_its_next_life(string text, int worlds) =>
        AssertGood(first: 8100, worlds, WorldOptions.Parse(text.Split(' ')) with { Seconds = 18, HasLostSite = true });

    /// <summary>In the moment in which its vote would count, and would be wrong.</summary>
    [Theory]
    [InlineData("--adversary none --calm", 2)]
    [InlineData("--faults 0 --adversary none", 4)]
    [InlineData("--sites 5 --faults 0 --adversary none", 2)]
    [InlineData("--sites 2 --faults 0 --adversary none", 2)]
    public void A_site_that_starts_before_anybody_knows_of_its_next_life_does_no_harm(string text, int worlds) =>
        AssertGood(first: 8200, worlds, WorldOptions.Parse(text.Split(' ')) with
        {
            Seconds = 24,
            HasLostSite = true,
            IsEarly = true,
        });

    /// <summary>One after the other, and with f = 2 together, while others remember what they said before.</summary>
    [Theory]
    [InlineData("--sites 1 --adversary none", 2)]
    [InlineData("--sites 1 --adversary LongMemory", 2)]
    [InlineData("--sites 1 --faults 2 --adversary LongMemory", 1)]
    [InlineData("--sites 3", 1)]
    public void Replicas_that_lost_their_disks_come_back_and_contradict_nothing(string text, int worlds)
    {
        var options = WorldOptions.Parse(text.Split(' ')) with { Seconds = 60, HasWiped = true };
        var results = Enumerable.Range(7000, worlds).Select(seed => Run((ulong)seed, options)).ToArray();

        Assert.True(results.Sum(result => result.Returns) >= 2, "too few came back");
    }

    [Theory]
    [InlineData("--seconds 6", 6)]
    [InlineData("--sites 1 --faults 2 --seconds 6", 3)]
    [InlineData("--seconds 6 --calm", 4)]
    public void Connections_that_end_at_the_worst_moments_stop_nobody(string options, int worlds) =>
        AssertGood(first: 9000, worlds, WorldOptions.Parse(options.Split(' ')) with { HasResets = true });

    [Theory]
    [InlineData("--faults 0 --seconds 18 --adversary none --lost-leads --idle", 6)]
    [InlineData("--seconds 12 --adversary none --lost-leads", 2)]
    [InlineData("--sites 1 --seconds 12 --adversary LyingPrimary --torn-sites", 4)]
    [InlineData("--sites 1 --seconds 12 --adversary FalseHistory --torn-sites", 4)]
    [InlineData("--seconds 6 --adversary none --idle", 3)]
    public void Views_that_change_all_the_time_lose_nothing_and_a_world_comes_to_rest(string options, int worlds) =>
        AssertGood(first: 6000, worlds, WorldOptions.Parse(options.Split(' ')));

    [Theory]
    [InlineData("Lawless")]
    [InlineData("Flooding")]
    [InlineData("Shapeless")]
    [InlineData("Replaying")]
    public void A_client_that_keeps_to_no_rule_spoils_nothing_for_others(string client) =>
        AssertGood(first: 2500, count: 3, new WorldOptions { Seconds = 6, FaultyClient = client });

    [Fact]
    public void Clocks_that_are_seconds_apart_stop_nobody() =>
        AssertGood(first: 2600, count: 4, new WorldOptions { Seconds = 6, SkewMilliseconds = 5_000 });

    /// <summary>Its site log is longer than a window before, and the others go on without it.</summary>
    [Fact]
    public void A_whole_site_that_was_dead_for_long_catches_up()
    {
        var options = new WorldOptions { Seconds = 60, HasSiteDeath = true, ClientsPerSite = 2 };
        for (ulong seed = 1; seed <= 2; seed++)
        {
            var result = Run(seed, options);

            Assert.True(result.Batches > 2 * Limits.SiteWindow, $"only {result.Batches} batches");
            Assert.True(result.FromStates >= 4, $"{result.FromStates} replicas began from a stored state");
        }
    }

    [Fact]
    public void A_world_with_real_signatures_keeps_its_promises() =>
        AssertGood(first: 3000, count: 1, new WorldOptions { Seconds = 3, HasRealKeys = true });

    [Fact]
    public void With_one_fault_more_than_a_site_masks_the_judge_finds_the_split()
    {
        var options = new WorldOptions
        {
            Sites = 1,
            Seconds = 4,
            ClientsPerSite = 3,
            Adversary = "TwoFacedPrimary",
            Faulty = 2,
            IsCalm = true,
        };
        var found = SeedRunner.RunMany(1, 10, options).Select(failure => failure.Invariant).ToArray();

        Assert.Contains(found, name => name is "OneSiteOrder" or "OneGlobalOrder" or "EqualStates");
    }

    [Fact]
    public void With_faults_that_a_site_masks_the_same_lies_split_nothing() =>
        AssertGood(1, 6, new WorldOptions
        {
            Sites = 1,
            Seconds = 4,
            ClientsPerSite = 3,
            Adversary = "TwoFacedPrimary",
            IsCalm = true,
        });

    [Fact]
    public void A_failure_says_what_broke_and_how_to_see_it_again()
    {
        // Nobody answers: all of the only site's replicas are silent in turns for too long.
        var options = new WorldOptions { Sites = 1, Seconds = 2, Adversary = "DroppingRepresentative", Faulty = 4 };

        var failure = Assert.Throws<WorldFailedException>(() => Run(5, options));

        Assert.Equal("ProgressAfterHealing", failure.Invariant);
        Assert.Contains("of seed 5", failure.Message, StringComparison.Ordinal);
        Assert.Contains(
            "replay: ./holdfast simulate --seed 5 --sites 1 --faults 1 --seconds 2 "
            + "--adversary DroppingRepresentative --faulty 4 --trace",
            failure.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Every_seed_that_ever_failed_is_good_now()
    {
        var lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "regressions.txt"));
        foreach (var line in lines.Where(line => line.Length > 0 && line[0] != '#'))
        {
            var words = line.Split('#')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var seed = ulong.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture);
            Run(seed, WorldOptions.Parse(words.Skip(2)));
        }
    }

    /// <summary>A world in which nothing happens proves nothing.</summary>
    [Fact]
    public void Worlds_bring_what_they_are_there_for()
    {
        // Two of one site vote for both stories of the one that is primary.
        var conspiracy = new WorldOptions { Sites = 1, Faults = 2, Seconds = 6, Adversary = "TwoFacedPrimary" };
        var twoFaced = Enumerable.Range(6000, 6).Select(seed => Run((ulong)seed, conspiracy));
        var results = Enumerable.Range(6000, 16)
            .Select(seed => Run((ulong)seed, WorldOptions.Usual)).Concat(twoFaced).ToArray();

        Assert.Contains(results, result => result.Starts > 20);
        Assert.Contains(results, result => result.FromStates > 0);
        Assert.Contains(results, result => result.Views > 1);
        Assert.Contains(results, result => result.GlobalViews > 0);
        Assert.Contains(results, result => result.Refused.Any(refused => refused.Reason == Rejection.BadSignature));
        Assert.Contains(results, result => result.Refused.Any(refused => refused.Reason == Rejection.SecondVote));
        Assert.True(results.Sum(result => result.Answered) > 500);
        Assert.True(results.Sum(result => result.Receipts) > 50);
        var told = results.SelectMany(result => result.Told).ToLookup(entry => entry.What, entry => entry.Count);
        Assert.All(
            ["Committed", "Unknown", "Local", "Ordered", "Global"], what => Assert.True(told[what].Sum() > 20, what));

        Assert.True(results.Sum(result => result.Compared) > 5000);
    }

    [Fact]
    public void Options_are_read_as_they_are_written()
    {
        var options = new WorldOptions
        {
            Sites = 2,
            Faults = 0,
            Seconds = 5,
            ClientsPerSite = 4,
            Adversary = "Silent",
            Faulty = 1,
            SkewMilliseconds = 700,
            FaultyClient = "Flooding",
            HasSiteDeath = true,
            IsCalm = true,
            HasAbsent = true,
            HasLeftBehind = true,
            HasLate = true,
            HasWiped = true,
            HasLostSite = true,
            IsEarly = true,
            HasHangUps = true,
            HasResets = true,
            HasSharedKey = true,
            HasRelapses = true,
            HasLargeValues = true,
            HasRealKeys = true,
        };

        Assert.Equal(options, WorldOptions.Parse(options.ToString().Split(' ')));
    }

    private static WorldResult Run(ulong seed, WorldOptions options) => SeedRunner.Run(seed, options, _ => { });

    private static void AssertGood(ulong first, int count, WorldOptions options)
    {
        var failures = SeedRunner.RunMany(first, count, options);
        Assert.True(failures.Count == 0, string.Join("\n\n", failures.Select(failure => failure.Message)));
    }
}
