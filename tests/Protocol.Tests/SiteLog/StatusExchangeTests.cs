using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>When a replica tells where it stands, so that peers send what it lacks.</summary>
public sealed class StatusExchangeTests
{
    private const long Busy = 50_000;

    private readonly LogStage _backup = new(self: 1);

    [Fact]
    public void What_has_just_begun_is_on_its_way_and_is_not_asked_for()
    {
        Tells(900_000);
        _backup.Hear(0, PrePrepare.Of(default, new(1), LogStage.Apple));

        Assert.False(Tells(1_000));
        Assert.False(Tells(Busy - 2_000));
        Assert.True(Tells(1_000));
    }

    [Fact]
    public void While_something_stays_pending_it_is_asked_for_again_and_again()
    {
        _backup.Hear(0, PrePrepare.Of(default, new(1), LogStage.Apple));

        Assert.Equal(4, Enumerable.Range(0, 200).Count(_ => Tells(1_000)));
    }

    [Fact]
    public void A_replica_at_rest_tells_every_second()
    {
        Tells(1_000_000);

        Assert.Equal(3, Enumerable.Range(0, 3_000).Count(_ => Tells(1_000)));
    }

    private bool Tells(long microseconds)
    {
        var before = _backup.Statuses;
        _backup.Tick(microseconds);
        return _backup.Statuses > before;
    }
}
