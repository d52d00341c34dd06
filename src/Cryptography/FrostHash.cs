using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Holdfast.Cryptography;

/// <summary>The five hash functions of FROST(Ed25519, SHA-512) (RFC 9591, section 6.1).</summary>
internal static class FrostHash
{
    public const int DigestLength = 64;

    private static ReadOnlySpan<byte> BindingFactorPrefix => "FROST-ED25519-SHA512-v1rho"u8;

    private static ReadOnlySpan<byte> NoncePrefix => "FROST-ED25519-SHA512-v1nonce"u8;

    private static ReadOnlySpan<byte> MessagePrefix => "FROST-ED25519-SHA512-v1msg"u8;

    private static ReadOnlySpan<byte> CommitmentsPrefix => "FROST-ED25519-SHA512-v1com"u8;

    /// <summary>H1: the scalar that binds a member's second nonce to message and signer set.</summary>
    public static void BindingFactor(ReadOnlySpan<byte> common, ReadOnlySpan<byte> identifier, Span<byte> scalar) =>
        HashToScalar(BindingFactorPrefix, common, identifier, scalar);

    /// <summary>H2: Ed25519's own challenge, without a prefix, so that the result is a plain signature.</summary>
    public static void Challenge(
        ReadOnlySpan<byte> groupCommitment,
        ReadOnlySpan<byte> publicKey,
        ReadOnlySpan<byte> message,
        Span<byte> scalar) =>
        HashToScalar(groupCommitment, publicKey, message, scalar);

    /// <summary>H3: a nonce from randomness, hedged by the secret share.</summary>
    public static void Nonce(ReadOnlySpan<byte> random, ReadOnlySpan<byte> secret, Span<byte> scalar) =>
        HashToScalar(NoncePrefix, random, secret, scalar);

    /// <summary>H4: the digest of the message.</summary>
    public static void Message(ReadOnlySpan<byte> message, Span<byte> digest) =>
        Hash(MessagePrefix, message, [], digest);

    /// <summary>H5: the digest of the encoded commitments.</summary>
    public static void Commitments(ReadOnlySpan<byte> encoded, Span<byte> digest) =>
        Hash(CommitmentsPrefix, encoded, [], digest);

    /// <summary>Plain SHA-512, for the clamped scalar of an Ed25519 seed.</summary>
    public static void Plain(ReadOnlySpan<byte> bytes, Span<byte> digest) => Hash(bytes, [], [], digest);

    private static void HashToScalar(
        ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third, Span<byte> scalar)
    {
        Span<byte> digest = stackalloc byte[DigestLength];
        Hash(first, second, third, digest);
        Sodium.ScalarReduce(scalar, digest);
        CryptographicOperations.ZeroMemory(digest);
    }

    private static void Hash(
        ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third, Span<byte> digest)
    {
        // Words and not bytes, so that the native state is aligned.
        var state = MemoryMarshal.AsBytes(stackalloc ulong[Sodium.HashStateWords]);
        _ = Sodium.HashStart(state);
        _ = Sodium.HashAppend(state, first, (ulong)first.Length);
        _ = Sodium.HashAppend(state, second, (ulong)second.Length);
        _ = Sodium.HashAppend(state, third, (ulong)third.Length);
        _ = Sodium.HashFinish(state, digest);
        CryptographicOperations.ZeroMemory(state);
    }
}
