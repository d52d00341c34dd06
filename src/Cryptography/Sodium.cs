using System.Runtime.InteropServices;

namespace Holdfast.Cryptography;

/// <summary>
/// The functions of libsodium that we use, and nothing else of it. All take and give bytes; those that return an
/// int give 0 for success. Lengths are the caller's duty: the native side does not know them.
/// </summary>
internal static partial class Sodium
{
    /// <summary>Size of the native state of a running SHA-512, in 64-bit words.</summary>
    public const int HashStateWords = 26;

    // A static constructor that cannot throw, so that a missing library is reported by its own exception.
    static Sodium() => NativeLibrary.SetDllImportResolver(typeof(Sodium).Assembly, SodiumLibrary.Resolve);

    [LibraryImport(SodiumLibrary.Name, EntryPoint = "sodium_malloc")]
    public static partial nint Allocate(nuint length);

    [LibraryImport(SodiumLibrary.Name, EntryPoint = "sodium_free")]
    public static partial void Free(nint memory);

    [LibraryImport(SodiumLibrary.Name, EntryPoint = "crypto_sign_seed_keypair")]
    public static partial int SignSeedKeyPair(Span<byte> publicKey, Span<byte> secretKey, ReadOnlySpan<byte> seed);

    [LibraryImport(SodiumLibrary.Name, EntryPoint = "crypto_sign_detached")]
    public static partial int SignDetached(
        Span<byte> signature,
        nint signatureLength,
        ReadOnlySpan<byte> message,
        ulong length,
        ReadOnlySpan<byte> secretKey);

    [LibraryImport(SodiumLibrary.Name, EntryPoint = "crypto_sign_verify_detached")]
    public static partial int SignVerifyDetached(
        ReadOnlySpan<byte> signature, ReadOnlySpan<byte> message, ulong length, ReadOnlySpan<byte> publicKey);

    /// <summary>1 if the point is canonical, on the curve, in the main subgroup and not the identity.</summary>
    [LibraryImport(SodiumLibrary.Name, EntryPoint = "crypto_core_ed25519_is_valid_point")]
    public static partial int IsValidPoint(ReadOnlySpan<byte> point);

    /// <summary>Checks no more than that both are on the curve: takes the identity and points of mixed order.</summary>
    [LibraryImport(SodiumLibrary.Name, EntryPoint = "crypto_core_ed25519_add")]
    public static partial int PointAdd(Span<byte> sum, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right);

    /// <summary>Refuses points outside the main subgroup, a factor of zero, and the identity as a result.</summary>
    [LibraryImport(SodiumLibrary.Name, EntryPoint = "crypto_scalarmult_ed25519_noclamp")]
    public static partial int PointMultiply(Span<byte> product, ReadOnlySpan<byte> scalar, ReadOnlySpan<byte> point);

    /// <summary>Refuses a factor of zero; takes scalars at or above the group's order.</summary>
    [LibraryImport(SodiumLibrary.Name, EntryPoint = "crypto_scalarmult_ed25519_base_noclamp")]
    public static partial int BaseMultiply(Span<byte> product, ReadOnlySpan<byte> scalar);

    [LibraryImport(SodiumLibrary.Name, EntryPoint = "crypto_core_ed25519_scalar_add")]
    public static partial void ScalarAdd(Span<byte> sum, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right);

    [LibraryImport(SodiumLibrary.Name, EntryPoint = "crypto_core_ed25519_scalar_mul")]
    public static partial void ScalarMultiply(Span<byte> product, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right);

    [LibraryImport(SodiumLibrary.Name, EntryPoint = "crypto_core_ed25519_scalar_negate")]
    public static partial void ScalarNegate(Span<byte> negative, ReadOnlySpan<byte> scalar);

    /// <summary>64 bytes, little endian, modulo the group's order.</summary>
    [LibraryImport(SodiumLibrary.Name, EntryPoint = "crypto_core_ed25519_scalar_reduce")]
    public static partial void ScalarReduce(Span<byte> scalar, ReadOnlySpan<byte> wide);

    [LibraryImport(SodiumLibrary.Name, EntryPoint = "crypto_hash_sha512_init")]
    public static partial int HashStart(Span<byte> state);

    [LibraryImport(SodiumLibrary.Name, EntryPoint = "crypto_hash_sha512_update")]
    public static partial int HashAppend(Span<byte> state, ReadOnlySpan<byte> part, ulong length);

    [LibraryImport(SodiumLibrary.Name, EntryPoint = "crypto_hash_sha512_final")]
    public static partial int HashFinish(Span<byte> state, Span<byte> digest);
}
