using System.Numerics;

namespace Holdfast.Cryptography.Tests;

/// <summary>
/// The Edwards curve of RFC 8032, section 5.1, in big integers: slow, plain, and with no line in common with what
/// it checks. Extended coordinates, complete addition.
/// </summary>
internal sealed record PlainCurve(BigInteger X, BigInteger Y, BigInteger Z, BigInteger T)
{
    public static readonly BigInteger Prime = BigInteger.Pow(2, 255) - 19;

    public static readonly BigInteger Order =
        BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493", null);

    public static readonly PlainCurve Identity = new(0, 1, 1, 0);

    private static readonly BigInteger Bend = Modulo(-121665 * Inverse(121666, Prime), Prime);

    public static PlainCurve Base { get; } = Decode(Encode(Modulo(4 * Inverse(5, Prime), Prime), isOdd: false));

    public static BigInteger Modulo(BigInteger value, BigInteger modulus) => ((value % modulus) + modulus) % modulus;

    public static BigInteger Inverse(BigInteger value, BigInteger modulus) =>
        BigInteger.ModPow(Modulo(value, modulus), modulus - 2, modulus);

    public static BigInteger Number(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true);

    public static byte[] Bytes(BigInteger number)
    {
        var bytes = new byte[32];
        number.TryWriteBytes(bytes, out _, isUnsigned: true);
        return bytes;
    }

    public static PlainCurve operator +(PlainCurve left, PlainCurve right)
    {
        var a = (left.Y - left.X) * (right.Y - right.X) % Prime;
        var b = (left.Y + left.X) * (right.Y + right.X) % Prime;
        var c = 2 * left.T * Bend * right.T % Prime;
        var d = 2 * left.Z * right.Z % Prime;
        return new PlainCurve(
            Modulo((b - a) * (d - c), Prime),
            Modulo((d + c) * (b + a), Prime),
            Modulo((d - c) * (d + c), Prime),
            Modulo((b - a) * (b + a), Prime));
    }

    public static PlainCurve operator *(BigInteger factor, PlainCurve point)
    {
        var product = Identity;
        for (var power = point; factor > 0; factor >>= 1, power += power)
        {
            product = factor.IsEven ? product : product + power;
        }

        return product;
    }

    public byte[] Encode()
    {
        var inverse = Inverse(Z, Prime);
        return Encode(Modulo(Y * inverse, Prime), !Modulo(X * inverse, Prime).IsEven);
    }

    public static PlainCurve Decode(ReadOnlySpan<byte> bytes)
    {
        var isOdd = bytes[31] >= 128;
        var y = Number(bytes) - (isOdd ? BigInteger.Pow(2, 255) : 0);
        var square = Modulo(((y * y) - 1) * Inverse((Bend * y * y) + 1, Prime), Prime);
        var x = BigInteger.ModPow(square, (Prime + 3) / 8, Prime);
        if (Modulo((x * x) - square, Prime) != 0)
        {
            x = x * BigInteger.ModPow(2, (Prime - 1) / 4, Prime) % Prime;
        }

        x = x.IsEven == isOdd ? Prime - x : x;
        return new PlainCurve(x, y, 1, Modulo(x * y, Prime));
    }

    private static byte[] Encode(BigInteger y, bool isOdd)
    {
        var bytes = Bytes(y);
        bytes[31] |= (byte)(isOdd ? 128 : 0);
        return bytes;
    }
}
