namespace Holdfast.Protocol.Tests;

/// <summary>Who speaks for a link, and for how long.</summary>
public sealed class LinkEpochTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    [InlineData(0, 1)]
    public void Epochs_visit_all_pairs_of_sender_and_receiver(int own, int theirs)
    {
        var (senders, receivers) = (new SiteSize(own).Replicas, new SiteSize(theirs).Replicas);
        var turn = senders * receivers;

        // From the start of a turn each pair comes once; from anywhere, within two turns.
        Assert.Equal(turn, PairsOf(new LinkEpoch((ulong)turn * 3, senders, receivers), turn));
        Assert.Equal(turn, PairsOf(new LinkEpoch(5, senders, receivers), 2 * turn));
    }

    private static int PairsOf(LinkEpoch epoch, int epochs)
    {
        var pairs = new SortedSet<(int, int)>();
        for (var moves = 0; moves < epochs; moves++)
        {
            pairs.Add((epoch.Sender, epoch.Receiver));
            epoch.Move(Sample.At(moves), isOverdue: true);
        }

        return pairs.Count;
    }

    [Fact]
    public void The_time_out_doubles_only_after_a_whole_turn_without_an_acknowledgement()
    {
        var epoch = new LinkEpoch(1, 4, 4);
        epoch.OnAcknowledged(TimeSpan.FromMilliseconds(90));
        Assert.Equal(TimeSpan.FromMilliseconds(280), epoch.Timeout);
        for (var moves = 0; moves < 16; moves++)
        {
            Assert.Equal(epoch.Timeout, epoch.PatientTimeout);
            epoch.Move(Sample.At(moves), isOverdue: true);
        }

        Assert.Equal(2 * epoch.Timeout, epoch.PatientTimeout);
        epoch.OnAcknowledged(TimeSpan.FromMilliseconds(95));
        Assert.Equal(epoch.Timeout, epoch.PatientTimeout);
    }

    /// <summary>A bad sender and a bad receiver can spoil an epoch each; the third one in a row is the road's.</summary>
    [Fact]
    public void The_time_out_doubles_when_correct_pairs_miss_it_and_comes_back()
    {
        var epoch = new LinkEpoch(1, 4, 4);
        epoch.OnAcknowledged(TimeSpan.FromMilliseconds(90));
        Miss(epoch, 2);
        Assert.Equal(epoch.Timeout, epoch.PatientTimeout);

        Miss(epoch, 1);
        Assert.Equal(2 * epoch.Timeout, epoch.PatientTimeout);

        Miss(epoch, 12);
        Assert.Equal(8 * epoch.Timeout, epoch.PatientTimeout);

        foreach (var (second, times) in new[] { (4, 8), (5, 4), (9, 4), (10, 2), (14, 2), (15, 1), (20, 1) })
        {
            epoch.OnTime(Sample.At(second));
            Assert.Equal(times * epoch.Timeout, epoch.PatientTimeout);
        }
    }

    /// <summary>What is halved while it is still needed is missed at once, and each miss sends all again that is in
    /// flight.</summary>
    [Fact]
    public void The_time_out_is_not_halved_while_acknowledgements_take_more_than_half_of_it()
    {
        var epoch = new LinkEpoch(1, 4, 4);
        epoch.OnAcknowledged(TimeSpan.FromMilliseconds(50));
        Miss(epoch, 6);
        Assert.Equal(TimeSpan.FromMilliseconds(800), epoch.PatientTimeout);

        for (var second = 1; second <= 20; second++)
        {
            // One of 401 ms now and then, and else short ones.
            var took = TimeSpan.FromMilliseconds(second % 4 == 0 ? 401 : 60);
            epoch.OnCame(Sample.At(second), Sample.At(second) + took);
            epoch.OnTime(Sample.At(second) + took);
            Assert.Equal(TimeSpan.FromMilliseconds(800), epoch.PatientTimeout);
        }

        epoch.OnCame(Sample.At(24), Sample.At(24) + TimeSpan.FromMilliseconds(400));
        epoch.OnTime(Sample.At(26));
        Assert.Equal(TimeSpan.FromMilliseconds(400), epoch.PatientTimeout);
    }

    [Fact]
    public void Patience_that_nobody_had_to_have_is_halved_whatever_was_awaited()
    {
        var epoch = new LinkEpoch(1, 4, 4);
        epoch.OnAcknowledged(TimeSpan.FromMilliseconds(50));
        Miss(epoch, 3);
        epoch.OnCame(Timestamp.Never, Sample.At(4));
        epoch.OnTime(Sample.At(5));
        Assert.Equal(epoch.Timeout, epoch.PatientTimeout);
    }

    /// <summary>Or load that lasts would cost a row of misses every few seconds.</summary>
    [Fact]
    public void What_was_halved_too_early_is_doubled_again_by_one_miss_and_not_beyond()
    {
        var epoch = new LinkEpoch(1, 4, 4);
        epoch.OnAcknowledged(TimeSpan.FromMilliseconds(90));
        Miss(epoch, 3);
        epoch.OnTime(Sample.At(5));
        Assert.Equal(epoch.Timeout, epoch.PatientTimeout);

        Miss(epoch, 1);
        Assert.Equal(2 * epoch.Timeout, epoch.PatientTimeout);
        Miss(epoch, 2);
        Assert.Equal(2 * epoch.Timeout, epoch.PatientTimeout);

        epoch.OnTime(Sample.At(11));
        epoch.Move(Sample.At(30), isOverdue: false);
        Miss(epoch, 1);
        Assert.Equal(epoch.Timeout, epoch.PatientTimeout);
    }

    [Fact]
    public void Pairs_that_are_bad_do_not_double_the_time_out()
    {
        var epoch = new LinkEpoch(1, 4, 4);
        epoch.OnAcknowledged(TimeSpan.FromMilliseconds(90));
        for (var round = 0; round < 10; round++)
        {
            Miss(epoch, 2);
            epoch.Move(Sample.At(0), isOverdue: false);
            Assert.Equal(epoch.Timeout, epoch.PatientTimeout);
        }
    }

    /// <summary>Whichever f of each site are bad, and wherever a row of them begins.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    [InlineData(1, 3)]
    [InlineData(0, 1)]
    public void No_row_of_bad_pairs_is_long_enough_to_double_the_time_out(int own, int theirs)
    {
        var (senders, receivers) = (new SiteSize(own).Replicas, new SiteSize(theirs).Replicas);
        var needed = MissesUntilDoubled(new LinkEpoch(1, senders, receivers));
        for (var seed = 0UL; seed < 30; seed++)
        {
            var dice = new Dice(seed);
            var bad = (Senders: Chosen(dice, senders, own), Receivers: Chosen(dice, receivers, theirs));
            var (epoch, row) = (new LinkEpoch(1, senders, receivers), 0);
            for (var moves = 0; moves < 3 * senders * receivers; moves++)
            {
                row = bad.Senders.Contains(epoch.Sender) || bad.Receivers.Contains(epoch.Receiver) ? row + 1 : 0;
                Assert.True(row < needed, $"{row} bad pairs in a row");
                epoch.Move(Sample.At(moves), isOverdue: true);
            }
        }
    }

    private static int[] Chosen(Dice dice, int of, int count)
    {
        var all = Enumerable.Range(0, of).ToArray();
        dice.Shuffle(all);
        return all[..count];
    }

    private static int MissesUntilDoubled(LinkEpoch epoch)
    {
        var misses = 0;
        while (epoch.PatientTimeout == epoch.Timeout)
        {
            Miss(epoch, 1);
            misses++;
        }

        return misses;
    }

    /// <summary>Epochs that move too early: what they wait for comes later.</summary>
    private static void Miss(LinkEpoch epoch, int times)
    {
        for (; times > 0; times--)
        {
            epoch.Move(Sample.At(0), isOverdue: true);
            epoch.OnAcknowledged(TimeSpan.FromMilliseconds(900));
        }
    }

    [Fact]
    public void An_epoch_whose_time_is_over_says_nothing_of_its_pair()
    {
        var epoch = new LinkEpoch(1, 1, 1);
        epoch.OnAcknowledged(TimeSpan.FromMilliseconds(90));
        epoch.Move(Sample.At(30), isOverdue: false);
        Assert.False(epoch.IsSilent);
        Assert.Equal(epoch.Timeout, epoch.PatientTimeout);

        epoch.Move(Sample.At(31), isOverdue: true);
        Assert.True(epoch.IsSilent);
        Assert.Equal(2 * epoch.Timeout, epoch.PatientTimeout);
    }

    [Fact]
    public void A_time_out_is_never_under_200_ms_and_slow_pairs_cannot_stretch_it()
    {
        var epoch = new LinkEpoch(1, 2, 2);
        epoch.OnAcknowledged(TimeSpan.FromMilliseconds(1));
        Assert.Equal(TimeSpan.FromMilliseconds(200), epoch.Timeout);
        for (var moves = 0; moves < 4; moves++)
        {
            epoch.OnAcknowledged(TimeSpan.FromMilliseconds(900));
            epoch.Move(Sample.At(moves), isOverdue: true);
        }

        Assert.Equal(TimeSpan.FromMilliseconds(200), epoch.Timeout);
        for (var moves = 0; moves < 4; moves++)
        {
            epoch.OnAcknowledged(TimeSpan.FromMilliseconds(300));
            epoch.Move(Sample.At(moves), isOverdue: true);
        }

        Assert.Equal(TimeSpan.FromMilliseconds(700), epoch.Timeout);
    }

    /// <summary>So many time-outs of the link a site grants the leading site. Where the sizes differ, the two rounds do
    /// not go in step: then it can be one more than bad replicas.</summary>
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(1, 2)]
    [InlineData(2, 2)]
    [InlineData(3, 1)]
    [InlineData(1, 3)]
    public void After_one_epoch_more_than_the_bad_replicas_of_both_sites_a_good_pair_has_spoken(int own, int theirs)
    {
        var (senders, receivers) = (new SiteSize(own).Replicas, new SiteSize(theirs).Replicas);
        var (epoch, pairs) = (new LinkEpoch(1, senders, receivers), new List<(int Sender, int Receiver)>());
        while (pairs.Count < 2 * senders * receivers)
        {
            pairs.Add((epoch.Sender, epoch.Receiver));
            epoch.Move(Sample.At(pairs.Count), isOverdue: true);
        }

        foreach (var badSenders in SetsOf(own, senders))
        {
            foreach (var badReceivers in SetsOf(theirs, receivers))
            {
                var (run, longest) = (0, 0);
                foreach (var (sender, receiver) in pairs)
                {
                    run = badSenders.Contains(sender) || badReceivers.Contains(receiver) ? run + 1 : 0;
                    longest = Math.Max(longest, run);
                }

                Assert.InRange(longest, 0, own + theirs + 1);
            }
        }
    }

    private static IEnumerable<int[]> SetsOf(int count, int all) => count == 0
        ? [[]]
        : SetsOf(count - 1, all).SelectMany(set => Enumerable.Range(0, all)
            .Where(one => set.Length == 0 || one > set[^1])
            .Select(one => (int[])[.. set, one]));
}
