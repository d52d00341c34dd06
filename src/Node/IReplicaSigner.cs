using Holdfast.Protocol;

namespace Holdfast.Node;

/// <summary>Signs in the name of one replica; the only holder of its key.</summary>
public interface IReplicaSigner
{
    /// <summary>An Ed25519 signature, 64 bytes: equal messages give equal bytes.</summary>
    Bytes Sign(ReadOnlySpan<byte> message);
}
