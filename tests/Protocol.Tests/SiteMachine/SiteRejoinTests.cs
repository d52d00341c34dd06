using Holdfast.Protocol.Messages;
using static Holdfast.Protocol.Tests.GlobalStage;

namespace Holdfast.Protocol.Tests;

/// <summary>A site that lost more than f disks goes on in its next life, with nothing of what it had promised.</summary>
public sealed class SiteRejoinTests
{
    private readonly MachineWorld _world = new(3);

    [Fact]
    public void A_site_in_its_next_life_takes_no_part_before_its_own_state_tells_of_it()
    {
        Lose(site: 2);

        // It learns all the same, and says nothing that counts.
        Assert.Equal(_world[0].Ordering.Executed, _world[2].Ordering.Executed);
        Assert.Equal(_world[0].Snapshot.Digest, _world[2].Snapshot.Digest);
        Assert.False(_world[2].Ordering.TakesPart);
        Assert.Equal(default, _world[2].Ordering.Status.Accepted);
        Assert.Equal(default, _world[0].Links[new(2)].PeerFront!.Ordering.Accepted);

        Tell(new(2), life: 2);
        _world.Talk(40);

        Assert.True(_world[2].Ordering.TakesPart);
        Assert.Equal(_world[0].Ordering.LogEnd, _world[2].Ordering.Status.Accepted);
        Assert.Equal(_world[0].Ordering.LogEnd, _world[0].Links[new(2)].PeerFront!.Ordering.Accepted);
        Assert.Equal(_world[0].Snapshot.Digest, _world[2].Snapshot.Digest);
    }

    /// <summary>Together with the restored site one other would be a majority, without what the third one has.</summary>
    [Fact]
    public void With_a_site_that_takes_no_part_one_other_is_no_majority()
    {
        Lose(site: 2);
        _world.CutOff.Add(1);
        var before = _world[0].Ordering.Committed;

        _world.Do(0, Request(Writer, _session, 20, Do("x")));
        _world.Talk(200, 100);

        Assert.Equal(before, _world[0].Ordering.Committed);
        Assert.Equal(default, _world[2].Ordering.View);
        Assert.True(_world[0].Ordering.LogEnd > before);
    }

    /// <summary>A leading site that forgot what it proposed would propose other entries at the same places.</summary>
    [Fact]
    public void A_leading_site_that_was_lost_leads_no_view_of_its_earlier_life_again()
    {
        Lose(site: 0);
        Assert.False(_world[0].Ordering.IsLeading);

        Tell(new(0), life: 2);
        _world.Talk(200, 100);

        Assert.True(_world[1].Ordering.View > default(GlobalView));
        Assert.True(_world[0].Ordering.TakesPart);
        Assert.Equal(_world[1].Ordering.Executed, _world[0].Ordering.Executed);
        Assert.Equal(_world[1].Snapshot.Digest, _world[0].Snapshot.Digest);
    }

    [Fact]
    public void Queries_that_may_have_seen_more_before_are_not_taken_until_then()
    {
        Lose(site: 2);
        foreach (var level in new[] { RequestLevel.Ordered, RequestLevel.Global })
        {
            var query = MachineWorld.Query(1, level);
            var reply = Assert.Single(_world.Do(2, query).Replies);
            Assert.Equal((Outcome.NotTaken, RefusedBecause.CutOff), (reply.Results[0].Outcome, reply.Results[0].Because));
            Assert.Equal(InputStanding.Obsolete, _world[2].Judge(query));
        }

        Tell(new(2), life: 2);
        _world.Talk(40);

        var answered = Assert.Single(_world.Do(2, MachineWorld.Query(2, RequestLevel.Ordered)).Replies);
        Assert.Equal(Outcome.Answered, answered.Results[0].Outcome);
    }

    /// <summary>An old number echoed to the new life would answer a read that is younger.</summary>
    [Fact]
    public void Read_numbers_of_an_earlier_life_are_not_echoed_to_the_next()
    {
        _world.Open(0);
        for (ulong number = 1; number < 4; number++)
        {
            _world.Do(2, MachineWorld.Query(number, RequestLevel.Global));
            _world.Talk();
        }

        Assert.Equal(3UL, _world[0].Links[new(2)].OwnFront!.EchoedRead);
        _world.Rejoin(2);
        _world.Talk(40);

        Assert.Equal(0UL, _world[0].Links[new(2)].OwnFront!.EchoedRead);
    }

    /// <summary>The site that leads is lost, too, when the next life is told, and the third one is a majority only with
    /// the one that comes back.</summary>
    [Fact]
    public void A_site_in_its_next_life_learns_of_it_though_the_leading_site_is_gone()
    {
        _session = _world.Open(1);
        _world.Down.Add(0);
        _world.Do(1, Request(Writer, _session, 1, Do("x")));
        _world.Talk(200, 100);
        Assert.Equal(new GlobalView(1), _world[2].Ordering.InstalledView);
        Assert.Equal(Outcome.Committed, Tell(new(0), life: 2));
        _world.Rejoin(0);
        _world.Down.Clear();
        _world.Down.Add(1);
        _world.Do(2, Request(Writer, _session, 2, Do("y")));

        _world.Talk(300, 100);

        Assert.True(_world[0].Ordering.TakesPart);
        Assert.True(_world[2].Ordering.InstalledView > new GlobalView(1));
        Assert.Equal(_world[2].Ordering.InstalledView, _world[0].Ordering.InstalledView);
        Assert.Equal(0, _world[2].Ordering.PendingCount);
        Assert.Equal(_world[2].Snapshot.Digest, _world[0].Snapshot.Digest);
    }

    [Fact]
    public void A_life_is_one_more_than_the_last_and_an_operator_alone_tells_of_it()
    {
        Lose(site: 2);

        Assert.Equal(Outcome.Rejected, Tell(new(2), life: 3));
        Assert.Equal(Outcome.Rejected, Tell(new(2), life: 1));
        Assert.Equal(Outcome.Rejected, Tell(new(2), life: 2, Writer));
        Assert.Equal(1U, _world[0].Ordering.LifeOf(new(2)));
        Assert.Equal(Outcome.Committed, Tell(new(2), life: 2));
        Assert.Equal(Outcome.Rejected, Tell(new(2), life: 2));
        Assert.Equal(2U, _world[1].Ordering.LifeOf(new(2)));
    }

    /// <summary>What it said before may still be on the way.</summary>
    [Fact]
    public void Once_a_new_life_is_told_the_earlier_one_is_refused()
    {
        _session = _world.Open(0);
        _world.Do(2, Request(Writer, _session, 1, Do("x")));
        var old = _world.RoadTo(0).Single(message => message.From == new SiteId(2));
        _world.CutOff.Add(2);
        Tell(new(2), life: 2);

        Assert.Equal(InputStanding.Obsolete, _world[0].Judge(old));
        Assert.Equal(Rejection.OldLife, Assert.Single(_world.Do(0, old).Skipped).Reason);
    }

    /// <summary>Of two sites no majority is without the one that was lost.</summary>
    [Fact]
    public void Of_two_sites_the_one_that_was_lost_takes_part_at_once_and_leads_no_earlier_view()
    {
        var world = new MachineWorld(2);
        var session = world.Open(0);
        for (ulong number = 1; number < 5; number++)
        {
            world.Do(1, Request(Writer, session, number, Do("x")));
            world.Talk();
        }

        var (executed, digest) = (world[1].Ordering.Executed, world[1].Snapshot.Digest);
        world.Rejoin(0, takesPartAtOnce: true);
        world.Do(1, Request(Writer, session, 5, Do("y")));
        world.Talk(300, 100);

        Assert.True(world[1].Ordering.View > default(GlobalView));
        Assert.True(world[1].Ordering.Executed > executed);
        Assert.NotEqual(digest, world[1].Snapshot.Digest);
        Assert.Equal(world[1].Ordering.Executed, world[0].Ordering.Executed);
        Assert.Equal(world[1].Snapshot.Digest, world[0].Snapshot.Digest);
    }

    private GlobalPosition _session;
    private ulong _told;

    private void Lose(int site)
    {
        _session = _world.Open(1);
        for (ulong number = 1; number < 5; number++)
        {
            _world.Do(1, Request(Writer, _session, number, Do("x")));
            _world.Talk();
        }

        _world.Rejoin(site);
        _world.Talk(40);
    }

    /// <summary>At the site in the middle, which is never the one that is lost.</summary>
    private Outcome Tell(SiteId site, uint life, Bytes? client = null)
    {
        var name = client ?? Operator;
        var open = Request(name, default, 1, new Operation(OperationKind.OpenSession, new([(byte)++_told])));
        List<ClientReply> replies = [.. _world.Do(1, open).Replies, .. _world.Talk(150, 100)];
        var session = replies.SelectMany(reply => reply.Results).First().Position;
        var rejoin = Request(name, session, 1, Administer(new Administration.RejoinSite(site, life)));
        replies = [.. _world.Do(1, rejoin).Replies, .. _world.Talk(40)];
        return replies.SelectMany(reply => reply.Results).First().Outcome;
    }
}
