namespace Holdfast.Protocol.Tests;

/// <summary>What a site agrees on about its replicas that lost their disks.</summary>
public sealed class ReplicaLivesTests
{
    private static readonly Digest Disk = Digest.Of([1]);
    private readonly ReplicaLives _lives = new(4);

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_life_is_one_more_than_the_last(uint life)
    {
        Assert.Equal(Rejection.WrongLife, Return(2, life, at: 10));
        Assert.Null(_lives[2]);
    }

    [Fact]
    public void The_next_return_of_a_replica_waits_until_it_may_vote_again()
    {
        Assert.Equal(Rejection.None, Return(2, 1, at: 10));
        var votes = _lives[2]!.Value.VotesBehind;

        Assert.Equal(new SiteSequence(10 + (2 * Limits.SiteWindow)), votes);
        Assert.Equal(Rejection.WrongLife, Return(2, 2, at: votes.Number - 1, checkpoint: votes.Number - 1));
        Assert.Equal(
            InputStanding.Early, _lives.Judge(new(2, 2, Disk, default), new(votes.Number - 1)));
        Assert.Equal(new ReplicaLife(1, new(10), Disk), _lives[2]);
        Assert.Equal(Rejection.None, Return(2, 2, at: votes.Number + 1, checkpoint: votes.Number));
    }

    [Fact]
    public void A_replica_does_not_wait_for_the_return_of_another()
    {
        Return(2, 1, at: 10);

        Assert.Equal(Rejection.None, Return(3, 1, at: 11));
        Assert.True(_lives.IsAwaited(new(10 + (2 * Limits.SiteWindow))));
        Assert.False(_lives.IsAwaited(new(11 + (2 * Limits.SiteWindow))));
    }

    [Fact]
    public void A_replica_that_the_site_does_not_have_does_not_return() =>
        Assert.Equal(Rejection.WrongLife, Return(4, 1, at: 10));

    [Fact]
    public void What_was_saved_is_all_that_is_known()
    {
        Return(1, 1, at: 10);
        Return(3, 1, at: 12);
        var map = new AuthenticatedMap();
        _lives.Save(map);

        var loaded = new ReplicaLives(4);
        loaded.Load(map);

        Assert.All(Enumerable.Range(0, 4), replica => Assert.Equal(_lives[replica], loaded[replica]));
    }

    private Rejection Return(int replica, uint life, ulong at, ulong checkpoint = 0) =>
        _lives.OnReturn(new(replica, life, Disk, default), new(at), new(checkpoint));
}
