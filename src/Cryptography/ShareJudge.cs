namespace Holdfast.Cryptography;

/// <summary>Says of a share whether its sender is at fault (RFC 9591, section 5.4): the same everywhere.</summary>
internal static class ShareJudge
{
    /// <summary>The identifiers at fault among those whose shares came.</summary>
    public static SortedSet<int> Culprits(
        SitePublicKey site,
        IReadOnlyList<Commitment> members,
        ReadOnlySpan<byte> message,
        IReadOnlyList<ReceivedShare> received)
    {
        var culprits = new SortedSet<int>();
        foreach (var from in received)
        {
            if (!SignatureShare.TryRead(from.Bytes.Span, out var share))
            {
                culprits.Add(from.Identifier);
                continue;
            }

            var verdict = Judge(site, members, message, from.Identifier, share);
            if (IsFaultOfAMember(verdict.Failure))
            {
                culprits.Add(verdict.Culprit);
            }
        }

        return culprits;
    }

    public static FrostResult Judge(
        SitePublicKey site,
        IReadOnlyList<Commitment> members,
        ReadOnlySpan<byte> message,
        int identifier,
        SignatureShare share)
    {
        if (site.Threshold == 1)
        {
            return JudgeWhole(site, message, identifier, share);
        }

        var result = SigningGroup.TryCreate(site, members, message, out var group);
        if (group is null)
        {
            return result;
        }

        return group.TryFind(identifier, out var commitment)
            ? JudgeInGroup(site, group, commitment, message, share)
            : new FrostResult(FrostFailure.NotAMember, identifier);
    }

    /// <summary>All other failures are of the question: a group that the own machine should never have named.</summary>
    private static bool IsFaultOfAMember(FrostFailure failure) => failure
        is FrostFailure.CommitmentInvalid
        or FrostFailure.ScalarNotCanonical
        or FrostFailure.GroupCommitmentDiffers
        or FrostFailure.ShareInvalid;

    private static FrostResult JudgeInGroup(
        SitePublicKey site,
        SigningGroup group,
        in Commitment commitment,
        ReadOnlySpan<byte> message,
        SignatureShare share)
    {
        var identifier = commitment.Identifier;
        if (!commitment.ArePoints)
        {
            return new FrostResult(FrostFailure.CommitmentInvalid, identifier);
        }

        if (!Curve.IsCanonicalScalar(share.Scalar))
        {
            return new FrostResult(FrostFailure.ScalarNotCanonical, identifier);
        }

        // R is summed up just as a signer does it: a D of mixed order among the others must not make an honest share
        // look bad. Its owner is found when its own share is judged.
        Span<byte> groupCommitment = stackalloc byte[Curve.PointLength];
        var result = group.AddTerms(except: 0, groupCommitment, isEmpty: true);
        if (!result.IsGood)
        {
            return result;
        }

        if (!share.GroupCommitment.SequenceEqual(groupCommitment))
        {
            return new FrostResult(FrostFailure.GroupCommitmentDiffers, identifier);
        }

        return HoldsEquation(site, group, commitment, message, share)
            ? FrostResult.Good
            : new FrostResult(FrostFailure.ShareInvalid, identifier);
    }

    /// <summary>z B = D + rho E + (lambda c) Y.</summary>
    private static bool HoldsEquation(
        SitePublicKey site,
        SigningGroup group,
        in Commitment commitment,
        ReadOnlySpan<byte> message,
        SignatureShare share)
    {
        Span<byte> factor = stackalloc byte[Curve.ScalarLength];
        Span<byte> challenge = stackalloc byte[Curve.ScalarLength];
        Span<byte> left = stackalloc byte[Curve.PointLength];
        Span<byte> right = stackalloc byte[Curve.PointLength];
        Span<byte> keyTerm = stackalloc byte[Curve.PointLength];
        group.CoefficientOf(commitment.Identifier, factor);
        FrostHash.Challenge(share.GroupCommitment, site.Group.Span, message, challenge);
        Sodium.ScalarMultiply(factor, factor, challenge);
        return Sodium.BaseMultiply(left, share.Scalar) == 0
            && Sodium.PointMultiply(keyTerm, factor, site.ShareOf(commitment.Identifier).Span) == 0
            && group.TryTermOf(commitment, right)
            && Sodium.PointAdd(right, right, keyTerm) == 0
            && left.SequenceEqual(right);
    }

    private static FrostResult JudgeWhole(
        SitePublicKey site, ReadOnlySpan<byte> message, int identifier, SignatureShare share)
    {
        if (!site.Knows(identifier))
        {
            return new FrostResult(FrostFailure.NotAMember, identifier);
        }

        return Frost.Combine(site, message, [share], out _).IsGood
            ? FrostResult.Good
            : new FrostResult(FrostFailure.ShareInvalid, identifier);
    }
}
