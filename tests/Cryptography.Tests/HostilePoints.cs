namespace Holdfast.Cryptography.Tests;

/// <summary>Bytes that look like points and must not be taken for good ones.</summary>
internal static class HostilePoints
{
    public static readonly byte[] Identity = Convert.FromHexString(
        "0100000000000000000000000000000000000000000000000000000000000000");

    public static readonly byte[] OrderTwo = Convert.FromHexString(
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");

    public static readonly byte[] OrderFour = new byte[32];

    public static readonly byte[] OrderEight = Convert.FromHexString(
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");

    /// <summary>The identity's y plus the field's prime: the same point in other bytes.</summary>
    public static readonly byte[] NotCanonical = Convert.FromHexString(
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");

    public static readonly byte[] OffTheCurve = Convert.FromHexString(
        "0200000000000000000000000000000000000000000000000000000000000000");

    public static readonly IReadOnlyList<byte[]> SmallOrder = [Identity, OrderTwo, OrderFour, OrderEight];

    /// <summary>A good point plus one of order 2, 4 or 8: on the curve, outside the main subgroup.</summary>
    public static IEnumerable<byte[]> MixedOrder(byte[] point) =>
        SmallOrder.Skip(1).Select(small => (PlainCurve.Decode(point) + PlainCurve.Decode(small)).Encode());
}
