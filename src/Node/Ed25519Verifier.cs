using System.Security.Cryptography;
using Holdfast.Cryptography;
using Holdfast.Protocol;

namespace Holdfast.Node;

/// <summary>
/// Verifies Ed25519 signatures (RFC 8032), and remembers by digest which ones held: the same request comes from the
/// client, from its primary and in a batch, and is worth one check. May be used by any thread.
/// </summary>
public sealed class Ed25519Verifier : IVerifier
{
    /// <summary>Signatures remembered in each of two generations; about 100 bytes each.</summary>
    public const int Remembered = 64 * 1024;

    private readonly Lock _gate = new();
    private HashSet<Digest> _young = [];
    private HashSet<Digest> _old = [];
    private long _verified;

    /// <summary>Signatures that were really computed, so far; what was remembered does not count.</summary>
    public long Verified => Interlocked.Read(ref _verified);

    public bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var name = NameOf(publicKey, message, signature);
        if (IsRemembered(name))
        {
            return true;
        }

        Interlocked.Increment(ref _verified);
        if (!Ed25519.Verify(publicKey, message, signature))
        {
            return false;
        }

        Remember(name);
        return true;
    }

    // Key and signature have fixed lengths where they are valid, so no two triples share one sequence of bytes.
    private static Digest NameOf(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> lengths = [(byte)publicKey.Length, (byte)signature.Length];
        hash.AppendData(lengths);
        hash.AppendData(publicKey);
        hash.AppendData(signature);
        hash.AppendData(message);
        Span<byte> digest = stackalloc byte[Digest.Size];
        hash.GetHashAndReset(digest);
        return new Digest(digest);
    }

    private bool IsRemembered(Digest name)
    {
        lock (_gate)
        {
            if (_young.Contains(name))
            {
                return true;
            }

            if (!_old.Contains(name))
            {
                return false;
            }
        }

        // What is still in use moves on into the young generation.
        Remember(name);
        return true;
    }

    private void Remember(Digest name)
    {
        lock (_gate)
        {
            if (_young.Count >= Remembered)
            {
                (_old, _young) = (_young, _old);
                _young.Clear();
            }

            _young.Add(name);
        }
    }
}
