namespace Holdfast.Cryptography;

/// <summary>An Ed25519 key that can sign. Its secret half lies in guarded memory and is zeroed on dispose.</summary>
public sealed class SigningKey : IDisposable
{
    // libsodium's form of a secret key: the seed, then the public key.
    private const int SecretLength = Ed25519.SeedLength + Ed25519.PublicKeyLength;

    private readonly SecretBytes _secret = new(SecretLength);
    private readonly byte[] _publicKey = new byte[Ed25519.PublicKeyLength];

    private SigningKey(ReadOnlySpan<byte> seed)
    {
        using var secret = _secret.Open();
        _ = Sodium.SignSeedKeyPair(_publicKey, secret.Bytes, seed);
    }

    public ReadOnlyMemory<byte> PublicKey => _publicKey;

    /// <summary>The key pair of a 32-byte seed; the caller's copy of the seed is the caller's to zero.</summary>
    public static SigningKey FromSeed(ReadOnlySpan<byte> seed)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(seed.Length, Ed25519.SeedLength, nameof(seed));
        return new SigningKey(seed);
    }

    /// <summary>A new key pair from the given source of randomness.</summary>
    public static SigningKey Generate(FillRandom random)
    {
        ArgumentNullException.ThrowIfNull(random);
        using var seed = new SecretBytes(Ed25519.SeedLength);
        using var lease = seed.Open();
        random(lease.Bytes);
        return new SigningKey(lease.Bytes);
    }

    /// <summary>The 64-byte signature of the message: equal messages give equal bytes.</summary>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        var signature = new byte[Ed25519.SignatureLength];
        Sign(message, signature);
        return signature;
    }

    /// <summary>Writes the signature into the first 64 bytes of the destination.</summary>
    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(signature.Length, Ed25519.SignatureLength, nameof(signature));
        using var secret = _secret.Open();
        _ = Sodium.SignDetached(signature, 0, message, (ulong)message.Length, secret.Bytes);
    }

    public void Dispose() => _secret.Dispose();

    /// <summary>Names the key by its public half; never shows the secret one.</summary>
    public override string ToString() => $"signing key of {Convert.ToHexStringLower(_publicKey)}";

    internal void CopySeedTo(Span<byte> seed)
    {
        using var secret = _secret.Open();
        secret.Bytes[..Ed25519.SeedLength].CopyTo(seed);
    }
}
