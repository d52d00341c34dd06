using Holdfast.Cryptography;
using Holdfast.Protocol;

namespace Holdfast.Client;

/// <summary>Verifies Ed25519 signatures (RFC 8032), each anew.</summary>
internal sealed class PlainVerifier : IVerifier
{
    public bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        Ed25519.Verify(publicKey, message, signature);
}
