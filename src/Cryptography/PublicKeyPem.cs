using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Holdfast.Cryptography;

/// <summary>An Ed25519 public key as other tools read it: PEM, SubjectPublicKeyInfo (RFC 7468, RFC 8410).</summary>
public static class PublicKeyPem
{
    private const string Label = "PUBLIC KEY";

    // SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING of 32 bytes }, up to the key itself.
    private static ReadOnlySpan<byte> Prefix =>
        [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

    public static string Encode(ReadOnlySpan<byte> publicKey)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(publicKey.Length, Ed25519.PublicKeyLength, nameof(publicKey));
        return PemEncoding.WriteString(Label, [.. Prefix, .. publicKey]) + "\n";
    }

    /// <summary>False if the text is no such PEM, or its key is no point of the main subgroup.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, [NotNullWhen(true)] out byte[]? publicKey)
    {
        publicKey = null;
        if (!PemEncoding.TryFind(text, out var fields) || !text[fields.Label].SequenceEqual(Label))
        {
            return false;
        }

        var decoded = new byte[fields.DecodedDataLength];
        if (!Convert.TryFromBase64Chars(text[fields.Base64Data], decoded, out var length)
            || length != Prefix.Length + Ed25519.PublicKeyLength
            || !decoded.AsSpan().StartsWith(Prefix)
            || !Ed25519.IsValidPublicKey(decoded.AsSpan(Prefix.Length)))
        {
            return false;
        }

        publicKey = decoded[Prefix.Length..];
        return true;
    }
}
