namespace Holdfast.Cryptography;

/// <summary>Plain Ed25519 signatures (RFC 8032, section 5.1).</summary>
public static class Ed25519
{
    /// <summary>Bytes of a seed: what RFC 8032 calls the private key.</summary>
    public const int SeedLength = 32;

    public const int PublicKeyLength = 32;

    public const int SignatureLength = 64;

    /// <summary>
    /// True if the signature is one of the message under the key. Cofactorless, as every replica must judge alike:
    /// refuses S at or above the group's order and keys or R of small order. Wrong lengths are simply not valid.
    /// </summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        publicKey.Length == PublicKeyLength
        && signature.Length == SignatureLength
        && Sodium.SignVerifyDetached(signature, message, (ulong)message.Length, publicKey) == 0;

    /// <summary>True if the bytes are a canonical point of the main subgroup, not the identity.</summary>
    public static bool IsValidPublicKey(ReadOnlySpan<byte> publicKey) => Curve.IsValidPoint(publicKey);

    /// <summary>The public key that belongs to a seed.</summary>
    public static byte[] PublicKeyOfSeed(ReadOnlySpan<byte> seed)
    {
        using var key = SigningKey.FromSeed(seed);
        return key.PublicKey.ToArray();
    }
}
