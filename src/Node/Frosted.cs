using System.Diagnostics.CodeAnalysis;
using Holdfast.Cryptography;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Node;

/// <summary>The protocol's values in the words of FROST: replica r holds share r + 1.</summary>
internal static class Frosted
{
    public static Commitment CommitmentOf(int replica, NoncePoints points)
    {
        var both = new byte[Commitment.Length];
        points.Hiding.CopyTo(both);
        points.Binding.CopyTo(both.AsSpan(Digest.Size));
        return Commitment.FromPoints(replica + 1, both);
    }

    public static bool TryRead(Digest response, Digest groupCommitment, [NotNullWhen(true)] out SignatureShare? share)
    {
        Span<byte> both = stackalloc byte[SignatureShare.Length];
        response.CopyTo(both);
        groupCommitment.CopyTo(both[Digest.Size..]);
        return SignatureShare.TryRead(both, out share);
    }
}
