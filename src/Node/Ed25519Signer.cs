using Holdfast.Cryptography;
using Holdfast.Protocol;

namespace Holdfast.Node;

/// <summary>The replica's own Ed25519 key (RFC 8032).</summary>
public sealed class Ed25519Signer(SigningKey key) : IReplicaSigner
{
    public Bytes Sign(ReadOnlySpan<byte> message) => new(key.Sign(message));
}
