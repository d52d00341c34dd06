using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>The link between two sites, rule by rule.</summary>
public sealed class LinkTests
{
    private static readonly SiteId First = new(0);
    private static readonly SiteId Second = new(1);

    private static LinkWorld World(ulong seed = 1) => new(seed, 1, 1);

    private static ulong[] Numbers(LinkSite site) => [.. site.Taken.Select(taken => TestBody.NumberOf(taken.Body))];

    private static SiteMessage MessageOf(LinkSite site, double at, Action<Links> inputs) => Assert.Single(
        site.Turn(Sample.At(at), links => inputs(links)).Select(sent => sent.Send.Message).ToList());

    private static ValueList<AttestedOutput> StreamOf(SiteMessage message) =>
        ValueList.From(message.Outputs.Where(output => StreamLeaf.FromLeaf(output.Leaf) is not null));

    private static StatusFront Front(ulong accepted = 0, ulong committed = 0) =>
        new(new(default, default, new(accepted), new(committed), default), 0, 0, 0, default, default);

    [Fact]
    public void A_body_arrives_once_and_in_order()
    {
        var world = World();
        world.Run(0.1, (_, links) => { });
        var next = 0UL;
        world.Run(2, (site, links) =>
        {
            if (site == 0)
            {
                links.Put(Second, new TestBody(next++, 10));
            }
        });
        world.Run(2);

        Assert.Equal(next, (ulong)Numbers(world.Sites[1]).Length);
        Assert.Equal(Enumerable.Range(0, (int)next).Select(number => (ulong)number), Numbers(world.Sites[1]));
        Assert.Equal(0, world.Sites[0].Links[Second].HeldBytes);
    }

    [Fact]
    public void A_long_body_travels_in_parts_and_comes_out_whole()
    {
        var world = World();
        world.Run(0.1);
        var isSaid = false;
        world.Run(20, (site, links) =>
        {
            if (site == 0 && !isSaid)
            {
                isSaid = true;
                links.Put(Second, new TestBody(1, 500_000));
                links.Put(Second, new TestBody(2, 0));
                links.Put(Second, new TestBody(3, Limits.StreamBodyBytes - 14));
            }
        });

        Assert.Equal([1UL, 2UL, 3UL], Numbers(world.Sites[1]));
        Assert.Equal(new TestBody(1, 500_000).Encode(), world.Sites[1].Taken[0].Body);
    }

    [Fact]
    public void Idle_sites_exchange_heartbeats_and_one_acknowledgement_each_and_nothing_else()
    {
        var world = World();
        world.Run(5);
        var (messages, batches) = (world.Messages, world.Sites.Sum(site => site.BatchesWithWords));
        world.Run(60);

        // Two heartbeats a second and their acknowledgements; those that are near ride together.
        Assert.InRange(world.Messages - messages, 60, 4 * 62);
        Assert.InRange(world.Sites.Sum(site => site.BatchesWithWords) - batches, 60, 4 * 62);
    }

    [Fact]
    public void What_is_behind_the_bar_makes_no_new_version()
    {
        var (site, peer) = (World().Sites[0], World().Sites[1]);
        MessageOf(site, 0, links => links.SetFront(Second, Front()));
        var fromPeer = MessageOf(peer, 0, links =>
        {
            links.SetFront(First, Front());
            links.Put(First, new TestBody(1, 1));
        });
        site.Pool.Add((0, fromPeer));

        Assert.Empty(site.Turn(Sample.At(0.01)));
        var answer = Assert.Single(site.Turn(Sample.At(0.01) + site.Links[Second].AcknowledgeDelay)).Send.Message;

        var status = SiteStatus.FromLeaf(Assert.Single(answer.Outputs).Leaf)!;
        Assert.Equal((1UL, 1UL, 1UL), (status.Version, status.ReceivedUpTo, status.VersionSeen));
        Assert.Equal(Sample.At(0), status.SentAt);

        // The peer sees our version for the first time, and says so once; nobody acknowledges that.
        peer.Pool.Add((0, answer));
        peer.Turn(Sample.At(0.2));
        var last = Assert.Single(peer.Turn(Sample.At(0.2) + peer.Links[First].AcknowledgeDelay)).Send.Message;
        Assert.Equal(1UL, SiteStatus.FromLeaf(last.Outputs[0].Leaf)!.Version);
        site.Pool.Add((0, last));
        for (var turn = 1; turn < 50; turn++)
        {
            Assert.Empty(site.Turn(Sample.At(0.4 + (0.01 * turn))));
        }

        Assert.Equal(1UL, site.Links[Second].VersionSeenByPeer);
    }

    [Fact]
    public void An_accept_goes_at_once_a_commit_after_the_delay_and_each_makes_a_version()
    {
        var site = World().Sites[0];
        MessageOf(site, 0, links => links.SetFront(Second, Front()));

        var urgent = MessageOf(site, 0.01, links => links.SetFront(Second, Front(accepted: 1)));
        Assert.Equal(2UL, SiteStatus.FromLeaf(urgent.Outputs[0].Leaf)!.Version);

        Assert.Empty(site.Turn(Sample.At(0.02), links => links.SetFront(Second, Front(accepted: 1, committed: 1))));
        var delay = site.Links[Second].AcknowledgeDelay;
        Assert.Equal(Sample.At(0.02) + delay, site.Links.NextDeadline(isAble: true));
        Assert.NotEqual(Sample.At(0.02) + delay, site.Links.NextDeadline(isAble: false));
        var later = Assert.Single(site.Turn(Sample.At(0.02) + delay)).Send.Message;
        Assert.Equal(3UL, SiteStatus.FromLeaf(later.Outputs[0].Leaf)!.Version);
    }

    [Fact]
    public void A_heartbeat_is_a_new_version_and_comes_every_second_or_as_often_as_the_leading_site_must()
    {
        var site = World().Sites[0];
        MessageOf(site, 0, links => links.SetFront(Second, Front()));
        site.Links.SetHeartbeat(TimeSpan.FromMilliseconds(120));

        Assert.Empty(site.Turn(Sample.At(0.11)));
        var beat = Assert.Single(site.Turn(Sample.At(0.12))).Send.Message;

        Assert.Equal(2UL, SiteStatus.FromLeaf(beat.Outputs[0].Leaf)!.Version);
    }

    [Fact]
    public void The_register_rides_in_every_output()
    {
        var site = World().Sites[0];
        var said = MessageOf(site, 0, links =>
        {
            links.SetFront(Second, Front());
            links.Put(Second, new TestBody(1, 1));
        });

        Assert.NotNull(SiteStatus.FromLeaf(said.Outputs[0].Leaf));
        Assert.NotNull(StreamLeaf.FromLeaf(said.Outputs[1].Leaf));
    }

    [Fact]
    public void A_message_that_brings_nothing_new_is_obsolete_and_one_that_is_not_next_is_early()
    {
        var world = World();
        var (site, peer) = (world.Sites[0], world.Sites[1]);
        var first = MessageOf(site, 0, links =>
        {
            links.SetFront(Second, Front());
            links.Put(Second, new TestBody(1, 1));
        });
        var second = MessageOf(site, 0.01, links => links.Put(Second, new TestBody(2, 1)));
        var streamOnly = second with { Outputs = StreamOf(second) };
        peer.Turn(Sample.At(0));
        Assert.Equal(Rejection.None, peer.Links.Take(first).Refusal);

        Assert.Equal(InputStanding.Obsolete, peer.Links.Judge(first));
        Assert.Equal(Rejection.OldSequence, peer.Links.Take(first).Refusal);
        Assert.Equal(InputStanding.Consumable, peer.Links.Judge(streamOnly));
        var third = MessageOf(site, 0.02, links => links.Put(Second, new TestBody(3, 1)));
        var thirdOnly = third with { Outputs = StreamOf(third) };
        Assert.Equal(InputStanding.Early, peer.Links.Judge(thirdOnly));
        Assert.Equal(Rejection.EarlySequence, peer.Links.Take(thirdOnly).Refusal);
        Assert.Single(peer.Links.Take(streamOnly).Bodies);
        Assert.Equal(InputStanding.Consumable, peer.Links.Judge(thirdOnly));
    }

    [Fact]
    public void A_pair_that_lets_a_little_through_in_each_time_out_is_left_behind()
    {
        var (site, peer) = (World().Sites[0], World().Sites[1]);
        peer.Pool.Add((0, MessageOf(site, 0, links =>
        {
            links.SetFront(Second, Front());
            links.Put(Second, new TestBody(0, 10));
        })));
        site.Pool.Add((0, MessageOf(peer, 0.01, links => links.SetFront(First, Front()))));
        site.Turn(Sample.At(0.02));
        var (link, epoch) = (site.Links[Second], site.Links[Second].Epoch);
        Assert.Equal(TimeSpan.FromMilliseconds(200), link.Timeout);

        SiteMessage[] said = [.. Enumerable.Range(1, 5).Select(number =>
            MessageOf(site, 0.1, links => links.Put(Second, new TestBody((ulong)number, 10))))];
        for (var place = 0; place < said.Length; place++)
        {
            var acknowledged = Sample.At(0.25 + (0.15 * place));
            peer.Pool.Add((0, said[place]));
            peer.Turn(acknowledged + (-1 * peer.Links[First].AcknowledgeDelay));
            site.Pool.Add((0, Assert.Single(peer.Turn(acknowledged)).Send.Message));
            site.Turn(acknowledged);
            Assert.Equal(place < 2 ? epoch : epoch + 1, Math.Min(link.Epoch, epoch + 1));
        }
    }

    [Fact]
    public void A_register_that_was_taken_is_no_news_whatever_comes_with_it()
    {
        var (site, peer) = (World().Sites[0], World().Sites[1]);
        var first = MessageOf(site, 0, links =>
        {
            links.SetFront(Second, Front());
            links.Put(Second, new TestBody(1, 1));
        });
        var second = MessageOf(site, 0.01, links => links.Put(Second, new TestBody(2, 1)));

        Assert.NotNull(peer.Links.Take(first).Front);
        var news = peer.Links.Take(second);
        Assert.Equal((1, null), (news.Bodies.Count, news.Front));
    }

    [Fact]
    public void An_outbox_is_cut_after_ten_minutes_and_the_next_life_starts_from_1()
    {
        var world = World();
        world.Turn = TimeSpan.FromMilliseconds(500);
        world.IsCut = true;
        world.Run(1, (site, links) =>
        {
            if (site == 0)
            {
                links.Put(Second, new TestBody(1, 1));
            }
        });
        world.Run(598);
        Assert.Empty(world.Sites[0].Cuts);
        world.Run(3);
        Assert.Equal([Second], world.Sites[0].Cuts);
        Assert.Equal((2u, 0L), (world.Sites[0].Links[Second].Life, world.Sites[0].Links[Second].HeldBytes));

        (world.IsCut, world.Turn) = (false, TimeSpan.FromMilliseconds(10));
        var isSaid = false;
        world.Run(30, (site, links) =>
        {
            if (site == 0 && !isSaid)
            {
                isSaid = true;
                links.Put(Second, new TestBody(7, 1));
            }
        });
        Assert.Equal([7UL], Numbers(world.Sites[1]));
    }

    [Fact]
    public void An_outbox_is_cut_at_its_bound_in_bytes()
    {
        var world = World();
        world.Run(0.1);
        world.IsCut = true;
        world.Run(4, (site, links) =>
        {
            if (site == 0)
            {
                links.Put(Second, new TestBody(1, 200 * 1024));
            }
        });

        Assert.Equal([Second], world.Sites[0].Cuts);
        Assert.True(world.Sites[0].Links[Second].HeldBytes <= Limits.OutboxBytesPerLink);
    }

    [Fact]
    public void A_lower_site_life_is_refused_and_a_higher_one_cuts_the_own_outbox()
    {
        var world = World();
        var (site, peer) = (world.Sites[0], world.Sites[1]);
        var said = MessageOf(site, 0, links => links.SetFront(Second, Front()));
        peer.Turn(Sample.At(0), links => links.Put(First, new TestBody(1, 1)));
        var reborn = said with { Statement = said.Statement with { SiteLife = 2 } };

        Assert.False(peer.Links.Take(said).IsCut);
        Assert.True(peer.Links.Take(reborn).IsCut);
        Assert.Equal((2u, 0L), (peer.Links[First].Life, peer.Links[First].HeldBytes));
        Assert.Equal(InputStanding.Obsolete, peer.Links.Judge(said));
        Assert.Equal(Rejection.OldLife, peer.Links.Take(said).Refusal);
    }

    [Fact]
    public void A_higher_link_life_is_taken_at_once_and_a_lower_one_never_again()
    {
        var (inbox, bodies) = (new Inbox(Second), new List<Bytes>());
        var framed = StreamFrame.Cut(new TestBody(1, 1).Encode()).Single();
        inbox.Take(new(Second, 1, 1, 1, default), framed, bodies);

        inbox.Take(new(Second, 1, 3, 1, default), framed, bodies);
        inbox.Take(new(Second, 1, 1, 2, default), framed, bodies);
        inbox.Take(new(Second, 1, 2, 2, default), framed, bodies);

        Assert.Equal(2, bodies.Count);
        Assert.Equal((3u, 1UL), (inbox.LinkLife, inbox.ReceivedUpTo));
    }

    [Fact]
    public void The_age_is_counted_from_the_newest_register_that_a_majority_has_seen()
    {
        var world = new LinkWorld(1, 0, 0, 0);
        world.Run(5);
        var before = world.Sites[0].Links.SeenByMajorityAt();
        Assert.InRange((world.Now - before).TotalSeconds, 0, 1.2);

        world.IsSwallowed = (sender, receiver) => receiver.Site == new SiteId(2) || sender.Site == new SiteId(2);
        world.Run(5);
        Assert.InRange((world.Now - world.Sites[0].Links.SeenByMajorityAt()).TotalSeconds, 0, 1.2);

        world.IsCut = true;
        world.Run(5);
        Assert.InRange((world.Now - world.Sites[0].Links.SeenByMajorityAt()).TotalSeconds, 4.9, 6.5);
    }
}
