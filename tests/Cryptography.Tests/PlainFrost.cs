using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Holdfast.Cryptography.Tests;

/// <summary>
/// RFC 9591 written down section by section over big integers, without any of the short cuts of the product: the
/// other opinion in the cross-checks.
/// </summary>
internal static class PlainFrost
{
    private const string Context = "FROST-ED25519-SHA512-v1";

    /// <summary>Section 4.1.</summary>
    public static BigInteger Nonce(byte[] random, byte[] secret) => Reduce(Prefixed("nonce", [.. random, .. secret]));

    /// <summary>Section 4.2: by division, no table.</summary>
    public static BigInteger Coefficient(int identifier, IEnumerable<int> members)
    {
        BigInteger numerator = 1, denominator = 1;
        foreach (var other in members.Where(other => other != identifier))
        {
            numerator *= other;
            denominator *= other - identifier;
        }

        return PlainCurve.Modulo(numerator * PlainCurve.Inverse(denominator, PlainCurve.Order), PlainCurve.Order);
    }

    /// <summary>Sections 4.3 and 4.4.</summary>
    public static byte[] BindingFactorInput(byte[] key, byte[] message, IEnumerable<Commitment> members, int identifier)
    {
        var encoded = members
            .OrderBy(member => member.Identifier)
            .SelectMany(member => (byte[])
                [.. PlainCurve.Bytes(member.Identifier), .. member.Hiding.ToArray(), .. member.Binding.ToArray()]);
        return
        [
            .. key, .. Prefixed("msg", message), .. Prefixed("com", [.. encoded]), .. PlainCurve.Bytes(identifier),
        ];
    }

    public static BigInteger BindingFactor(
        byte[] key, byte[] message, IEnumerable<Commitment> members, int identifier) =>
        Reduce(Prefixed("rho", BindingFactorInput(key, message, members, identifier)));

    /// <summary>Section 4.5.</summary>
    public static byte[] GroupCommitment(byte[] key, byte[] message, IReadOnlyList<Commitment> members) => members
        .Select(member => PlainCurve.Decode(member.Hiding.Span)
            + (BindingFactor(key, message, members, member.Identifier) * PlainCurve.Decode(member.Binding.Span)))
        .Aggregate(PlainCurve.Identity, (sum, term) => sum + term)
        .Encode();

    /// <summary>Section 4.6.</summary>
    public static BigInteger Challenge(byte[] groupCommitment, byte[] key, byte[] message) =>
        Reduce(SHA512.HashData([.. groupCommitment, .. key, .. message]));

    /// <summary>Section 5.2.</summary>
    public static byte[] Share(
        byte[] secret, byte[] noncePair, byte[] key, byte[] message, IReadOnlyList<Commitment> members, int identifier)
    {
        var hiding = PlainCurve.Number(noncePair.AsSpan(0, 32));
        var binding = PlainCurve.Number(noncePair.AsSpan(32));
        var challenge = Challenge(GroupCommitment(key, message, members), key, message);
        var coefficient = Coefficient(identifier, members.Select(member => member.Identifier));
        return PlainCurve.Bytes(
            (hiding
                + (binding * BindingFactor(key, message, members, identifier))
                + (coefficient * PlainCurve.Number(secret) * challenge)) % PlainCurve.Order);
    }

    private static byte[] Prefixed(string purpose, byte[] bytes) =>
        SHA512.HashData([.. Encoding.ASCII.GetBytes(Context + purpose), .. bytes]);

    private static BigInteger Reduce(byte[] digest) => PlainCurve.Number(digest) % PlainCurve.Order;
}
