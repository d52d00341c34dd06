using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Holdfast.Cryptography;

/// <summary>
/// FROST(Ed25519, SHA-512) (RFC 9591): so many shares as the threshold says make one plain Ed25519 signature. The
/// commitments must come from the caller's own agreed state, never from who asks for the signature (rule A3).
/// </summary>
public static class Frost
{
    /// <summary>The highest identifier of a share; the lowest is 1.</summary>
    public const int IdentifierMax = 255;

    /// <summary>
    /// Computes the own share (RFC 9591, section 5.2). Whatever comes out, the nonce is used up: it is zeroed before
    /// anything is computed, also if the members turn out to be unfit (rule N2).
    /// </summary>
    /// <param name="share">The own share of a key with threshold 2 or more.</param>
    /// <param name="nonce">The own nonce; its points must be the own entry among the members.</param>
    /// <param name="message">What is signed.</param>
    /// <param name="members">The whole group with its commitments, in any order.</param>
    /// <param name="signed">The share, if all is well.</param>
    public static FrostResult Sign(
        FrostShare share,
        FrostNonce nonce,
        ReadOnlySpan<byte> message,
        IReadOnlyList<Commitment> members,
        [NotNullWhen(true)] out SignatureShare? signed)
    {
        ArgumentNullException.ThrowIfNull(share);
        ArgumentNullException.ThrowIfNull(nonce);
        ArgumentNullException.ThrowIfNull(members);
        signed = null;
        Span<byte> secretPair = stackalloc byte[FrostNonce.SecretLength];
        try
        {
            if (!nonce.TryTake(secretPair))
            {
                return FrostResult.Of(FrostFailure.NonceTaken);
            }

            var result = SigningGroup.TryCreate(share.Site, members, message, out var group);
            if (group is null)
            {
                return result;
            }

            if (!group.TryFind(share.Identifier, out var own))
            {
                return new FrostResult(FrostFailure.NotAMember, share.Identifier);
            }

            if (!own.Hiding.Span.SequenceEqual(nonce.Points.Span[..Curve.PointLength])
                || !own.Binding.Span.SequenceEqual(nonce.Points.Span[Curve.PointLength..]))
            {
                return new FrostResult(FrostFailure.OwnCommitmentDiffers, share.Identifier);
            }

            return SignInGroup(share, group, secretPair, message, out signed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secretPair);
        }
    }

    /// <summary>R of a group: the sum of D + rho E over its members (RFC 9591, section 4.5).</summary>
    public static FrostResult ComputeGroupCommitment(
        SitePublicKey site,
        IReadOnlyList<Commitment> members,
        ReadOnlySpan<byte> message,
        out byte[] groupCommitment)
    {
        ArgumentNullException.ThrowIfNull(site);
        ArgumentNullException.ThrowIfNull(members);
        groupCommitment = new byte[Curve.PointLength];
        var result = SigningGroup.TryCreate(site, members, message, out var group);
        return group is null ? result : group.AddTerms(except: 0, groupCommitment, isEmpty: true);
    }

    /// <summary>
    /// Adds the shares of a group up to a signature and verifies it: about 50 us whatever their number. If this
    /// fails, <see cref="VerifyShare"/> says of each share whether it is at fault.
    /// </summary>
    public static FrostResult Combine(
        SitePublicKey site,
        ReadOnlySpan<byte> message,
        IReadOnlyList<SignatureShare> shares,
        out byte[] signature)
    {
        ArgumentNullException.ThrowIfNull(site);
        ArgumentNullException.ThrowIfNull(shares);
        signature = [];
        if (shares.Count < site.Threshold)
        {
            return FrostResult.Of(FrostFailure.TooFewMembers);
        }

        var sum = new byte[Ed25519.SignatureLength];
        shares[0].GroupCommitment.CopyTo(sum);
        var scalar = sum.AsSpan(Curve.PointLength);
        foreach (var share in shares)
        {
            if (!Curve.IsCanonicalScalar(share.Scalar))
            {
                return FrostResult.Of(FrostFailure.ScalarNotCanonical);
            }

            if (!share.GroupCommitment.SequenceEqual(shares[0].GroupCommitment))
            {
                return FrostResult.Of(FrostFailure.SharesDisagree);
            }

            Sodium.ScalarAdd(scalar, scalar, share.Scalar);
        }

        if (!Ed25519.Verify(site.Group.Span, message, sum))
        {
            return FrostResult.Of(FrostFailure.SignatureInvalid);
        }

        signature = sum;
        return FrostResult.Good;
    }

    /// <summary>
    /// Judges one member's share alone, for blame (RFC 9591, section 5.4). Everything is computed anew from the
    /// group's commitments; the verdict is the same on every machine. A failure whose culprit is another member than
    /// the one asked about says that this group cannot sign at all.
    /// </summary>
    public static FrostResult VerifyShare(
        SitePublicKey site,
        IReadOnlyList<Commitment> members,
        ReadOnlySpan<byte> message,
        int identifier,
        SignatureShare share)
    {
        ArgumentNullException.ThrowIfNull(site);
        ArgumentNullException.ThrowIfNull(members);
        ArgumentNullException.ThrowIfNull(share);
        if (site.Threshold == 1)
        {
            return VerifyWhole(site, message, identifier, share);
        }

        var result = SigningGroup.TryCreate(site, members, message, out var group);
        if (group is null)
        {
            return result;
        }

        if (!group.TryFind(identifier, out var commitment))
        {
            return new FrostResult(FrostFailure.NotAMember, identifier);
        }

        if (!Curve.IsValidPoint(commitment.Hiding.Span) || !Curve.IsValidPoint(commitment.Binding.Span))
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
        result = group.AddTerms(except: 0, groupCommitment, isEmpty: true);
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

    /// <summary>z = d + rho e + lambda s c. The own term of R is (d + rho e) B, which saves a multiplication.</summary>
    private static FrostResult SignInGroup(
        FrostShare share,
        SigningGroup group,
        ReadOnlySpan<byte> secretPair,
        ReadOnlySpan<byte> message,
        out SignatureShare? signed)
    {
        signed = null;
        Span<byte> sum = stackalloc byte[Curve.ScalarLength];
        Span<byte> keyTerm = stackalloc byte[Curve.ScalarLength];
        Span<byte> factor = stackalloc byte[Curve.ScalarLength];
        Span<byte> groupCommitment = stackalloc byte[Curve.PointLength];
        try
        {
            group.BindingFactorOf(share.Identifier, factor);
            secretPair[..Curve.ScalarLength].CopyTo(sum);
            Curve.ScalarMultiplyAdd(sum, factor, secretPair[Curve.ScalarLength..]);
            if (Sodium.BaseMultiply(groupCommitment, sum) != 0)
            {
                return FrostResult.Of(FrostFailure.Degenerate);
            }

            var result = group.AddTerms(share.Identifier, groupCommitment, isEmpty: false);
            if (!result.IsGood)
            {
                return result;
            }

            using var key = share.Secret.Open();
            group.CoefficientOf(share.Identifier, factor);
            Sodium.ScalarMultiply(keyTerm, factor, key.Bytes);
            FrostHash.Challenge(groupCommitment, share.Site.Group.Span, message, factor);
            Curve.ScalarMultiplyAdd(sum, factor, keyTerm);
            signed = new SignatureShare(sum, groupCommitment);
            return FrostResult.Good;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(sum);
            CryptographicOperations.ZeroMemory(keyTerm);
        }
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

    private static FrostResult VerifyWhole(
        SitePublicKey site, ReadOnlySpan<byte> message, int identifier, SignatureShare share)
    {
        if (!site.Knows(identifier))
        {
            return new FrostResult(FrostFailure.NotAMember, identifier);
        }

        return Combine(site, message, [share], out _).IsGood
            ? FrostResult.Good
            : new FrostResult(FrostFailure.ShareInvalid, identifier);
    }
}
