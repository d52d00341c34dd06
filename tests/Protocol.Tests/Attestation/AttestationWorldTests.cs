using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>A site finds its voice under silence, lies, losses and crashes, and never spends a nonce twice.</summary>
public sealed class AttestationWorldTests
{
    private static void SpeakAndRun(AttestationWorld world, int batches, double secondsEach)
    {
        for (var batch = 0; batch < batches; batch++)
        {
            world.Speak();
            world.Run(secondsEach);
        }
    }

    private static void AssertAllHaveAll(AttestationWorld world, ulong seed)
    {
        foreach (var replica in world.Replicas)
        {
            Assert.True(replica.HasAll, $"seed {seed}");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_site_without_faults_signs_every_batch_at_the_first_attempt(int faults)
    {
        var world = new AttestationWorld(seed: 1, faults);
        world.Run(1);
        SpeakAndRun(world, batches: 200, secondsEach: 0.05);
        world.Run(1);

        AssertAllHaveAll(world, 1);
        Assert.Equal(0, world.Retries);
        Assert.Equal(200, world.Replicas[0].Ledger.Assigned.Count());
        Assert.Equal(0, world.Replicas.Sum(replica => replica.Collector.SharesUnavailable));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void F_silent_replicas_cost_at_most_f_retries_in_all(int faults)
    {
        for (var seed = 0UL; seed < 20; seed++)
        {
            var (world, dice) = (new AttestationWorld(seed, faults), new Dice(seed));
            world.Run(1);
            foreach (var silent in Enumerable.Range(0, 1 + (3 * faults)).OrderBy(_ => dice.Next()).Take(faults))
            {
                world.Replicas[silent].IsSilent = true;
            }

            SpeakAndRun(world, batches: 20, secondsEach: 2);
            var ledger = world.Replicas[0].Ledger;
            var attempts = ledger.Assigned.Sum(batch => ledger.Find(batch)!.Attempt);
            AssertAllHaveAll(world, seed);
            Assert.True(attempts <= faults, $"seed {seed}: {attempts} retries");

            var before = world.Retries;
            SpeakAndRun(world, batches: 20, secondsEach: 2);
            AssertAllHaveAll(world, seed);
            Assert.Equal(before, world.Retries);
        }
    }

    /// <summary>With f of them the first honest retry ends an attempt: the other honest ones must still be heard of who was
    /// silent, or each batch waits for the same ones.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Silent_replicas_that_retry_at_once_do_not_keep_their_places(int faults)
    {
        for (var seed = 0UL; seed < 10; seed++)
        {
            var (world, dice) = (new AttestationWorld(seed, faults), new Dice(seed));
            world.Run(1);
            foreach (var liar in Enumerable.Range(0, 1 + (3 * faults)).OrderBy(_ => dice.Next()).Take(faults))
            {
                (world.Replicas[liar].IsSilent, world.Replicas[liar].RetriesAtOnce) = (true, []);
            }

            SpeakAndRun(world, batches: 30, secondsEach: 2);

            AssertAllHaveAll(world, seed);
            var ledger = world.Replicas[0].Ledger;
            var attempts = ledger.Assigned.Sum(batch => ledger.Find(batch)!.Attempt);
            Assert.True(attempts <= faults, $"seed {seed}: {attempts} attempts failed");
        }
    }

    /// <summary>Of seven honest replicas each lacks a share, and no four lack the same one: the attempt after the first gives
    /// a signature, so nothing but the first could tell.</summary>
    [Fact]
    public void Three_liars_that_show_their_shares_to_some_hold_up_few_batches()
    {
        for (var seed = 0UL; seed < 10; seed++)
        {
            var world = new AttestationWorld(seed, faults: 3);
            world.Run(1);
            foreach (var liar in (int[])[0, 1, 2])
            {
                world.Replicas[liar].ShowsTo = receiver => receiver > 2 && receiver % 3 != liar;
                world.Replicas[liar].RetriesAtOnce = [3];
            }

            SpeakAndRun(world, batches: 20, secondsEach: 2);

            AssertAllHaveAll(world, seed);
            var ledger = world.Replicas[9].Ledger;
            var attempts = ledger.Assigned.Sum(batch => ledger.Find(batch)!.Attempt);
            Assert.True(attempts <= 3, $"seed {seed}: {attempts} attempts failed");
        }
    }

    /// <summary>Each attempt costs the work of many groups: a site that is slow must not make itself slower.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_slow_site_comes_to_wait_for_its_signatures(int faults)
    {
        for (var seed = 0UL; seed < 5; seed++)
        {
            var world = new AttestationWorld(seed, faults);
            world.Run(1);
            SpeakAndRun(world, batches: 50, secondsEach: 0.5);
            world.DelayAtLeast = 350_000;
            SpeakAndRun(world, batches: 50, secondsEach: 2);
            AssertAllHaveAll(world, seed);
            var before = world.Replicas[0].Ledger;
            Assert.DoesNotContain(before.Assigned, batch => before.Find(batch)!.Attempt > 3);

            var retries = world.Retries;
            SpeakAndRun(world, batches: 20, secondsEach: 2);
            Assert.Equal(retries, world.Retries);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Who_gives_bad_shares_is_found_out_and_never_asked_again(int faults)
    {
        for (var seed = 0UL; seed < 20; seed++)
        {
            var world = new AttestationWorld(seed, faults);
            world.Run(1);
            for (var liar = 0; liar < faults; liar++)
            {
                world.Replicas[liar].GivesBadShares = true;
            }

            SpeakAndRun(world, batches: 10, secondsEach: 2);

            AssertAllHaveAll(world, seed);
            for (var replica = 0; replica < world.Replicas.Length; replica++)
            {
                Assert.Equal(replica < faults, world.Replicas[^1].Ledger.IsBanned(replica));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Who_publishes_no_points_costs_one_attempt_and_no_honest_replica_its_place(int faults)
    {
        for (var seed = 0UL; seed < 20; seed++)
        {
            var world = new AttestationWorld(seed, faults, noPointsBelow: faults);
            world.Run(1);
            SpeakAndRun(world, batches: 10, secondsEach: 2);

            AssertAllHaveAll(world, seed);
            var ledger = world.Replicas[^1].Ledger;
            Assert.Equal(1, ledger.Assigned.Sum(batch => ledger.Find(batch)!.Attempt));
            Assert.Equal(Enumerable.Range(0, world.Replicas.Length), ledger.Order);
            for (var replica = 0; replica < world.Replicas.Length; replica++)
            {
                Assert.Equal(replica < faults, ledger.IsBanned(replica));
                Assert.Equal(0, world.Replicas[replica].Collector.SharesUnavailable);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void No_commitment_ever_meets_two_messages_and_after_the_storm_all_is_signed(int faults)
    {
        for (var seed = 0UL; seed < 25; seed++)
        {
            var (world, dice) = (new AttestationWorld(seed, faults) { LossPercent = 20 }, new Dice(seed + 1000));
            world.Run(0.5);
            for (var step = 0; step < 60; step++)
            {
                world.Speak();
                world.Run(0.05 * (1 + dice.Below(4)));
                var replica = world.Replicas[dice.Below(world.Replicas.Length)];
                if (dice.OneIn(3) && !replica.IsDown)
                {
                    replica.Save();
                }

                if (dice.OneIn(4))
                {
                    replica.IsDown = !replica.IsDown;
                    if (!replica.IsDown)
                    {
                        replica.Start();
                    }
                }

                world.Replicas[^1].IsSilent = dice.OneIn(2);
                world.Replicas[^1].GivesBadShares |= seed % 5 == 0 && dice.OneIn(20);
            }

            world.LossPercent = 0;
            foreach (var replica in world.Replicas)
            {
                replica.IsSilent = false;
                if (replica.IsDown)
                {
                    replica.Start();
                }
            }

            world.Run(40);
            AssertAllHaveAll(world, seed);
        }
    }

    [Fact]
    public void After_a_power_cut_rows_come_and_then_words()
    {
        var world = new AttestationWorld(seed: 3, faults: 1);
        world.Run(1);
        foreach (var replica in world.Replicas)
        {
            replica.Save();
        }

        world.Speak();
        foreach (var replica in world.Replicas)
        {
            replica.Start();
        }

        world.Run(30);

        AssertAllHaveAll(world, 3);
        Assert.Equal(2u, world.Replicas[0].Ledger.StockOf(0).Incarnation);
        Assert.True(world.Replicas[0].Ledger.Find(new(1))!.Attempt > 0);
    }

    [Fact]
    public void A_signature_of_anything_else_is_refused()
    {
        var world = new AttestationWorld(seed: 4, faults: 1);
        world.Run(1);
        var (replica, effects) = (world.Replicas[2], new Effects());
        replica.Ledger.Assign(Sample.Statement(1), Sample.At(2));
        replica.Collector.OnAssigned(replica.Ledger.DrainNew()[0], CombinerDuty.Standby, new(2_000_000), effects);

        replica.Collector.OnWord(
            new(1, new SiteSignature(1, new(1), new(new byte[64])), default), new(2_000_000), effects);

        Assert.Equal([new Effect.Reject("replica 1", Rejection.BadSignature)], effects);
        Assert.False(replica.Collector.TryGetSignature(new(1), out _));
    }
}
