namespace Holdfast.Cryptography;

/// <summary>The library underneath does not compute what it must; the process must not start.</summary>
public sealed class StartupSelfTestException : Exception
{
    public StartupSelfTestException()
    {
    }

    public StartupSelfTestException(string message)
        : base(message)
    {
    }

    public StartupSelfTestException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>
/// What must be true of the cryptography before a process signs anything: about 2 ms. It finds a missing or broken
/// libsodium, and one that takes points outside the main subgroup (CVE-2025-69277).
/// </summary>
public static class StartupSelfTest
{
    private const string Remedy = "; install a sound libsodium: apt-get install --only-upgrade libsodium23";

    /// <exception cref="LibsodiumMissingException">The library is not there.</exception>
    /// <exception cref="StartupSelfTestException">The library is there and wrong.</exception>
    public static void Run()
    {
        Require(PlainSignatureIsRight(), "the Ed25519 signature of RFC 8032, section 7.1, test 2", "another");
        Require(ThresholdSignatureIsRight(), "the FROST signature of RFC 9591, appendix E.1", "another");
        Require(MixedOrderIsRefused(), "a point outside the main subgroup to be refused", "it was taken");
    }

    internal static void Require(bool holds, string expected, string found)
    {
        if (!holds)
        {
            throw new StartupSelfTestException($"Expected {expected}; found: {found}{Remedy}");
        }
    }

    private static bool PlainSignatureIsRight()
    {
        using var key = SigningKey.FromSeed(Bytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
        var expected = Bytes(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
        return key.Sign([0x72]).AsSpan().SequenceEqual(expected)
            && Ed25519.Verify(key.PublicKey.Span, [0x72], expected);
    }

    private static bool ThresholdSignatureIsRight()
    {
        var polynomial = Bytes(
            "7b1c33d3f5291d85de664833beb1ad469f7fb6025a0ec78b3a790c6e13a98304"
            + "178199860edd8c62f5212ee91eff1295d0d670ab4ed4506866bae57e7030b204");
        using var deal = Dealer.DealPolynomial(polynomial, members: 3, epoch: 0);
        using var first = NonceOf(
            deal.Shares[0],
            "06894e04ee4aceec8619d5f6a0a180e2f47194d2ac306cba586b555e7c48d765"
            + "40d6f879ff22e22409f7d808fed81f37118e7d3e4af71c0f44c60207553bcbce");
        using var third = NonceOf(
            deal.Shares[2],
            "fa5d950626782aade9e33fa781376d4888c2d1de7c37518bc248eb818ed0cdde"
            + "7459a4d14ded0e365b085271be8dc6600d5b88f3978a2174297ffa32001a5afc");
        var message = "test"u8;
        Commitment[] members = [first.CommitmentOf(1), third.CommitmentOf(3)];
        _ = Frost.Sign(deal.Shares[0], first, message, members, out var one);
        _ = Frost.Sign(deal.Shares[2], third, message, members, out var other);
        if (one is null || other is null)
        {
            return false;
        }

        _ = Frost.Combine(deal.Site, message, [one, other], out var signature);
        return signature.AsSpan().SequenceEqual(Bytes(
            "154fb694ee7fcb37bf2381d94488c2a84b03b3352ad085feca81ad26d45852b7"
            + "ecfe971ce4da95c4a95db93ac376b053897fca212ef85f99cf696bffeb178f07"));
    }

    /// <summary>P + (0, -1): on the curve, but of twice the order of the main subgroup.</summary>
    private static bool MixedOrderIsRefused()
    {
        var orderTwo = Bytes("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
        Span<byte> two = stackalloc byte[Curve.ScalarLength];
        Lagrange.SmallScalar(2, two);
        Span<byte> point = stackalloc byte[Curve.PointLength];
        Span<byte> product = stackalloc byte[Curve.PointLength];
        return Sodium.BaseMultiply(point, two) == 0
            && Curve.IsValidPoint(point)
            && Sodium.PointMultiply(product, two, point) == 0
            && Sodium.PointAdd(point, point, orderTwo) == 0
            && !Curve.IsValidPoint(point)
            && Sodium.PointMultiply(product, two, point) != 0;
    }

    private static FrostNonce NonceOf(FrostShare share, string randomness)
    {
        var dice = Bytes(randomness);
        var used = 0;
        return FrostNonce.Generate(share, destination =>
        {
            dice.AsSpan(used, destination.Length).CopyTo(destination);
            used += destination.Length;
        });
    }

    private static byte[] Bytes(string hexadecimal) => Convert.FromHexString(hexadecimal);
}
