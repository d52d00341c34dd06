namespace Holdfast.Cryptography.Tests;

/// <summary>A bad share is found and its sender named; an honest one can never be made to look bad.</summary>
public sealed class FrostBlameTests
{
    private static readonly byte[] Message = FrostFixture.Message;

    [Fact]
    public void A_forged_share_spoils_the_sum_and_is_named()
    {
        using var site = new FrostFixture(20, members: 7, threshold: 3);
        var (nonces, group) = site.Commit(1, 4, 7);
        var shares = site.SignAll(Message, nonces, group);
        var forged = new SignatureShare(shares[0].Scalar, shares[1].GroupCommitment);
        SignatureShare[] received = [shares[0], forged, shares[2]];

        Assert.Equal(
            FrostResult.Of(FrostFailure.SignatureInvalid),
            Frost.Combine(site.Site, Message, received, out var signature));
        Assert.Empty(signature);
        Assert.Equal(FrostResult.Good, Judge(site, group, 1, received[0]));
        Assert.Equal(new FrostResult(FrostFailure.ShareInvalid, 4), Judge(site, group, 4, received[1]));
        Assert.Equal(FrostResult.Good, Judge(site, group, 7, received[2]));
    }

    [Fact]
    public void A_combiner_gets_the_signature_or_the_names_of_all_at_fault()
    {
        using var site = new FrostFixture(19, members: 7, threshold: 3);
        var (nonces, group) = site.Commit(6, 4, 2);
        var shares = site.SignAll(Message, nonces, group);
        ReceivedShare[] good =
        [
            .. group.Zip(shares, (who, share) => new ReceivedShare(who.Identifier, share.ToBytes())),
        ];
        Assert.Equal(FrostResult.Good, Combine(good, out var signature, out var culprits));
        Assert.True(Ed25519.Verify(site.Site.Group.Span, Message, signature));
        Assert.Empty(culprits);

        var garbage = good[0] with { Bytes = Enumerable.Repeat((byte)0xff, SignatureShare.Length).ToArray() };
        var swapped = good[2] with { Bytes = good[1].Bytes };
        Assert.False(Combine([garbage, good[1], swapped], out signature, out culprits).IsGood);
        Assert.Equal([2, 6], culprits);
        Assert.Empty(signature);
        Assert.False(Combine([good[0], good[1], swapped], out _, out culprits).IsGood);
        Assert.Equal([2], culprits);
        Assert.Equal(FrostFailure.TooFewMembers, Combine(good[..2], out _, out culprits).Failure);
        Assert.Empty(culprits);

        FrostResult Combine(ReceivedShare[] received, out byte[] signature, out IReadOnlyList<int> culprits) =>
            Frost.CombineOrBlame(site.Site, group, Message, received, out signature, out culprits);
    }

    [Fact]
    public void A_wrong_R_is_named_too()
    {
        using var site = new FrostFixture(21, members: 4, threshold: 2);
        var (nonces, group) = site.Commit(1, 2);
        var shares = site.SignAll(Message, nonces, group);
        var lying = new SignatureShare(shares[1].Scalar, site.Site.Group.Span);

        Assert.Equal(
            FrostResult.Of(FrostFailure.SharesDisagree), Frost.Combine(site.Site, Message, [shares[0], lying], out _));
        Assert.Equal(new FrostResult(FrostFailure.GroupCommitmentDiffers, 2), Judge(site, group, 2, lying));
    }

    [Fact]
    public void A_share_for_another_message_or_another_group_is_a_bad_share()
    {
        using var site = new FrostFixture(22, members: 4, threshold: 2);
        var (nonces, group) = site.Commit(1, 2);
        Assert.True(Frost.Sign(site.Share(1), nonces[0], "another"u8, group, out var otherMessage).IsGood);
        Assert.False(Judge(site, group, 1, otherMessage!).IsGood);

        var again = site.Nonce(1);
        Commitment[] wider = [again.CommitmentOf(1), group[1], site.Nonce(3).CommitmentOf(3)];
        Assert.True(Frost.Sign(site.Share(1), again, Message, wider, out var otherGroup).IsGood);
        Assert.True(Judge(site, wider, 1, otherGroup!).IsGood);
        Assert.False(Judge(site, [wider[0], wider[1]], 1, otherGroup!).IsGood);
    }

    [Fact]
    public void A_share_of_another_sites_key_is_a_bad_share()
    {
        using var site = new FrostFixture(23, members: 4, threshold: 2);
        using var other = new FrostFixture(24, members: 4, threshold: 2);
        var (nonces, group) = site.Commit(1, 2);
        Assert.True(Frost.Sign(other.Share(1), nonces[0], Message, group, out var share).IsGood);

        Assert.False(Judge(site, group, 1, share!).IsGood);
        Assert.Equal(FrostFailure.ShareInvalid, Judge(site, group, 1, WithR(site, group, share!)).Failure);
    }

    /// <summary>Rule G1: z and z + L would be two encodings of one share.</summary>
    [Fact]
    public void A_scalar_at_or_above_L_is_refused_everywhere()
    {
        using var site = new FrostFixture(25, members: 4, threshold: 2);
        var (nonces, group) = site.Commit(1, 2);
        var shares = site.SignAll(Message, nonces, group);
        var higher = PlainCurve.Bytes(PlainCurve.Number(shares[0].Scalar) + PlainCurve.Order);
        var twice = new SignatureShare(higher, shares[0].GroupCommitment);

        Assert.False(SignatureShare.TryRead(twice.ToBytes(), out _));
        Assert.Equal(
            FrostResult.Of(FrostFailure.ScalarNotCanonical),
            Frost.Combine(site.Site, Message, [twice, shares[1]], out _));
        Assert.Equal(new FrostResult(FrostFailure.ScalarNotCanonical, 1), Judge(site, group, 1, twice));
    }

    [Theory]
    [InlineData(-2, true)]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(256, false)]
    public void The_border_of_canonical_scalars_is_L(int distance, bool isCanonical)
    {
        Assert.Equal(isCanonical, Curve.IsCanonicalScalar(PlainCurve.Bytes(PlainCurve.Order + distance)));
        Assert.True(Curve.IsCanonicalScalar(new byte[32]));
        Assert.False(Curve.IsCanonicalScalar(Convert.FromHexString(new string('f', 64))));
        Assert.False(Curve.IsCanonicalScalar(new byte[31]));
    }

    [Fact]
    public void Points_of_small_or_mixed_order_not_canonical_or_off_the_curve_are_no_good_points()
    {
        using var site = new FrostFixture(26, members: 4, threshold: 2);
        byte[][] hostile =
        [
            .. HostilePoints.SmallOrder,
            .. HostilePoints.MixedOrder(site.Site.Group.ToArray()),
            HostilePoints.NotCanonical,
            HostilePoints.OffTheCurve,
        ];
        Assert.Equal(9, hostile.Length);
        foreach (var point in hostile)
        {
            Assert.False(Curve.IsValidPoint(point));
            var (nonces, group) = site.Commit(1, 2);
            Commitment[] badBinding = [group[0], group[1] with { Binding = point }];
            Assert.Equal(
                new FrostResult(FrostFailure.CommitmentInvalid, 2),
                Frost.Sign(site.Share(1), nonces[0], Message, badBinding, out _));
            Assert.Equal(
                new FrostResult(FrostFailure.CommitmentInvalid, 2),
                Judge(site, badBinding, 2, new SignatureShare(new byte[32], point)));

            Commitment[] badHiding = [group[0], group[1] with { Hiding = point }];
            Assert.Equal(
                new FrostResult(FrostFailure.CommitmentInvalid, 2),
                Judge(site, badHiding, 2, new SignatureShare(new byte[32], point)));
        }
    }

    /// <summary>Signers do not check the others' D, so blame must tell its owner from the other signers.</summary>
    [Fact]
    public void A_hiding_point_of_mixed_order_blames_its_owner_and_nobody_else()
    {
        using var site = new FrostFixture(27, members: 4, threshold: 2);
        foreach (var index in Enumerable.Range(0, 3))
        {
            var (nonces, group) = site.Commit(1, 2);
            var mixed = HostilePoints.MixedOrder(group[1].Hiding.ToArray()).ElementAt(index);
            Commitment[] members = [group[0], group[1] with { Hiding = mixed }];
            Assert.True(Frost.Sign(site.Share(1), nonces[0], Message, members, out var honest).IsGood);
            using var culprit = new FrostNonce(Taken(nonces[1]), (byte[])[.. mixed, .. group[1].Binding.Span]);
            Assert.True(Frost.Sign(site.Share(2), culprit, Message, members, out var bad).IsGood);

            Assert.False(Frost.Combine(site.Site, Message, [honest!, bad!], out _).IsGood);
            Assert.Equal(FrostResult.Good, Judge(site, members, 1, honest!));
            Assert.Equal(new FrostResult(FrostFailure.CommitmentInvalid, 2), Judge(site, members, 2, bad!));
        }
    }

    [Fact]
    public void Who_is_not_in_the_group_cannot_be_judged()
    {
        using var site = new FrostFixture(28, members: 4, threshold: 2);
        var (nonces, group) = site.Commit(1, 2);
        var shares = site.SignAll(Message, nonces, group);

        Assert.Equal(new FrostResult(FrostFailure.NotAMember, 3), Judge(site, group, 3, shares[0]));
        Assert.Equal(new FrostResult(FrostFailure.NotAMember, 0), Judge(site, group, 0, shares[0]));
    }

    [Fact]
    public void Fewer_shares_than_the_threshold_make_nothing()
    {
        using var site = new FrostFixture(29, members: 7, threshold: 3);
        var (nonces, group) = site.Commit(1, 4, 7);
        var shares = site.SignAll(Message, nonces, group);

        Assert.Equal(FrostFailure.TooFewMembers, Frost.Combine(site.Site, Message, shares[..2], out _).Failure);
        Assert.Equal(FrostFailure.TooFewMembers, Frost.Combine(site.Site, Message, [], out _).Failure);
    }

    private static byte[] Taken(FrostNonce nonce)
    {
        var pair = new byte[64];
        Assert.True(nonce.TryTake(pair));
        return pair;
    }

    private static SignatureShare WithR(FrostFixture site, Commitment[] group, SignatureShare share)
    {
        Assert.True(Frost.ComputeGroupCommitment(site.Site, group, Message, out var commitment).IsGood);
        return new SignatureShare(share.Scalar, commitment);
    }

    private static FrostResult Judge(FrostFixture site, Commitment[] group, int identifier, SignatureShare share) =>
        Frost.VerifyShare(site.Site, group, Message, identifier, share);
}
