using static Holdfast.Protocol.Tests.GlobalStage;

namespace Holdfast.Protocol.Tests;

/// <summary>Which words of other sites open a batch, and which wait for one that something else opens.</summary>
public sealed class RidingTests
{
    private readonly MachineWorld _world = new(3);

    public RidingTests()
    {
        var session = _world.Open(0);
        _world.Talk(100);
        _world.Do(0, Request(Writer, session, 2, Do("a")));
    }

    [Fact]
    public void A_proposal_and_an_accept_that_may_commit_something_open_a_batch_at_once()
    {
        var proposal = Assert.Single(_world.RoadTo(1));
        Assert.Equal(TimeSpan.Zero, _world[1].RidesFor(proposal));
        _world.Hear(1);
        var accept = Assert.Single(_world.RoadTo(0));
        Assert.Equal(TimeSpan.Zero, _world[0].RidesFor(accept));
    }

    [Fact]
    public void An_accept_of_what_is_committed_already_waits_for_company_as_long_as_an_acknowledgement()
    {
        _world.Hear(1);
        _world.Hear(2);
        var accepts = _world.RoadTo(0);
        Assert.Equal(2, accepts.Count);
        _world.Do(0, accepts[0]);

        Assert.Equal(_world[0].Links[new(2)].AcknowledgeDelay, _world[0].RidesFor(accepts[1]));
        Assert.Equal(InputStanding.Consumable, _world[0].Judge(accepts[1]));
    }

    [Fact]
    public void A_heartbeat_waits_for_20_ms()
    {
        _world.Talk(100);
        _world.Now += TimeSpan.FromSeconds(1);
        _world.Do(2);
        var heartbeat = Assert.Single(_world.RoadTo(1));

        Assert.Equal(TimeSpan.FromMilliseconds(20), _world[1].RidesFor(heartbeat));
    }
}
