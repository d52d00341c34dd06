using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>Whole sites by seed: under any trouble one order, and progress once the trouble is over.</summary>
public sealed class SiteWorldTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_site_without_trouble_orders_everything_in_its_first_view(int faults)
    {
        var box = new SiteBox(7, faults);
        var dice = new Dice(7);
        for (var request = 0; request < 200; request++)
        {
            box.Offer(SiteBox.Request(dice), dice.Below(box.Size.Replicas));
            box.Run(2_000);
        }

        box.MustProgress(2);
        Assert.All(box.Replicas, replica => Assert.Equal(200, replica.Machine.Consumed));
        Assert.All(box.Replicas, replica => Assert.Equal(default, replica.Log.View));
    }

    [Fact]
    public void A_seed_gives_the_same_events_each_time()
    {
        Assert.Equal(Troubled(11, faults: 1).Judge.Events, Troubled(11, faults: 1).Judge.Events);
        Assert.NotEqual(Troubled(11, faults: 1).Judge.Events, Troubled(12, faults: 1).Judge.Events);
    }

    [Fact]
    public void A_site_of_four_keeps_one_order_through_loss_crashes_and_cuts()
    {
        for (ulong seed = 0; seed < Seeds(40); seed++)
        {
            Troubled(seed, faults: 1).MustProgress();
        }
    }

    [Fact]
    public void A_site_of_seven_keeps_one_order_through_loss_crashes_and_cuts()
    {
        for (ulong seed = 1000; seed < 1000 + Seeds(6); seed++)
        {
            Troubled(seed, faults: 2).MustProgress();
        }
    }

    [Fact]
    public void A_site_of_one_keeps_its_order_through_crashes()
    {
        for (ulong seed = 2000; seed < 2000 + Seeds(40); seed++)
        {
            Troubled(seed, faults: 0).MustProgress();
        }
    }

    [Fact]
    public void A_two_faced_replica_cannot_split_a_site_of_four()
    {
        for (ulong seed = 3000; seed < 3000 + Seeds(25); seed++)
        {
            var box = new SiteBox(seed, faults: 1, twins: (int)(seed % 2));
            Trouble(box, crashes: false);
            box.MustProgress();
        }
    }

    [Fact]
    public void Two_two_faced_replicas_cannot_split_a_site_of_seven()
    {
        for (ulong seed = 4000; seed < 4000 + Seeds(5); seed++)
        {
            var box = new SiteBox(seed, faults: 2, twins: [0, 1]);
            Trouble(box, crashes: false);
            box.MustProgress();
        }
    }

    /// <summary>The judge on trial: with one fault more than the site tolerates it must find the split.</summary>
    [Fact]
    public void Two_two_faced_replicas_split_a_site_of_four_and_the_judge_sees_it()
    {
        var box = new SiteBox(1, faults: 1, twins: [0, 1]) { IsParted = true };
        (box.SideOf[2], box.SideOf[3]) = (1, 2);
        var dice = new Dice(1);
        box.Offer(SiteBox.Request(dice), 2);
        box.Offer(SiteBox.Request(dice), 3);

        var broken = Assert.Throws<BoxBrokenException>(() => box.Run(2_000_000));
        Assert.StartsWith("S1", broken.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_site_works_on_with_f_silent_replicas_the_first_primaries_among_them(int faults)
    {
        var box = new SiteBox(5, faults);
        for (var silent = 0; silent < faults; silent++)
        {
            box.Crash(box.Replicas[silent]);
        }

        var dice = new Dice(5);
        for (var request = 0; request < 300; request++)
        {
            box.Offer(SiteBox.Request(dice), dice.Below(box.Size.Replicas));
            box.Run(3_000);
        }

        box.MustProgress(5);
        Assert.All(box.CorrectAndUp, replica => Assert.Equal(new((ulong)faults), replica.Log.View));
    }

    /// <summary>Its vote is needed. Without, each offer would wait here until the primary is blamed.</summary>
    [Fact]
    public void A_clock_that_stood_still_does_not_hold_up_a_site_that_needs_its_vote()
    {
        var box = OfThree();
        box.Run(100_000);
        box.Replicas[1].StoodStill(1_000_000);

        Assert.InRange(BatchesIn(box, milliseconds: 3_000), 500, 2_000);
        Assert.Equal(default, box.Replicas[1].Log.View);
    }

    /// <summary>Without batteries their wall clocks begin anywhere; agreed time is as old as their absence.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Two_that_start_with_old_clocks_work_with_one_that_went_on(int wentOn)
    {
        var box = OfThree();
        var started = box.Replicas.Take(3).Where(replica => replica.Index != wentOn).ToArray();
        Array.ForEach(started, box.Crash);
        box.Run(60_000_000);
        foreach (var replica in started)
        {
            replica.WallSkew = -3_600_000_000;
            box.Restart(replica);
        }

        box.Offer(SiteBox.Request(new Dice(9)), 0);
        box.MustProgress(10);
        Assert.InRange(BatchesIn(box, milliseconds: 3_000), 500, 2_000);
    }

    private static SiteBox OfThree()
    {
        var box = new SiteBox(8, faults: 1);
        box.Crash(box.Replicas[3]);
        BatchesIn(box, milliseconds: 1_000);
        return box;
    }

    private static int BatchesIn(SiteBox box, int milliseconds)
    {
        var dice = new Dice((ulong)box.Now);
        var before = box.Replicas[1].Machine.Executed;
        for (var request = 0; request < milliseconds / 3; request++)
        {
            box.Offer(SiteBox.Request(dice), dice.Below(3));
            box.Run(3_000);
        }

        return (int)(box.Replicas[1].Machine.Executed - before);
    }

    [Fact]
    public void A_replica_that_slept_through_many_checkpoints_catches_up_from_its_peers()
    {
        var box = Slept(cutsJournals: false);
        box.MustProgress(20);
        Assert.True(box.Replicas[3].Log.Executed.Number + 2 >= box.Replicas[0].Log.Executed.Number);
        Assert.True(box.Replicas[3].Log.Stable > new SiteSequence(Limits.SiteWindow));
    }

    [Fact]
    public void A_replica_behind_what_its_peers_keep_says_so_instead_of_waiting_for_ever()
    {
        var box = Slept(cutsJournals: true);
        box.Run(10_000_000);
        Assert.True(box.Replicas[3].Log.IsBeyondRetention);
        Assert.Contains(Rejection.BeyondRetention, box.Replicas[3].Rejections);
        Assert.Contains(Rejection.BeyondRetention, box.Replicas[0].Rejections);
    }

    private static SiteBox Slept(bool cutsJournals)
    {
        var box = new SiteBox(6, faults: 1) { CutsJournals = cutsJournals };
        var dice = new Dice(6);
        box.Run(100_000);
        box.Crash(box.Replicas[3]);
        for (var request = 0; request < 1000; request++)
        {
            box.Offer(SiteBox.Request(dice), 0);
            box.Run(4_000);
        }

        Assert.True(box.Replicas[0].Log.Stable > new SiteSequence(Limits.SiteWindow));
        box.Restart(box.Replicas[3]);
        return box;
    }

    /// <summary>More by the environment: HOLDFAST_SEEDS=50 runs fifty times as many.</summary>
    private static ulong Seeds(ulong count) =>
        count * (ulong.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_SEEDS"), out var times) ? times : 1);

    private static SiteBox Troubled(ulong seed, int faults)
    {
        var box = new SiteBox(seed, faults);
        Trouble(box, crashes: true);
        return box;
    }

    private static void Trouble(SiteBox box, bool crashes)
    {
        var dice = new Dice(box.Seed + 99);
        box.LossOneIn = dice.Below(3) switch { 0 => 0, 1 => 30, _ => 6 };
        box.RepeatOneIn = dice.Below(2) * 8;
        box.DelayMax = dice.OneIn(4) ? 80_000 : 2_000;
        var links = new ulong[box.Size.Replicas];
        for (var turn = 0; turn < 60; turn++)
        {
            for (var request = dice.Below(5); request > 0; request--)
            {
                box.Offer(SiteBox.Request(dice, 1 + dice.Below(3000)), dice.Below(box.Size.Replicas));
            }

            var link = dice.Below(box.Size.Replicas);
            var retry = new AttestationRetry(link, new(links[link]++), 0, [], dice.Bytes(64));
            box.Offer(retry, dice.Below(box.Size.Replicas));
            if (crashes && dice.OneIn(6))
            {
                CrashOrRestart(box, dice);
            }

            if (dice.OneIn(8))
            {
                box.CutOff.Clear();
                box.CutOff.UnionWith(Enumerable.Range(0, dice.Below(box.Size.Replicas)));
            }

            box.Run(dice.OneIn(5) ? 300_000 : 1_000 + dice.Below(30_000));
        }

        foreach (var replica in box.Correct.Where(replica => !replica.IsUp).ToArray())
        {
            box.Restart(replica);
        }
    }

    private static void CrashOrRestart(SiteBox box, Dice dice)
    {
        var replica = box.Replicas[dice.Below(box.Replicas.Count)];
        if (dice.OneIn(10))
        {
            // A power cut: all at once, and all come back.
            foreach (var one in box.CorrectAndUp.ToArray())
            {
                box.Crash(one);
            }

            box.Run(10_000);
            foreach (var one in box.Correct.Where(one => !one.IsUp).ToArray())
            {
                box.Restart(one);
            }
        }
        else if (replica.IsUp)
        {
            box.Crash(replica);
        }
        else
        {
            box.Restart(replica);
        }
    }
}
