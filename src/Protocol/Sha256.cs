using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Holdfast.Protocol;

/// <summary>SHA-256 (FIPS 180-4) of OpenSSL, which .NET takes it from as well. What .NET and OpenSSL do around a hash costs
/// several times as much as a short one itself, and nearly all that are hashed here are short. So OpenSSL's old functions
/// are called straight (<see href="https://docs.openssl.org/3.0/man3/SHA256_Init/"/>), and .NET where a machine has
/// none.</summary>
internal static class Sha256
{
    public const int Size = 32;

    /// <summary>Longer ones are .NET's: the collector must wait for whoever is in a call.</summary>
    internal const int ShortAtMost = 1024;

    private const string Library = "libcrypto.so.3";

    // Its SHA256_CTX has 112.
    private const int ContextBytes = 128;

    /// <summary>The old functions are on this machine.</summary>
    internal static readonly bool IsStraight = IsThere();

    public static void Hash(ReadOnlySpan<byte> bytes, Span<byte> hash)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(hash.Length, Size);
        if (bytes.Length > ShortAtMost || !IsStraight)
        {
            SHA256.HashData(bytes, hash);
            return;
        }

        // What begins it fills all that the others read.
        Span<byte> context = stackalloc byte[ContextBytes];
        ref var running = ref MemoryMarshal.GetReference(context);
        var done = Begin(ref running);
        done &= Continue(ref running, ref MemoryMarshal.GetReference(bytes), (nuint)bytes.Length);
        done &= End(ref MemoryMarshal.GetReference(hash), ref running);
        if (done != 1)
        {
            throw new CryptographicException("OpenSSL has not hashed what it was given.");
        }
    }

    private static bool IsThere() =>
        NativeLibrary.TryLoad(Library, out var library)
        && NativeLibrary.TryGetExport(library, "SHA256_Init", out _)
        && NativeLibrary.TryGetExport(library, "SHA256_Update", out _)
        && NativeLibrary.TryGetExport(library, "SHA256_Final", out _);

    [DllImport(Library, EntryPoint = "SHA256_Init")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [SuppressGCTransition]
    private static extern int Begin(ref byte context);

    [DllImport(Library, EntryPoint = "SHA256_Update")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [SuppressGCTransition]
    private static extern int Continue(ref byte context, ref byte bytes, nuint length);

    [DllImport(Library, EntryPoint = "SHA256_Final")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [SuppressGCTransition]
    private static extern int End(ref byte hash, ref byte context);
}
