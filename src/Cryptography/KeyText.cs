using System.Text;

namespace Holdfast.Cryptography;

/// <summary>
/// The text of a private key file, one field a line, in this order:
/// <code>
/// holdfast-key 1
/// kind replica | client | operator         kind site-share
/// public (64 hexadecimal digits)           epoch, threshold, members, identifier, group,
/// secret (64 hexadecimal digits)           one public-share for each member, secret
/// </code>
/// The number after <c>holdfast-key</c> is the format's; a format that we do not know is refused.
/// </summary>
internal static class KeyText
{
    /// <summary>Room for a share among 255 members, which takes some 20 KiB.</summary>
    public const int LengthMax = 32 * 1024;

    private const string Header = "holdfast-key";
    private const ulong Format = 1;
    private const string SiteShareKind = "site-share";

    public static int Write(Span<byte> destination, KeyKind kind, SigningKey key)
    {
        var writer = Begin(destination, NameOf(kind));
        writer.Hexadecimal("public", key.PublicKey.Span);
        Span<byte> seed = stackalloc byte[Ed25519.SeedLength];
        key.CopySeedTo(seed);
        writer.Hexadecimal("secret", seed);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(seed);
        return writer.Written;
    }

    public static int Write(Span<byte> destination, FrostShare share)
    {
        var writer = Begin(destination, SiteShareKind);
        writer.Number("epoch", share.Site.Epoch);
        writer.Number("threshold", (ulong)share.Site.Threshold);
        writer.Number("members", (ulong)share.Site.Members);
        writer.Number("identifier", (ulong)share.Identifier);
        writer.Hexadecimal("group", share.Site.Group.Span);
        for (var identifier = 1; identifier <= share.Site.Members; identifier++)
        {
            writer.Hexadecimal("public-share", share.Site.ShareOf(identifier).Span);
        }

        using var secret = share.Secret.Open();
        writer.Hexadecimal("secret", secret.Bytes);
        return writer.Written;
    }

    /// <summary>The key in the text, or null and what is wrong with it. Never throws, whatever the bytes.</summary>
    public static SigningKey? ReadSigningKey(ReadOnlySpan<byte> text, KeyKind kind, out string? problem)
    {
        Span<byte> publicKey = stackalloc byte[Ed25519.PublicKeyLength];
        Span<byte> seed = stackalloc byte[Ed25519.SeedLength];
        var reader = Begin(text, NameOf(kind));
        reader.Hexadecimal("public", publicKey);
        reader.Hexadecimal("secret", seed);
        reader.Finish();
        problem = reader.Problem;
        SigningKey? key = null;
        if (problem is null)
        {
            key = SigningKey.FromSeed(seed);
            if (!key.PublicKey.Span.SequenceEqual(publicKey))
            {
                key.Dispose();
                key = null;
                problem = "the secret does not belong to the public key";
            }
        }

        System.Security.Cryptography.CryptographicOperations.ZeroMemory(seed);
        return key;
    }

    /// <summary>The share in the text, or null and what is wrong with it. Never throws, whatever the bytes.</summary>
    public static FrostShare? ReadSiteShare(ReadOnlySpan<byte> text, out string? problem)
    {
        Span<byte> secret = stackalloc byte[Curve.ScalarLength];
        Span<byte> group = stackalloc byte[Curve.PointLength];
        var reader = Begin(text, SiteShareKind);
        var epoch = reader.Number("epoch");
        var threshold = Small(ref reader, "threshold");
        var members = Small(ref reader, "members");
        var identifier = Small(ref reader, "identifier");
        reader.Hexadecimal("group", group);
        var shares = new ReadOnlyMemory<byte>[members];
        for (var index = 0; index < members; index++)
        {
            var point = new byte[Curve.PointLength];
            reader.Hexadecimal("public-share", point);
            shares[index] = point;
        }

        reader.Hexadecimal("secret", secret);
        reader.Finish();
        problem = reader.Problem;
        FrostShare? share = null;
        if (problem is null)
        {
            var result = SitePublicKey.TryCreate(epoch, threshold, group, shares, out var site);
            result = site is null ? result : FrostShare.TryCreate(site, identifier, secret, out share);
            problem = result.IsGood ? null : $"the values do not fit together ({result.Failure})";
        }

        System.Security.Cryptography.CryptographicOperations.ZeroMemory(secret);
        return share;
    }

    private static KeyTextWriter Begin(Span<byte> destination, string kind)
    {
        var writer = new KeyTextWriter(destination);
        writer.Number(Header, Format);
        writer.Text("kind", kind);
        return writer;
    }

    private static KeyTextReader Begin(ReadOnlySpan<byte> text, string kind)
    {
        var reader = new KeyTextReader(text);
        var format = reader.Number(Header);
        if (reader.Problem is null && format != Format)
        {
            reader.Refuse($"expected format {Format}, found format {format}, which this version does not know");
        }

        var found = reader.Value("kind");
        if (reader.Problem is null && !Ascii.Equals(found, kind))
        {
            reader.Refuse($"expected a key of kind '{kind}', found another kind");
        }

        return reader;
    }

    private static int Small(ref KeyTextReader reader, string name)
    {
        var number = reader.Number(name);
        if (number is >= 1 and <= Frost.IdentifierMax)
        {
            return (int)number;
        }

        reader.Refuse($"expected '{name}' from 1 to {Frost.IdentifierMax}, found another number");
        return 0;
    }

    private static string NameOf(KeyKind kind) => kind switch
    {
        KeyKind.Replica => "replica",
        KeyKind.Client => "client",
        KeyKind.Operator => "operator",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
