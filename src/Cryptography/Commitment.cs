namespace Holdfast.Cryptography;

/// <summary>
/// A member's two public nonce points, D (hiding) and E (binding), 32 bytes each (RFC 9591, section 5.1).
/// Nothing is checked here: whoever uses them names what is wrong.
/// </summary>
public readonly record struct Commitment(int Identifier, ReadOnlyMemory<byte> Hiding, ReadOnlyMemory<byte> Binding)
{
    /// <summary>Bytes of the two points, D before E.</summary>
    public const int Length = 2 * Curve.PointLength;

    /// <summary>The member's commitment out of the 64 bytes D, E.</summary>
    public static Commitment FromPoints(int identifier, ReadOnlyMemory<byte> points)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(points.Length, Length, nameof(points));
        return new Commitment(identifier, points[..Curve.PointLength], points[Curve.PointLength..]);
    }

    /// <summary>The commitment at one index of a row's points.</summary>
    public static Commitment FromRow(int identifier, ReadOnlyMemory<byte> rowPoints, int index) =>
        FromPoints(identifier, rowPoints.Slice(index * Length, Length));

    /// <summary>Both are canonical points of the main subgroup other than the identity; about 80 us. Not asked before
    /// signing, where it would cost more than the share itself, but when it is asked who spoiled a signature.</summary>
    public bool ArePoints => Curve.IsValidPoint(Hiding.Span) && Curve.IsValidPoint(Binding.Span);

    internal bool HasRightLengths => Hiding.Length == Curve.PointLength && Binding.Length == Curve.PointLength;
}
