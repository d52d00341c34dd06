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

            result = OwnEntryIsRight(share, nonce, group);
            return result.IsGood ? SignInGroup(share, group, secretPair, message, out signed) : result;
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
    /// Combines what came from a group's members, given as identifier and 64 bytes (z, R); if that is no signature,
    /// finds whose share or commitment is to blame. With nobody to blame, shares of members are missing.
    /// </summary>
    /// <param name="site">The public side of the key.</param>
    /// <param name="members">The whole group with its commitments.</param>
    /// <param name="message">What was signed.</param>
    /// <param name="received">The shares, one from each member.</param>
    /// <param name="signature">The signature, 64 bytes, or nothing.</param>
    /// <param name="culprits">The identifiers at fault, ascending; empty if there is a signature.</param>
    public static FrostResult CombineOrBlame(
        SitePublicKey site,
        IReadOnlyList<Commitment> members,
        ReadOnlySpan<byte> message,
        IReadOnlyList<ReceivedShare> received,
        out byte[] signature,
        out IReadOnlyList<int> culprits)
    {
        ArgumentNullException.ThrowIfNull(received);
        var shares = new List<SignatureShare>(received.Count);
        foreach (var from in received)
        {
            if (SignatureShare.TryRead(from.Bytes.Span, out var share))
            {
                shares.Add(share);
            }
        }

        signature = [];
        var result = shares.Count == received.Count
            ? Combine(site, message, shares, out signature)
            : FrostResult.Of(FrostFailure.ScalarNotCanonical);
        culprits = result.IsGood ? [] : [.. ShareJudge.Culprits(site, members, message, received)];
        return result;
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
        return ShareJudge.Judge(site, members, message, identifier, share);
    }

    /// <summary>Rule A3: the group must show the very points that were made with the nonce.</summary>
    private static FrostResult OwnEntryIsRight(FrostShare share, FrostNonce nonce, SigningGroup group)
    {
        if (!group.TryFind(share.Identifier, out var own))
        {
            return new FrostResult(FrostFailure.NotAMember, share.Identifier);
        }

        return own.Hiding.Span.SequenceEqual(nonce.Points.Span[..Curve.PointLength])
            && own.Binding.Span.SequenceEqual(nonce.Points.Span[Curve.PointLength..])
            ? FrostResult.Good
            : new FrostResult(FrostFailure.OwnCommitmentDiffers, share.Identifier);
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
}
