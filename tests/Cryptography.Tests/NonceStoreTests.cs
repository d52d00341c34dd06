namespace Holdfast.Cryptography.Tests;

/// <summary>Nonces live in memory only and are taken once (rules N1 to N4, A3).</summary>
public sealed class NonceStoreTests : IDisposable
{
    private static readonly byte[] Message = FrostFixture.Message;
    private readonly FrostFixture _site = new(30, members: 4, threshold: 2);
    private readonly NonceStore _one;
    private readonly NonceStore _two;

    public NonceStoreTests()
    {
        _one = new NonceStore(_site.Share(1), new Dice(31).Fill);
        _two = new NonceStore(_site.Share(2), new Dice(32).Fill);
    }

    public void Dispose()
    {
        _one.Dispose();
        _two.Dispose();
        _site.Dispose();
    }

    [Fact]
    public void Published_rows_make_a_signature()
    {
        var members = Rows();
        Assert.Equal(FrostResult.Good, _one.SignShare(new(3, 0, 17), Message, members, out var first));
        Assert.Equal(FrostResult.Good, _two.SignShare(new(8, 2, 99), Message, members, out var second));

        Assert.True(Frost.Combine(_site.Site, Message, [first!, second!], out var signature).IsGood);
        Assert.True(Ed25519.Verify(_site.Site.Group.Span, Message, signature));
    }

    [Fact]
    public void A_row_is_256_different_pairs_of_good_points()
    {
        Assert.True(_one.MakeRow(0, 0, out var points).IsGood);

        Assert.Equal(NonceStore.RowLength * Commitment.Length, points.Length);
        var all = points.Chunk(32).ToArray();
        Assert.All(all, point => Assert.True(Curve.IsValidPoint(point)));
        Assert.Equal(all.Length, all.Select(point => Convert.ToHexString(point)).Distinct().Count());
    }

    [Fact]
    public void A_place_is_taken_once()
    {
        Rows();
        Assert.True(_one.TryTake(new(3, 0, 17), out var nonce).IsGood);
        nonce!.Dispose();

        Assert.Equal(FrostResult.Of(FrostFailure.NonceTaken), _one.TryTake(new(3, 0, 17), out var again));
        Assert.Null(again);
        Assert.True(_one.TryTake(new(3, 0, 18), out _).IsGood);
    }

    [Fact]
    public void A_second_share_from_one_place_is_refused_for_the_same_and_for_another_message()
    {
        var members = Rows();
        Assert.True(_one.SignShare(new(3, 0, 17), Message, members, out _).IsGood);

        Assert.Equal(FrostFailure.NonceTaken, _one.SignShare(new(3, 0, 17), Message, members, out var same).Failure);
        Assert.Equal(FrostFailure.NonceTaken, _one.SignShare(new(3, 0, 17), "x"u8, members, out var other).Failure);
        Assert.Null(same);
        Assert.Null(other);
    }

    [Fact]
    public void An_assignment_that_shows_other_points_gets_no_share_and_costs_the_pair()
    {
        var members = Rows();

        Assert.Equal(FrostFailure.OwnCommitmentDiffers, _one.SignShare(new(3, 0, 18), Message, members, out _).Failure);
        Assert.Equal(FrostFailure.NonceTaken, _one.TryTake(new(3, 0, 18), out _).Failure);
    }

    [Theory]
    [InlineData(3, 1, 0)]
    [InlineData(4, 0, 0)]
    [InlineData(3, 0, -1)]
    [InlineData(3, 0, NonceStore.RowLength)]
    public void A_place_that_this_process_did_not_make_is_unknown(ulong incarnation, ulong row, int index)
    {
        Rows();

        Assert.Equal(FrostFailure.RowUnknown, _one.TryTake(new(incarnation, row, index), out _).Failure);
    }

    [Fact]
    public void A_row_is_made_once_and_never_again_even_when_spent()
    {
        Rows();
        for (var index = 0; index < NonceStore.RowLength; index++)
        {
            Assert.True(_one.TryTake(new(3, 0, index), out _).IsGood);
        }

        Assert.Equal(0, _one.Rows);
        Assert.Equal(FrostFailure.RowUnknown, _one.TryTake(new(3, 0, 0), out _).Failure);
        Assert.Equal(FrostFailure.RowMadeBefore, _one.MakeRow(3, 0, out var points).Failure);
        Assert.Empty(points);
        Assert.True(_one.MakeRow(3, 1, out _).IsGood);
    }

    [Fact]
    public void A_new_incarnation_ends_the_one_before()
    {
        Rows();
        Assert.True(_one.MakeRow(4, 0, out _).IsGood);

        Assert.Equal(1, _one.Rows);
        Assert.Equal(FrostFailure.IncarnationOver, _one.TryTake(new(3, 0, 0), out _).Failure);
        Assert.Equal(FrostFailure.IncarnationOver, _one.MakeRow(3, 1, out _).Failure);
    }

    /// <summary>Rows that the log skipped must neither pile up nor stop the refill.</summary>
    [Fact]
    public void Beyond_the_limit_the_lowest_row_goes()
    {
        for (ulong row = 0; row <= NonceStore.RowsMax; row++)
        {
            Assert.True(_one.MakeRow(0, row, out _).IsGood);
        }

        Assert.Equal(NonceStore.RowsMax, _one.Rows);
        Assert.Equal(FrostFailure.RowUnknown, _one.TryTake(new(0, 0, 0), out _).Failure);
        Assert.True(_one.TryTake(new(0, 1, 0), out _).IsGood);
    }

    [Fact]
    public void A_closed_store_has_nothing_and_makes_nothing()
    {
        Rows();
        _one.Dispose();

        Assert.Equal(FrostFailure.RowUnknown, _one.TryTake(new(3, 0, 0), out _).Failure);
        Assert.Equal(FrostFailure.IncarnationOver, _one.MakeRow(9, 0, out _).Failure);
    }

    [Fact]
    public void Many_threads_that_want_one_place_get_it_once()
    {
        Rows();
        var taken = 0;
        Parallel.For(0, 64, _ => Interlocked.Add(ref taken, _one.TryTake(new(3, 0, 5), out var _).IsGood ? 1 : 0));

        Assert.Equal(1, taken);
    }

    /// <summary>f = 0: one replica, one plain key, the same calls.</summary>
    [Fact]
    public void With_threshold_one_the_whole_key_signs_plainly_and_as_often_as_asked()
    {
        using var deal = Dealer.Deal(members: 1, threshold: 1, epoch: 0, new Dice(33).Fill);
        using var store = new NonceStore(deal.Shares[0], new Dice(34).Fill);
        Assert.Equal(FrostFailure.KeyIsWhole, store.MakeRow(0, 0, out _).Failure);

        Assert.True(store.SignShare(default, Message, [], out var share).IsGood);
        Assert.True(store.SignShare(default, Message, [], out var again).IsGood);
        Assert.Equal(share!.ToBytes(), again!.ToBytes());
        Assert.True(SignatureShare.TryRead(share.ToBytes(), out _));
        Assert.True(Frost.Combine(deal.Site, Message, [share], out var signature).IsGood);
        Assert.True(Ed25519.Verify(deal.Site.Group.Span, Message, signature));
        Assert.True(Frost.VerifyShare(deal.Site, [], Message, 1, share).IsGood);
        Assert.Equal(
            new FrostResult(FrostFailure.ShareInvalid, 1), Frost.VerifyShare(deal.Site, [], "x"u8, 1, share));
    }

    private Commitment[] Rows()
    {
        Assert.True(_one.MakeRow(3, 0, out var first).IsGood);
        Assert.True(_two.MakeRow(8, 2, out var second).IsGood);
        return [Commitment.FromRow(1, first, 17), Commitment.FromRow(2, second, 99)];
    }
}
