using System.Reflection;
using System.Runtime.InteropServices;

namespace Holdfast.Cryptography;

/// <summary>Finds the shared library libsodium on this machine and readies it, once per process.</summary>
internal static class SodiumLibrary
{
    /// <summary>What the imports in <see cref="Sodium"/> name; no file of that name is ever looked for.</summary>
    public const string Name = "holdfast-libsodium";

    // 23 is 1.0.11 to 1.0.18, 26 is 1.0.19 and later; the numbers beyond are for versions yet to come.
    internal static readonly IReadOnlyList<string> Candidates =
    [
        "libsodium.so.23", "libsodium.so.24", "libsodium.so.25", "libsodium.so.26", "libsodium.so.27",
        "libsodium.so.28", "libsodium.so.29", "libsodium.so.30",
    ];

    private static readonly Lock Gate = new();
    private static nint _loaded;

    public static nint Resolve(string name, Assembly assembly, DllImportSearchPath? search)
    {
        if (name != Name)
        {
            return 0;
        }

        lock (Gate)
        {
            if (_loaded == 0)
            {
                _loaded = Load(Candidates);
            }

            return _loaded;
        }
    }

    /// <summary>Loads the first of the named libraries that is there.</summary>
    /// <exception cref="LibsodiumMissingException">None is there, or the one that is cannot start.</exception>
    internal static nint Load(IReadOnlyList<string> candidates)
    {
        foreach (var candidate in candidates)
        {
            if (NativeLibrary.TryLoad(candidate, out var library))
            {
                Start(candidate, library);
                return library;
            }
        }

        throw new LibsodiumMissingException(
            $"Expected the shared library libsodium ({candidates[0]} or newer) on this machine"
            + $" ({RuntimeInformation.RuntimeIdentifier}); found none of {string.Join(", ", candidates)}"
            + "; install it with: apt-get install libsodium23");
    }

    private static unsafe void Start(string candidate, nint library)
    {
        // sodium_init gives 0 the first time, 1 when it was ready already.
        if (!NativeLibrary.TryGetExport(library, "sodium_init", out var entry)
            || ((delegate* unmanaged[Cdecl]<int>)entry)() < 0)
        {
            throw new LibsodiumMissingException(
                $"Expected the shared library libsodium to start; found {candidate}, whose sodium_init fails"
                + "; install it again with: apt-get install --reinstall libsodium23");
        }
    }
}
