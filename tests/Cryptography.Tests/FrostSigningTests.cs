namespace Holdfast.Cryptography.Tests;

/// <summary>What honest members compute (RFC 9591, section 5).</summary>
public sealed class FrostSigningTests
{
    private static readonly byte[] Message = FrostFixture.Message;

    [Theory]
    [InlineData(4, 2)]
    [InlineData(7, 3)]
    public void Every_group_of_one_more_than_the_faulty_signs_as_plain_Ed25519(int members, int threshold)
    {
        using var site = new FrostFixture(10, members, threshold);
        foreach (var identifiers in FrostFixture.Subsets(members, threshold))
        {
            var (nonces, group) = site.Commit(identifiers);
            var shares = site.SignAll(Message, nonces, group);

            Assert.Equal(FrostResult.Good, Frost.Combine(site.Site, Message, shares, out var signature));
            Assert.True(Ed25519.Verify(site.Site.Group.Span, Message, signature));
            Assert.All(group.Zip(shares), pair => Assert.Equal(
                FrostResult.Good, Frost.VerifyShare(site.Site, group, Message, pair.First.Identifier, pair.Second)));
        }
    }

    /// <summary>Short cuts and straight way agree to the byte, on sites, groups and messages by chance.</summary>
    [Fact]
    public void The_fast_path_gives_the_bytes_of_the_plain_one()
    {
        for (ulong seed = 0; seed < 12; seed++)
        {
            var dice = new Dice(seed);
            var threshold = 2 + dice.Below(3);
            var members = threshold + dice.Below(13);
            using var site = new FrostFixture(seed, members, threshold);
            var (nonces, group) = site.Commit(dice.Choose(threshold + dice.Below(members - threshold + 1), members));
            var message = dice.Bytes(dice.Below(300));
            var (nonce, own) = (nonces[0], group[0].Identifier);
            var pair = new byte[64];
            Assert.True(nonce.TryTake(pair));
            using var copy = new FrostNonce(pair, nonce.Points.Span);
            using var secret = site.Share(own).Secret.Open();

            Assert.True(Frost.Sign(site.Share(own), copy, message, group, out var share).IsGood);

            var key = site.Site.Group.ToArray();
            Assert.Equal(PlainFrost.GroupCommitment(key, message, group), share!.GroupCommitment.ToArray());
            Assert.Equal(
                PlainFrost.Share(secret.Bytes.ToArray(), pair, key, message, group, own), share.Scalar.ToArray());
        }
    }

    [Fact]
    public void Coefficients_from_the_table_are_those_by_division()
    {
        var dice = new Dice(77);
        for (var round = 0; round < 200; round++)
        {
            var identifiers = dice.Choose(2 + dice.Below(6), round % 2 == 0 ? 16 : Frost.IdentifierMax);
            var coefficient = new byte[32];
            Lagrange.Coefficient(identifiers[0], identifiers, coefficient);

            Assert.Equal(PlainFrost.Coefficient(identifiers[0], identifiers), PlainCurve.Number(coefficient));
        }
    }

    [Fact]
    public void The_order_in_which_members_are_listed_does_not_matter()
    {
        using var site = new FrostFixture(11, members: 7, threshold: 3);
        var (nonces, group) = site.Commit(6, 2, 5);
        Assert.True(Frost.Sign(site.Share(6), nonces[0], Message, group, out var one).IsGood);
        Assert.True(Frost.Sign(site.Share(2), nonces[1], Message, [group[1], group[2], group[0]], out var two).IsGood);
        Commitment[] reversed = [group[2], group[1], group[0]];
        Assert.True(Frost.Sign(site.Share(5), nonces[2], Message, reversed, out var three).IsGood);

        Assert.True(Frost.Combine(site.Site, Message, [two!, three!, one!], out _).IsGood);
    }

    [Fact]
    public void A_nonce_signs_once_even_the_same_message()
    {
        using var site = new FrostFixture(12, members: 4, threshold: 2);
        var (nonces, group) = site.Commit(1, 2);
        Assert.True(Frost.Sign(site.Share(1), nonces[0], Message, group, out _).IsGood);

        Assert.Equal(
            FrostResult.Of(FrostFailure.NonceTaken),
            Frost.Sign(site.Share(1), nonces[0], Message, group, out var again));
        Assert.Null(again);
    }

    /// <summary>Rule N2: whoever can make us fail must not be able to make us try again.</summary>
    [Fact]
    public void A_nonce_is_gone_also_when_signing_is_refused()
    {
        using var site = new FrostFixture(13, members: 4, threshold: 2);
        var (nonces, group) = site.Commit(1, 2);
        var refused = Frost.Sign(site.Share(1), nonces[0], Message, group[..1], out _);
        Assert.Equal(FrostFailure.TooFewMembers, refused.Failure);

        Assert.Equal(FrostFailure.NonceTaken, Frost.Sign(site.Share(1), nonces[0], Message, group, out _).Failure);
    }

    /// <summary>Rule A3: with other points in the binding factors, the own nonces would not be bound.</summary>
    [Fact]
    public void A_signer_refuses_a_group_that_shows_other_points_than_it_made()
    {
        using var site = new FrostFixture(14, members: 4, threshold: 2);
        using var other = site.Nonce(1);
        Refuses(own => own with { Binding = other.Points[32..] });
        Refuses(own => own with { Hiding = other.Points[..32] });

        void Refuses(Func<Commitment, Commitment> change)
        {
            var (nonces, group) = site.Commit(1, 2);
            Assert.Equal(
                new FrostResult(FrostFailure.OwnCommitmentDiffers, 1),
                Frost.Sign(site.Share(1), nonces[0], Message, [change(group[0]), group[1]], out _));
        }
    }

    [Fact]
    public void A_signer_refuses_a_group_it_is_not_in()
    {
        using var site = new FrostFixture(15, members: 4, threshold: 2);
        var (_, group) = site.Commit(1, 2);
        using var nonce = site.Nonce(3);

        Assert.Equal(
            new FrostResult(FrostFailure.NotAMember, 3), Frost.Sign(site.Share(3), nonce, Message, group, out _));
    }

    [Fact]
    public void A_group_with_a_member_twice_or_unknown_is_refused()
    {
        using var site = new FrostFixture(16, members: 4, threshold: 2);
        var (_, group) = site.Commit(1, 2);

        Refuses(FrostFailure.MemberTwice, 2, [group[0], group[1], group[1]]);
        Refuses(FrostFailure.MemberUnknown, 5, [group[0], group[1] with { Identifier = 5 }]);
        Refuses(FrostFailure.MemberUnknown, 0, [group[0], group[1] with { Identifier = 0 }]);
        Refuses(FrostFailure.WrongLength, 1, [group[0] with { Hiding = default }, group[1]]);
        Refuses(FrostFailure.TooFewMembers, 0, group[..1]);

        void Refuses(FrostFailure failure, int culprit, Commitment[] members) => Assert.Equal(
            new FrostResult(failure, culprit), Frost.ComputeGroupCommitment(site.Site, members, Message, out _));
    }
}
