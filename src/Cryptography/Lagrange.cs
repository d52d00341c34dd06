using System.Numerics;

namespace Holdfast.Cryptography;

/// <summary>
/// Lagrange coefficients at zero over small identifiers (RFC 9591, section 4.2). The inverses of all possible
/// differences are kept in a table, so that a coefficient costs a few multiplications and no inversion.
/// </summary>
internal static class Lagrange
{
    private static readonly byte[] Inverses = InversesOfSmallNumbers();

    /// <summary>Writes the coefficient of the one identifier among all of them; they must be distinct.</summary>
    public static void Coefficient(int identifier, ReadOnlySpan<int> identifiers, Span<byte> coefficient)
    {
        Span<byte> factor = stackalloc byte[Curve.ScalarLength];
        coefficient.Clear();
        coefficient[0] = 1;
        foreach (var other in identifiers)
        {
            if (other == identifier)
            {
                continue;
            }

            SmallScalar(other, factor);
            Sodium.ScalarMultiply(coefficient, coefficient, factor);
            Sodium.ScalarMultiply(coefficient, coefficient, InverseOf(Math.Abs(other - identifier)));
            if (other < identifier)
            {
                Sodium.ScalarNegate(coefficient, coefficient);
            }
        }
    }

    /// <summary>An identifier as a scalar: 32 bytes, little endian.</summary>
    public static void SmallScalar(int identifier, Span<byte> scalar)
    {
        scalar[..Curve.ScalarLength].Clear();
        scalar[0] = checked((byte)identifier);
    }

    private static ReadOnlySpan<byte> InverseOf(int number) =>
        Inverses.AsSpan(number * Curve.ScalarLength, Curve.ScalarLength);

    private static byte[] InversesOfSmallNumbers()
    {
        var order = new BigInteger(Curve.Order, isUnsigned: true);
        var inverses = new BigInteger[Frost.IdentifierMax];
        var table = new byte[Frost.IdentifierMax * Curve.ScalarLength];
        for (var number = 1; number < Frost.IdentifierMax; number++)
        {
            // L = q * number + r, so 1/number = -q/r modulo L, and r is smaller than number.
            inverses[number] = number == 1
                ? BigInteger.One
                : (order - (order / number)) * inverses[(int)(order % number)] % order;
            inverses[number].TryWriteBytes(table.AsSpan(number * Curve.ScalarLength), out _, isUnsigned: true);
        }

        return table;
    }
}
