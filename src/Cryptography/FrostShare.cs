using System.Diagnostics.CodeAnalysis;

namespace Holdfast.Cryptography;

/// <summary>
/// One replica's share of its site's key (RFC 9591, section 5: the key package). With threshold 1 the share is the
/// whole key: an ordinary Ed25519 seed, which signs plainly (<see cref="SignWhole"/>).
/// </summary>
public sealed class FrostShare : IDisposable
{
    private readonly SigningKey? _whole;

    internal FrostShare(SitePublicKey site, int identifier, ReadOnlySpan<byte> secret)
    {
        Site = site;
        Identifier = identifier;
        Secret = new SecretBytes(secret);
        _whole = IsWholeKey ? SigningKey.FromSeed(secret) : null;
    }

    /// <summary>The public side of the same sharing.</summary>
    public SitePublicKey Site { get; }

    /// <summary>Which share this is, from 1; replica r holds r + 1.</summary>
    public int Identifier { get; }

    /// <summary>True with threshold 1: the secret is an Ed25519 seed and needs no nonces.</summary>
    public bool IsWholeKey => Site.Threshold == 1;

    public ReadOnlyMemory<byte> PublicShare => Site.ShareOf(Identifier);

    /// <summary>The share's scalar, or the seed if this is the whole key; 32 bytes.</summary>
    internal SecretBytes Secret { get; }

    /// <summary>Admits a share from elsewhere, if the secret belongs to the public share.</summary>
    public static FrostResult TryCreate(
        SitePublicKey site, int identifier, ReadOnlySpan<byte> secret, [NotNullWhen(true)] out FrostShare? share)
    {
        ArgumentNullException.ThrowIfNull(site);
        share = null;
        if (!site.Knows(identifier))
        {
            return new FrostResult(FrostFailure.MemberUnknown, identifier);
        }

        if (secret.Length != Curve.ScalarLength)
        {
            return FrostResult.Of(FrostFailure.WrongLength);
        }

        Span<byte> point = stackalloc byte[Curve.PointLength];
        if (site.Threshold == 1)
        {
            Ed25519.PublicKeyOfSeed(secret).CopyTo(point);
        }
        else if (!Curve.IsCanonicalScalar(secret))
        {
            return FrostResult.Of(FrostFailure.ScalarNotCanonical);
        }
        else if (Sodium.BaseMultiply(point, secret) != 0)
        {
            return FrostResult.Of(FrostFailure.SecretShareInvalid);
        }

        if (!point.SequenceEqual(site.ShareOf(identifier).Span))
        {
            return FrostResult.Of(FrostFailure.SecretShareInvalid);
        }

        share = new FrostShare(site, identifier, secret);
        return FrostResult.Good;
    }

    /// <summary>
    /// Signs with the whole key, threshold 1 only. The Ed25519 signature comes as a share (z, R), so that combining
    /// one share gives it back, and the rest of the system needs no second way.
    /// </summary>
    public SignatureShare SignWhole(ReadOnlySpan<byte> message)
    {
        if (_whole is null)
        {
            throw new InvalidOperationException($"Expected a whole key; found one of {Site.Threshold} shares.");
        }

        var signature = _whole.Sign(message);
        return new SignatureShare(signature.AsSpan(Curve.PointLength), signature.AsSpan(0, Curve.PointLength));
    }

    public void Dispose()
    {
        Secret.Dispose();
        _whole?.Dispose();
    }

    public override string ToString() =>
        $"share {Identifier} of {Site.Members} of site key {Convert.ToHexStringLower(Site.Group.Span)}"
        + $", epoch {Site.Epoch}";
}
