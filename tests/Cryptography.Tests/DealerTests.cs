using System.Numerics;

namespace Holdfast.Cryptography.Tests;

/// <summary>What a dealer gives out: shares of one key, of which too few tell nothing.</summary>
public sealed class DealerTests
{
    [Theory]
    [InlineData(4, 2)]
    [InlineData(7, 3)]
    [InlineData(16, 6)]
    public void Any_threshold_of_shares_interpolates_to_the_key_and_fewer_do_not(int members, int threshold)
    {
        var dice = new Dice(40);
        using var deal = Dealer.Deal(members, threshold, epoch: 1, dice.Fill);
        for (var round = 0; round < 20; round++)
        {
            var identifiers = dice.Choose(threshold, members);

            Assert.Equal(deal.Site.Group.ToArray(), (Interpolate(deal, identifiers) * PlainCurve.Base).Encode());
            Assert.NotEqual(
                deal.Site.Group.ToArray(), (Interpolate(deal, identifiers[1..]) * PlainCurve.Base).Encode());
        }
    }

    [Fact]
    public void Public_shares_are_those_of_the_secret_ones()
    {
        using var deal = Dealer.Deal(7, 3, epoch: 1, new Dice(41).Fill);
        foreach (var share in deal.Shares)
        {
            using var secret = share.Secret.Open();
            Assert.Equal((PlainCurve.Number(secret.Bytes) * PlainCurve.Base).Encode(), share.PublicShare.ToArray());
            var admitted = FrostShare.TryCreate(deal.Site, share.Identifier, secret.Bytes, out var again);
            Assert.Equal(FrostResult.Good, admitted);
            again!.Dispose();
        }

        var shares = Enumerable.Range(1, 7).Select(deal.Site.ShareOf).ToArray();
        Assert.Equal(FrostResult.Good, SitePublicKey.TryCreate(1, 3, deal.Site.Group.Span, shares, out _));
        (shares[5], shares[6]) = (shares[6], shares[5]);
        Assert.Equal(
            FrostResult.Of(FrostFailure.PublicSharesInconsistent),
            SitePublicKey.TryCreate(1, 3, deal.Site.Group.Span, shares, out _));
    }

    [Fact]
    public void A_sharing_that_gives_each_replica_the_whole_key_is_refused()
    {
        using var key = SigningKey.Generate(new Dice(39).Fill);

        Assert.Equal(
            new FrostResult(FrostFailure.PublicShareInvalid, 1),
            SitePublicKey.TryCreate(0, 2, key.PublicKey.Span, [key.PublicKey, key.PublicKey, key.PublicKey], out _));
    }

    /// <summary>A site that grows from one replica to four stays who it is.</summary>
    [Fact]
    public void One_seed_has_one_public_key_whole_or_dealt()
    {
        // Many seeds, as each bit that clamping sets or clears is right by chance half of the time.
        var dice = new Dice(42);
        for (var round = 0; round < 32; round++)
        {
            var seed = dice.Bytes(32);
            using var whole = Dealer.DealSeed(seed, 1, 1, epoch: 0, dice.Fill);
            using var dealt = Dealer.DealSeed(seed, 4, 2, epoch: 1, dice.Fill);

            Assert.True(whole.Shares[0].IsWholeKey);
            Assert.False(dealt.Shares[0].IsWholeKey);
            Assert.Equal(Ed25519.PublicKeyOfSeed(seed), whole.Site.Group.ToArray());
            Assert.Equal(whole.Site.Group.ToArray(), dealt.Site.Group.ToArray());
        }
    }

    [Fact]
    public void Every_deal_is_a_new_sharing()
    {
        var seed = new Dice(44).Bytes(32);
        using var one = Dealer.DealSeed(seed, 4, 2, epoch: 0, Randomness.System);
        using var other = Dealer.DealSeed(seed, 4, 2, epoch: 1, Randomness.System);

        Assert.All(
            one.Shares.Zip(other.Shares),
            pair => Assert.NotEqual(pair.First.PublicShare.ToArray(), pair.Second.PublicShare.ToArray()));
    }

    [Theory]
    [InlineData(4, 1)]
    [InlineData(4, 5)]
    [InlineData(4, 0)]
    [InlineData(0, 0)]
    [InlineData(256, 2)]
    public void A_threshold_that_does_not_fit_is_refused(int members, int threshold) =>
        Assert.Throws<ArgumentException>(() => Dealer.Deal(members, threshold, epoch: 0, new Dice(45).Fill));

    [Fact]
    public void A_share_of_a_shared_key_never_signs_alone()
    {
        using var deal = Dealer.Deal(4, 2, epoch: 0, new Dice(46).Fill);

        Assert.Throws<InvalidOperationException>(() => deal.Shares[0].SignWhole("m"u8));
    }

    [Fact]
    public void Nothing_that_holds_a_secret_prints_it()
    {
        using var key = SigningKey.FromSeed(new Dice(47).Bytes(32));
        using var deal = Dealer.Deal(4, 2, epoch: 3, new Dice(48).Fill);
        using var nonce = FrostNonce.Generate(deal.Shares[0], new Dice(49).Fill);
        using var store = new NonceStore(deal.Shares[0], new Dice(49).Fill);
        using var secret = deal.Shares[0].Secret.Open();

        Assert.Equal($"signing key of {Convert.ToHexStringLower(key.PublicKey.Span)}", key.ToString());
        Assert.Equal(
            $"share 1 of 4 of site key {Convert.ToHexStringLower(deal.Site.Group.Span)}, epoch 3",
            deal.Shares[0].ToString());
        Assert.Equal($"nonce of {Convert.ToHexStringLower(nonce.Points.Span[..8])}", nonce.ToString());
        Assert.Equal($"nonces of {deal.Shares[0]}", store.ToString());
        Assert.Equal("32 secret bytes", deal.Shares[0].Secret.ToString());
        Assert.DoesNotContain(
            Convert.ToHexStringLower(secret.Bytes), $"{deal.Shares[0]}{store}", StringComparison.OrdinalIgnoreCase);
    }

    private static BigInteger Interpolate(SiteKeyDeal deal, int[] identifiers)
    {
        var sum = BigInteger.Zero;
        foreach (var identifier in identifiers)
        {
            using var secret = deal.Shares[identifier - 1].Secret.Open();
            sum += PlainFrost.Coefficient(identifier, identifiers) * PlainCurve.Number(secret.Bytes);
        }

        return sum % PlainCurve.Order;
    }
}
