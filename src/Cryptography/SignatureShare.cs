using System.Diagnostics.CodeAnalysis;

namespace Holdfast.Cryptography;

/// <summary>A share as it came from a member: its identifier and the 64 bytes z, R, not yet looked at.</summary>
public readonly record struct ReceivedShare(int Identifier, ReadOnlyMemory<byte> Bytes);

/// <summary>
/// What one member adds to a signature: the scalar z, and the point R that it computed. R spares the combiner
/// the work and is for it alone: no signer ever uses a peer's R.
/// </summary>
public sealed class SignatureShare
{
    /// <summary>Bytes of z and R, in this order.</summary>
    public const int Length = Curve.ScalarLength + Curve.PointLength;

    private readonly byte[] _bytes;

    internal SignatureShare(ReadOnlySpan<byte> scalar, ReadOnlySpan<byte> groupCommitment) =>
        _bytes = [.. scalar, .. groupCommitment];

    /// <summary>z, 32 bytes.</summary>
    public ReadOnlySpan<byte> Scalar => _bytes.AsSpan(0, Curve.ScalarLength);

    /// <summary>R, 32 bytes.</summary>
    public ReadOnlySpan<byte> GroupCommitment => _bytes.AsSpan(Curve.ScalarLength);

    /// <summary>Takes 64 bytes from a peer; false if the length is wrong or z is not canonical (rule G1).</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out SignatureShare? share)
    {
        share = null;
        if (bytes.Length != Length || !Curve.IsCanonicalScalar(bytes[..Curve.ScalarLength]))
        {
            return false;
        }

        share = new SignatureShare(bytes[..Curve.ScalarLength], bytes[Curve.ScalarLength..]);
        return true;
    }

    public byte[] ToBytes() => [.. _bytes];
}
