namespace Holdfast.Cryptography;

/// <summary>The group of Ed25519 as bytes: what we ask of points and scalars beyond libsodium's own checks.</summary>
internal static class Curve
{
    public const int PointLength = 32;

    public const int ScalarLength = 32;

    /// <summary>L = 2^252 + 27742317777372353535851937790883648493, little endian.</summary>
    public static ReadOnlySpan<byte> Order =>
    [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];

    /// <summary>Canonical, on the curve, in the main subgroup, not the identity.</summary>
    public static bool IsValidPoint(ReadOnlySpan<byte> point) =>
        point.Length == PointLength && Sodium.IsValidPoint(point) == 1;

    /// <summary>Below L. libsodium 1.0.18 has no such check. In constant time: it is asked of secrets too.</summary>
    public static bool IsCanonicalScalar(ReadOnlySpan<byte> scalar)
    {
        if (scalar.Length != ScalarLength)
        {
            return false;
        }

        var borrow = 0;
        for (var index = 0; index < ScalarLength; index++)
        {
            borrow = ((scalar[index] - Order[index] - borrow) >> 31) & 1;
        }

        return borrow == 1;
    }

    /// <summary>sum += left * right, modulo L.</summary>
    public static void ScalarMultiplyAdd(Span<byte> sum, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Span<byte> product = stackalloc byte[ScalarLength];
        Sodium.ScalarMultiply(product, left, right);
        Sodium.ScalarAdd(sum, sum, product);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(product);
    }
}
