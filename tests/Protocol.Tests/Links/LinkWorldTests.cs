using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>Two deterministic sites, a lossy wide area, cuts and lives: what comes out is what went in, in order,
/// once.</summary>
public sealed class LinkWorldTests
{
    private static readonly SiteId Second = new(1);

    /// <summary>Puts bodies whose number tells site, life and place in it, so that the receiver's list proves
    /// itself.</summary>
    private sealed class Mouth(Dice dice, int sizeMax)
    {
        private readonly SortedDictionary<(int Site, uint Life), ulong> _said = [];

        public void Speak(int site, Links links)
        {
            for (var bodies = dice.Below(3); bodies > 0; bodies--)
            {
                foreach (var link in links.All)
                {
                    var place = _said[(site, link.Life)] = _said.GetValueOrDefault((site, link.Life)) + 1;
                    links.Put(link.Peer, new TestBody(((ulong)link.Life << 32) + place, dice.Below(sizeMax)));
                }
            }
        }

        public ulong SaidBy(int site, uint life) => _said.GetValueOrDefault((site, life));
    }

    /// <summary>Lives never go back, and inside a life every place comes once and in order from 1.</summary>
    private static ulong AssertInOrder(LinkSite receiver, SiteId from, uint lastLife, ulong seed)
    {
        var (life, place) = (0UL, 0UL);
        foreach (var (_, body) in receiver.Taken.Where(taken => taken.From == from))
        {
            var number = TestBody.NumberOf(body);
            Assert.True(number >> 32 >= life, $"seed {seed}: an old life came back");
            place = number >> 32 > life ? 0 : place;
            (life, place) = (number >> 32, place + 1);
            Assert.True((uint)number == place, $"seed {seed}: place {(uint)number} came instead of {place}");
        }

        return life == lastLife ? place : 0;
    }

    /// <summary>As under load: now and then an answer is quick, so the shortest round trip stays what it was, and most
    /// are later than twice of it. Each move of the epoch begins with little in flight and sends it again, to
    /// several.</summary>
    [Theory]
    [InlineData(250)]
    [InlineData(700)]
    public void A_road_whose_times_vary_is_not_made_slower_by_moving_epochs_all_the_time(int slowDelay)
    {
        var world = new LinkWorld(1, 1, 1);
        var mouth = new Mouth(new Dice(1), sizeMax: 500);
        var link = world.Sites[0].Links[Second];
        var movedInFirstHalf = 0UL;
        for (var round = 0; round < 40; round++)
        {
            world.Delay = TimeSpan.FromMilliseconds(20);
            world.Run(0.2, mouth.Speak);
            world.Delay = TimeSpan.FromMilliseconds(slowDelay);
            world.Run(0.8, mouth.Speak);
            movedInFirstHalf = round == 19 ? link.Epoch : movedInFirstHalf;
        }

        Assert.True(link.RoundTrip < TimeSpan.FromMilliseconds(250), $"{link.RoundTrip}");

        // In 20 s one epoch's time is over.
        Assert.InRange(link.Epoch - movedInFirstHalf, 0UL, 1UL);
    }

    [Fact]
    public void Every_body_arrives_exactly_once_in_order_through_loss_cuts_crashes_and_reloads()
    {
        for (var seed = 0UL; seed < 18; seed++)
        {
            var dice = new Dice(seed + 100);
            var world = new LinkWorld(seed, (int)(seed % 3), (int)(seed / 3 % 3)) { LossPercent = dice.Below(30) };
            var mouth = new Mouth(dice, sizeMax: seed % 4 == 0 ? 100_000 : 500);
            for (var step = 0; step < 12; step++)
            {
                world.IsCut = dice.OneIn(4);
                world.Run(0.5, mouth.Speak);
                var site = world.Sites[dice.Below(2)];
                if (dice.OneIn(3))
                {
                    site.StartReplicas();
                }

                if (dice.OneIn(3))
                {
                    site.SaveAndLoad();
                }
            }

            (world.IsCut, world.LossPercent) = (false, 0);
            world.Run(30);
            for (var site = 0; site < 2; site++)
            {
                var other = world.Sites[1 - site].Links[new(site)];
                var arrived = AssertInOrder(world.Sites[site], new(1 - site), other.Life, seed);
                Assert.Equal(mouth.SaidBy(1 - site, other.Life), arrived);
                Assert.Equal(0, other.HeldBytes);
            }
        }
    }

    [Fact]
    public void Lives_come_in_order_when_outboxes_are_cut()
    {
        for (var seed = 0UL; seed < 2; seed++)
        {
            var (world, mouth) = (new LinkWorld(seed, 1, 1), new Mouth(new Dice(seed), sizeMax: 240_000));
            world.Run(1, mouth.Speak);
            for (var cuts = 0; cuts < 2; cuts++)
            {
                world.IsCut = true;
                world.Run(8, mouth.Speak);
                world.IsCut = false;
                world.Run(1, mouth.Speak);
            }

            world.Run(60);
            var link = world.Sites[0].Links[Second];
            Assert.True(link.Life > 1);
            Assert.Equal(mouth.SaidBy(0, link.Life), AssertInOrder(world.Sites[1], new(0), link.Life, seed));
        }
    }

    [Fact]
    public void Silent_senders_and_deaf_receivers_are_left_behind()
    {
        var world = new LinkWorld(7, 1, 1)
        {
            IsSwallowed = (sender, receiver) => sender.Index == 2 || receiver.Index == 3,
        };
        var next = 0UL;
        world.Run(20, (site, links) =>
        {
            if (site == 0 && world.Elapsed % 500_000 == 0)
            {
                links.Put(Second, new TestBody(next++, 100));
            }
        });
        world.Run(5);

        Assert.Equal(next, (ulong)world.Sites[1].Taken.Count);
    }

    /// <summary>A pair may be left although it was good, because the other site stood still; should the next sender be
    /// dead, clients would wait for two time-outs.</summary>
    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 3)]
    public void While_the_road_is_silent_so_many_replicas_send_that_a_correct_one_is_among_them(int faults, int senders)
    {
        var world = new LinkWorld(18, faults, 1);
        world.Run(1);
        var link = world.Sites[0].Links[Second];
        world.IsSwallowed = (sender, _) => sender.Site.Index == 0;
        while (!link.IsSilent)
        {
            world.Run(0.05);
        }

        var (dead, epoch) = (link.Sender, link.Epoch);
        world.IsSwallowed = (sender, _) => sender.Site.Index == 0 && sender.Index == dead;
        world.Sent.Clear();
        Say(world, 1);

        Assert.Equal(1UL, TestBody.NumberOf(Assert.Single(world.Sites[1].Taken).Body));
        Assert.Equal(epoch, link.Epoch);
        Assert.Equal(senders, SendersOf(world).Length);

        world.Run(0.2);
        Assert.False(link.IsSilent);
        world.Sent.Clear();
        world.IsSwallowed = (_, _) => false;
        Say(world, 2);
        Assert.Equal([dead], SendersOf(world));
    }

    private static int[] SendersOf(LinkWorld world) =>
        [.. world.Sent.Where(sent => sent.From.Index == 0).Select(sent => sent.Sender.Index).Distinct()];

    private static IEnumerable<int> ReceiversByEpoch(LinkWorld world) => world.Sent
        .Where(sent => sent.From.Index == 0 && sent.Sender.Index == (int)(sent.Epoch % 4))
        .GroupBy(sent => sent.Epoch)
        .Select(sent => sent.Select(one => one.Receiver).Distinct().Count());

    [Fact]
    public void While_the_road_is_silent_words_go_to_so_many_receivers_that_a_correct_one_is_among_them()
    {
        var world = new LinkWorld(16, 1, 2);
        world.Run(1);
        Assert.All(ReceiversByEpoch(world), receivers => Assert.Equal(1, receivers));
        world.Sent.Clear();
        world.IsSwallowed = (sender, _) => sender.Site.Index == 0;
        world.Run(2);

        var whileSilent = ReceiversByEpoch(world).Skip(1).ToArray();
        Assert.NotEmpty(whileSilent);
        Assert.All(whileSilent, receivers => Assert.InRange(receivers, 3, 4));
        world.IsSwallowed = (_, _) => false;
        world.Run(2);
        world.Sent.Clear();
        world.Run(2);

        Assert.All(ReceiversByEpoch(world), receivers => Assert.Equal(1, receivers));
    }

    [Fact]
    public void A_third_site_hands_on_when_the_direct_road_is_silent()
    {
        var world = new LinkWorld(13, 1, 0, 1);
        world.Run(1);
        world.IsSwallowed = (sender, receiver) => sender.Site.Index + receiver.Site.Index == 1;
        var number = 0UL;
        world.Run(10, (site, links) =>
        {
            if (site == 0 && number < 50)
            {
                links.Put(Second, new TestBody(number++, 100));
            }
        });

        Assert.Equal(Enumerable.Range(0, 50).Select(place => (ulong)place), world.Sites[1].Taken.Select(taken =>
            TestBody.NumberOf(taken.Body)));
        Assert.Equal(0, world.Sites[0].Links[Second].HeldBytes);
    }

    [Fact]
    public void A_third_site_is_not_troubled_while_the_direct_road_is_good()
    {
        var world = new LinkWorld(14, 1, 1, 1);
        world.Run(95);

        Assert.True(world.Sites[0].Links[Second].Epoch > 3);
        Assert.Equal(world.Sent.Count, world.Messages);
    }

    [Fact]
    public void One_bad_replica_of_a_third_site_does_not_end_the_handing_on()
    {
        var world = new LinkWorld(15, 1, 1, 1);
        world.Run(1);
        var (third, bad) = (new SiteId(2), world.Sites[0].Links[new(2)].Receiver);
        Assert.Equal(bad, world.Sites[1].Links[third].Receiver);
        world.IsSwallowed = (sender, receiver) => sender.Site.Index + receiver.Site.Index == 1
            || (sender == new ReplicaId(third, bad) && receiver.Site != third);
        var number = 0UL;
        world.Run(10, (site, links) =>
        {
            if (site == 0 && number < 20)
            {
                links.Put(Second, new TestBody(number++, 100));
            }
        });

        Assert.Equal(bad, world.Sites[0].Links[third].Receiver);
        Assert.Equal(20, world.Sites[1].Taken.Count);
    }

    [Fact]
    public void One_bad_receiver_does_not_end_the_handing_on()
    {
        var world = new LinkWorld(15, 1, 1, 1);
        world.Run(1);
        var bad = world.Sites[2].Links[Second].Receiver;
        world.IsSwallowed = (sender, receiver) => sender.Site.Index + receiver.Site.Index == 1;
        world.DropsOthers = receiver => receiver == new ReplicaId(Second, bad);
        var number = 0UL;
        world.Run(10, (site, links) =>
        {
            if (site == 0 && number < 20)
            {
                links.Put(Second, new TestBody(number++, 100));
            }
        });

        Assert.Equal(bad, world.Sites[2].Links[Second].Receiver);
        Assert.Equal(20, world.Sites[1].Taken.Count);
    }

    [Theory]
    [InlineData(1, 20)]
    [InlineData(1, 80)]
    [InlineData(5, 20)]
    [InlineData(5, 150)]
    public void A_repetition_costs_an_answer_and_its_answer_and_no_more(int faults, int delay)
    {
        var without = MessagesOf(faults, delay, isRepeated: false);
        Assert.InRange(MessagesOf(faults, delay, isRepeated: true), without + 1, without + 2);
    }

    private static int MessagesOf(int faults, int delay, bool isRepeated)
    {
        var world = new LinkWorld(16, faults, faults) { Delay = TimeSpan.FromMilliseconds(delay) };
        world.Run(5.6);
        if (isRepeated)
        {
            world.Arrive(new(world.Last!.To, 1), world.Last);
        }

        world.Run(20);
        return world.Messages;
    }

    [Fact]
    public void A_pair_that_lets_registers_through_and_no_bodies_is_left_behind_too()
    {
        var world = new LinkWorld(12, 1, 1);
        world.Run(1);
        var epoch = world.Sites[0].Links[Second].Epoch;
        world.IsStreamSwallowed = (sender, _) => sender.Index == (int)(epoch % 4);
        var (number, version) = (0UL, 0UL);
        world.Run(5, (site, links) =>
        {
            world.Front = world.Front with { ReadNumber = ++version / 4 };
            if (site == 0 && number < 20)
            {
                links.Put(Second, new TestBody(number++, 100));
            }
        });

        Assert.Equal(20, world.Sites[1].Taken.Count);
    }

    [Fact]
    public void A_colluding_pair_that_answers_just_in_time_is_short_lived()
    {
        var world = new LinkWorld(8, 1, 1);
        world.Run(1);
        world.Sent.Clear();
        world.Run(8 * 31);

        var epochs = world.Sent.Where(sent => sent.From == new SiteId(0)).Select(sent => sent.Epoch).Distinct().Count();
        Assert.InRange(epochs, 8, 9);
    }

    [Fact]
    public void A_healthy_busy_link_sends_nothing_twice()
    {
        var world = new LinkWorld(9, 1, 1);
        world.Run(1);
        var (messages, mouth) = (world.Messages, new Mouth(new Dice(9), 300));
        world.Run(10, mouth.Speak);

        // At most a message a batch and site, and from nobody but who has the word.
        Assert.All(world.Sent, sent => Assert.Equal((int)(sent.Epoch % 4), sent.Sender.Index));
        Assert.InRange(world.Messages - messages, 100, 2 * 1000);
        Assert.Equal(2UL, world.Sites[0].Links[Second].Epoch + world.Sites[1].Links[new(0)].Epoch);
    }

    [Fact]
    public void Who_stands_in_for_a_sender_whose_connection_has_ended_speaks_before_any_time_out()
    {
        var world = new LinkWorld(16, 1, 1);
        world.Run(1);
        var (site, link) = (world.Sites[0], world.Sites[0].Links[Second]);
        var (gone, epoch) = (new ReplicaId(new(0), link.Sender), link.Epoch);
        world.IsSwallowed = (sender, receiver) => sender == gone || receiver == gone;
        Say(world, 1);
        Assert.Empty(world.Sites[1].Taken);

        Array.ForEach(site.Roads, roads => roads.OnDisconnected(gone));
        world.Sent.Clear();
        world.Run(0.05);

        Assert.Equal(1UL, TestBody.NumberOf(Assert.Single(world.Sites[1].Taken).Body));
        Assert.Equal(epoch, link.Epoch);
        var speakers = world.Sent.Where(sent => sent.From == gone.Site && sent.Sender != gone).ToList();
        Assert.All(speakers, sent => Assert.Equal((gone.Index + 1) % site.Replicas, sent.Sender.Index));

        Array.ForEach(site.Roads, roads => roads.OnConnected(gone));
        world.Sent.Clear();
        Say(world, 2);
        Assert.All(world.Sent.Where(sent => sent.From == gone.Site), sent => Assert.Equal(gone, sent.Sender));
    }

    /// <summary>A representative that does its work can close its connection to the next replica as often as it
    /// likes.</summary>
    [Fact]
    public void Whoever_flaps_before_its_stand_in_has_everything_sent_twice_at_most()
    {
        Assert.InRange(MessagesOf(isFlapping: true), MessagesOf(isFlapping: false) + 20, 2 * MessagesOf(isFlapping: false));

        static int MessagesOf(bool isFlapping)
        {
            var (world, mouth) = (new LinkWorld(19, 1, 1), new Mouth(new Dice(19), sizeMax: 300));
            var link = world.Sites[0].Links[Second];
            for (var step = 0; step < 100; step++)
            {
                var (next, sender) = (world.Sites[0].Roads[(link.Sender + 1) % 4], new ReplicaId(new(0), link.Sender));
                if (isFlapping && step % 3 == 0)
                {
                    next.OnDisconnected(sender);
                }

                world.Run(0.02, mouth.Speak);
                next.OnConnected(sender);
            }

            world.Run(1);
            Assert.Equal(0, link.HeldBytes);
            return world.Sent.Count(sent => sent.From == new SiteId(0));
        }
    }

    [Fact]
    public void A_receiver_whose_connection_has_ended_is_passed_over_until_the_epoch_is_over()
    {
        var world = new LinkWorld(17, 1, 1);
        world.Run(1);
        var (roads, link) = (world.Sites[0].Roads, world.Sites[0].Links[Second]);
        var (gone, epoch) = (new ReplicaId(Second, link.Receiver), link.Epoch);
        world.IsSwallowed = (sender, receiver) => sender == gone || receiver == gone;
        Say(world, 1);
        Assert.Empty(world.Sites[1].Taken);

        roads[link.Sender].OnDisconnected(gone);
        world.Run(0.05);
        Assert.Single(world.Sites[1].Taken);

        // Each return to it would send again what is in flight: a liar could ask for that as often as it likes.
        roads[link.Sender].OnConnected(gone);
        world.Sent.Clear();
        Say(world, 2);
        Assert.Equal(2, world.Sites[1].Taken.Count);
        Assert.Equal(epoch, link.Epoch);
        var receivers = world.Sent.Where(sent => sent.From == new SiteId(0)).Select(sent => sent.Receiver.Index);
        Assert.All(receivers, receiver => Assert.Equal((gone.Index + 1) % 4, receiver));
        Assert.NotEmpty(receivers);
    }

    [Fact]
    public void Where_all_connections_have_ended_the_last_receiver_is_still_tried()
    {
        var world = new LinkWorld(18, 1, 1);
        world.Run(1);
        var link = world.Sites[0].Links[Second];
        for (var replica = 0; replica < 4; replica++)
        {
            world.Sites[0].Roads[link.Sender].OnDisconnected(new(Second, replica));
        }

        Say(world, 1);

        Assert.Single(world.Sites[1].Taken);
    }

    /// <summary>One body from the first site, and time enough for it to arrive.</summary>
    private static void Say(LinkWorld world, ulong number)
    {
        var isSaid = false;
        world.Run(0.05, (site, links) =>
        {
            if (site == 0 && !isSaid)
            {
                links.Put(Second, new TestBody(number, 10));
                isSaid = true;
            }
        });
    }

    [Fact]
    public void A_site_that_slept_restarts_its_timers_instead_of_firing_them()
    {
        var world = new LinkWorld(10, 1, 1);
        world.Run(1);
        world.IsCut = true;
        var isSaid = false;
        world.Run(0.1, (_, links) =>
        {
            if (!isSaid)
            {
                links.Put(links.All.First().Peer, new TestBody(1, 1));
                isSaid = true;
            }
        });
        var (site, epoch) = (world.Sites[0], world.Sites[0].Links[Second].Epoch);

        site.Turn(world.Now + TimeSpan.FromHours(1));

        Assert.Equal(epoch, site.Links[Second].Epoch);
        Assert.Empty(site.Cuts);
    }

    [Fact]
    public void Who_receives_what_is_known_answers_its_counterpart_with_the_newest_register_once_in_a_time_out()
    {
        var world = new LinkWorld(11, 1, 1);
        world.Run(3);
        var (site, other) = (world.Sites[0], world.Sites[1]);
        var message = Assert.Single(other.Turn(world.Now + TimeSpan.FromSeconds(1.5))).Send.Message;
        site.Receive(0, message, new(0));
        site.Turn(world.Now);
        Assert.Equal(InputStanding.Obsolete, site.Links.Judge(message));

        for (var again = 1; again <= 20; again++)
        {
            site.Receive(2, message, new Instant(0) + (site.Links[Second].Timeout * 0.3 * again));
        }

        // Every fourth comes more than a time-out after the last answer.
        var answers = site.Turn(world.Now).Where(sent => sent.Sender == 2).ToList();
        Assert.Equal([2, 2, 2, 2, 2], answers.Select(answer => answer.Send.Receiver.Index));
        var newest = SiteStatus.FromLeaf(Assert.Single(answers[0].Send.Message.Outputs).Leaf)!;
        Assert.Equal(new SiteId(1), newest.To);
    }
}
