namespace Holdfast.Simulation;

/// <summary>
/// Signatures that cannot be forged because only this class can compute them, and it signs for whoever holds the
/// <see cref="IdealSigner"/>. Fast, and the same bytes for the same key and message, as Ed25519 gives.
/// </summary>
public sealed class IdealSignatures(ulong secret) : IVerifier
{
    private const int HalfBytes = Limits.SignatureBytes / 2;

    /// <summary>The signing half of a key; whoever has it can sign.</summary>
    public IdealSigner KeyOf(string owner)
    {
        var key = new byte[Limits.PublicKeyBytes];
        Mix.Fill(key, secret, Bytes.FromText(owner).Span);
        return new IdealSigner(this, new Bytes(key));
    }

    /// <summary>A signature with the given first half: like R of Ed25519, it lets one key sign a message in many
    /// ways.</summary>
    internal Bytes Sign(Bytes publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> first)
    {
        var signature = new byte[Limits.SignatureBytes];
        first.CopyTo(signature);
        Bind(publicKey.Span, message, first, signature.AsSpan(HalfBytes));
        return new Bytes(signature);
    }

    public bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != Limits.SignatureBytes)
        {
            return false;
        }

        Span<byte> expected = stackalloc byte[HalfBytes];
        Bind(publicKey, message, signature[..HalfBytes], expected);
        return expected.SequenceEqual(signature[HalfBytes..]);
    }

    private void Bind(
        ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> first, Span<byte> second) =>
        Mix.Fill(second, Mix.Of(Mix.Of(secret, publicKey), first), message);
}

/// <summary>One ideal key that can sign.</summary>
public sealed class IdealSigner(IdealSignatures signatures, Bytes publicKey) : Node.IReplicaSigner
{
    public Bytes PublicKey { get; } = publicKey;

    public Bytes Sign(ReadOnlySpan<byte> message)
    {
        Span<byte> first = stackalloc byte[Limits.SignatureBytes / 2];
        first.Clear();
        return signatures.Sign(PublicKey, message, first);
    }
}
