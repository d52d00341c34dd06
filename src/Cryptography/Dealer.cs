namespace Holdfast.Cryptography;

/// <summary>What a dealer made: the site's public key and a share for each replica, to give out and erase.</summary>
public sealed class SiteKeyDeal : IDisposable
{
    internal SiteKeyDeal(SitePublicKey site, IReadOnlyList<FrostShare> shares)
    {
        Site = site;
        Shares = shares;
    }

    public SitePublicKey Site { get; }

    /// <summary>In the order of the replicas: share i + 1 for replica i.</summary>
    public IReadOnlyList<FrostShare> Shares { get; }

    public void Dispose()
    {
        foreach (var share in Shares)
        {
            share.Dispose();
        }
    }
}

/// <summary>
/// Splits a site's key by a random polynomial (RFC 9591, appendix C). The key is that of an Ed25519 seed; with
/// threshold 1 the seed itself is the one share, else its clamped scalar modulo L is dealt and the seed forgotten.
/// So a site may grow from one replica to several without a new public key.
/// </summary>
public static class Dealer
{
    /// <summary>Deals a new key.</summary>
    public static SiteKeyDeal Deal(int members, int threshold, ulong epoch, FillRandom random)
    {
        ArgumentNullException.ThrowIfNull(random);
        using var seed = new SecretBytes(Ed25519.SeedLength);
        using var lease = seed.Open();
        random(lease.Bytes);
        return DealSeed(lease.Bytes, members, threshold, epoch, random);
    }

    /// <summary>Deals the key of a given seed; the caller's copy of the seed is the caller's to zero.</summary>
    public static SiteKeyDeal DealSeed(
        ReadOnlySpan<byte> seed, int members, int threshold, ulong epoch, FillRandom random)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfNotEqual(seed.Length, Ed25519.SeedLength, nameof(seed));
        if (!SitePublicKey.FitsThreshold(threshold, members))
        {
            throw new ArgumentException($"A key for {members} members cannot have threshold {threshold}.");
        }

        var group = Ed25519.PublicKeyOfSeed(seed);
        if (threshold == 1)
        {
            var whole = new SitePublicKey(epoch, threshold, group, [group]);
            return new SiteKeyDeal(whole, [new FrostShare(whole, 1, seed)]);
        }

        using var polynomial = new SecretBytes(threshold * Curve.ScalarLength);
        using var coefficients = polynomial.Open();
        ClampedScalar(seed, coefficients.Bytes[..Curve.ScalarLength]);
        for (var degree = 1; degree < threshold; degree++)
        {
            RandomScalar(random, coefficients.Bytes.Slice(degree * Curve.ScalarLength, Curve.ScalarLength));
        }

        return DealPolynomial(coefficients.Bytes, members, epoch);
    }

    /// <summary>Deals a polynomial, the constant term (the key) first; the caller zeroes it.</summary>
    internal static SiteKeyDeal DealPolynomial(ReadOnlySpan<byte> coefficients, int members, ulong epoch)
    {
        var threshold = coefficients.Length / Curve.ScalarLength;
        using var secrets = new SecretBytes(members * Curve.ScalarLength);
        using var lease = secrets.Open();
        var shares = new byte[members][];
        for (var identifier = 1; identifier <= members; identifier++)
        {
            var value = lease.Bytes.Slice((identifier - 1) * Curve.ScalarLength, Curve.ScalarLength);
            Evaluate(coefficients, identifier, value);
            shares[identifier - 1] = PublicOf(value);
        }

        var site = new SitePublicKey(epoch, threshold, PublicOf(coefficients[..Curve.ScalarLength]), shares);
        var dealt = new FrostShare[members];
        for (var identifier = 1; identifier <= members; identifier++)
        {
            var value = lease.Bytes.Slice((identifier - 1) * Curve.ScalarLength, Curve.ScalarLength);
            dealt[identifier - 1] = new FrostShare(site, identifier, value);
        }

        return new SiteKeyDeal(site, dealt);
    }

    /// <summary>Horner's rule, from the highest coefficient down.</summary>
    private static void Evaluate(ReadOnlySpan<byte> coefficients, int identifier, Span<byte> value)
    {
        Span<byte> argument = stackalloc byte[Curve.ScalarLength];
        Lagrange.SmallScalar(identifier, argument);
        value.Clear();
        for (var start = coefficients.Length - Curve.ScalarLength; start >= 0; start -= Curve.ScalarLength)
        {
            Sodium.ScalarMultiply(value, value, argument);
            Sodium.ScalarAdd(value, value, coefficients.Slice(start, Curve.ScalarLength));
        }
    }

    /// <summary>The scalar that Ed25519 makes of a seed (RFC 8032, section 5.1.5), modulo L: same public key.</summary>
    private static void ClampedScalar(ReadOnlySpan<byte> seed, Span<byte> scalar)
    {
        using var memory = new SecretBytes(2 * FrostHash.DigestLength);
        using var lease = memory.Open();
        var digest = lease.Bytes[..FrostHash.DigestLength];
        FrostHash.Plain(seed, digest);
        digest[0] &= 248;
        digest[31] &= 127;
        digest[31] |= 64;
        var wide = lease.Bytes[FrostHash.DigestLength..];
        wide.Clear();
        digest[..Curve.ScalarLength].CopyTo(wide);
        Sodium.ScalarReduce(scalar, wide);
    }

    private static void RandomScalar(FillRandom random, Span<byte> scalar)
    {
        using var memory = new SecretBytes(FrostHash.DigestLength);
        using var wide = memory.Open();
        random(wide.Bytes);
        Sodium.ScalarReduce(scalar, wide.Bytes);
    }

    private static byte[] PublicOf(ReadOnlySpan<byte> scalar)
    {
        var point = new byte[Curve.PointLength];
        if (Sodium.BaseMultiply(point, scalar) != 0)
        {
            throw new System.Security.Cryptography.CryptographicException(
                "Expected a scalar other than zero: the source of randomness is broken.");
        }

        return point;
    }
}
