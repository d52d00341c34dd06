using System.Security.Cryptography;

namespace Holdfast.Cryptography;

/// <summary>
/// A pair of secret nonces with its public points, good for one share: <see cref="Frost.Sign"/> zeroes it before it
/// computes anything. To use one twice gives the site's key away.
/// </summary>
public sealed class FrostNonce : IDisposable
{
    /// <summary>Bytes of the two secret scalars, d before e.</summary>
    internal const int SecretLength = 2 * Curve.ScalarLength;

    // Pinned, so that the collector leaves no copies behind.
    private readonly byte[] _secret = GC.AllocateArray<byte>(SecretLength, pinned: true);
    private readonly byte[] _points;
    private int _taken;

    internal FrostNonce(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> points)
    {
        secret.CopyTo(_secret);
        _points = points.ToArray();
    }

    /// <summary>The points D and E, 64 bytes.</summary>
    public ReadOnlyMemory<byte> Points => _points;

    /// <summary>A fresh pair, each of fresh randomness and the secret share (RFC 9591, sections 4.1 and 5.1).</summary>
    public static FrostNonce Generate(FrostShare share, FillRandom random)
    {
        ArgumentNullException.ThrowIfNull(share);
        ArgumentNullException.ThrowIfNull(random);
        Span<byte> secret = stackalloc byte[SecretLength];
        Span<byte> points = stackalloc byte[Commitment.Length];
        Fill(share, random, secret, points);
        var nonce = new FrostNonce(secret, points);
        CryptographicOperations.ZeroMemory(secret);
        return nonce;
    }

    /// <summary>This pair's public half, as the member's entry in a group.</summary>
    public Commitment CommitmentOf(int identifier) => Commitment.FromPoints(identifier, _points);

    public void Dispose() => TryTake([]);

    public override string ToString() => $"nonce of {Convert.ToHexStringLower(_points.AsSpan(0, 8))}";

    internal static void Fill(FrostShare share, FillRandom random, Span<byte> secret, Span<byte> points)
    {
        Span<byte> dice = stackalloc byte[Curve.ScalarLength];
        using var key = share.Secret.Open();
        for (var half = 0; half < 2; half++)
        {
            var scalar = secret.Slice(half * Curve.ScalarLength, Curve.ScalarLength);
            random(dice);
            FrostHash.Nonce(dice, key.Bytes, scalar);
            if (Sodium.BaseMultiply(points.Slice(half * Curve.PointLength, Curve.PointLength), scalar) != 0)
            {
                throw new CryptographicException("Expected a nonce other than zero: the hash function is broken.");
            }
        }

        CryptographicOperations.ZeroMemory(dice);
    }

    /// <summary>Moves the secret pair out, once; an empty destination only destroys it.</summary>
    internal bool TryTake(Span<byte> destination)
    {
        if (Interlocked.Exchange(ref _taken, 1) != 0)
        {
            return false;
        }

        _secret.AsSpan(0, Math.Min(destination.Length, SecretLength)).CopyTo(destination);
        CryptographicOperations.ZeroMemory(_secret);
        return true;
    }
}
