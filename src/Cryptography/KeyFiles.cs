using System.Text;

namespace Holdfast.Cryptography;

/// <summary>
/// Keys on disk. A private key file is its owner's alone from the moment it exists, is never overwritten, and is
/// refused when others may read it. Every trouble is a <see cref="KeyFileException"/> in one sentence.
/// </summary>
public static class KeyFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private const int PemLengthMax = 4096;

    public static void WriteSigningKey(string path, KeyKind kind, SigningKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        using var memory = new SecretBytes(KeyText.LengthMax);
        using var text = memory.Open();
        WritePrivate(path, text.Bytes[..KeyText.Write(text.Bytes, kind, key)]);
    }

    public static SigningKey ReadSigningKey(string path, KeyKind kind)
    {
        using var memory = new SecretBytes(KeyText.LengthMax);
        using var text = memory.Open();
        var length = ReadPrivate(path, text.Bytes);
        return KeyText.ReadSigningKey(text.Bytes[..length], kind, out var problem) ?? throw Unusable(path, problem);
    }

    /// <summary>Writes a replica's share of its site's key, with the public side of the sharing.</summary>
    public static void WriteSiteShare(string path, FrostShare share)
    {
        ArgumentNullException.ThrowIfNull(share);
        using var memory = new SecretBytes(KeyText.LengthMax);
        using var text = memory.Open();
        WritePrivate(path, text.Bytes[..KeyText.Write(text.Bytes, share)]);
    }

    /// <summary>Reads a share and checks it whole: points, their polynomial, the secret.</summary>
    public static FrostShare ReadSiteShare(string path)
    {
        using var memory = new SecretBytes(KeyText.LengthMax);
        using var text = memory.Open();
        var length = ReadPrivate(path, text.Bytes);
        return KeyText.ReadSiteShare(text.Bytes[..length], out var problem) ?? throw Unusable(path, problem);
    }

    /// <summary>Writes an Ed25519 public key as PEM, for anyone to read.</summary>
    public static void WritePublicKey(string path, ReadOnlySpan<byte> publicKey)
    {
        var text = PublicKeyPem.Encode(publicKey);
        Guarded(path, "write", () => File.WriteAllText(path, text, Encoding.ASCII));
    }

    public static byte[] ReadPublicKey(string path)
    {
        var text = string.Empty;
        Guarded(path, "read", () =>
        {
            using var stream = File.OpenRead(path);
            var bytes = new byte[PemLengthMax];
            var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            text = Encoding.ASCII.GetString(bytes, 0, length);
        });
        return PublicKeyPem.TryDecode(text, out var key)
            ? key
            : throw new KeyFileException($"Expected an Ed25519 public key in PEM in {path}; found something else.");
    }

    /// <summary>
    /// Overwrites a private key file with zeros and removes it, as old shares must be at a key switch (rule K3). The
    /// medium itself may keep older blocks: against that, only an encrypted disk helps.
    /// </summary>
    public static void Erase(string path) => Guarded(path, "erase", () =>
    {
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.Write))
        {
            stream.Write(new byte[Math.Min(stream.Length, KeyText.LengthMax)]);
            stream.Flush(flushToDisk: true);
        }

        File.Delete(path);
    });

    private static void WritePrivate(string path, ReadOnlySpan<byte> text)
    {
        if (File.Exists(path))
        {
            throw new KeyFileException(
                $"Expected no file at {path}; found one: a key is never overwritten, so move it away.");
        }

        // Under another name first, so that a crash leaves no half key under this one.
        var partial = path + ".partial";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        try
        {
            File.Delete(partial);
            using (var stream = new FileStream(partial, options))
            {
                stream.Write(text);
                stream.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: false);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new KeyFileException($"Cannot write the key file {path}: {trouble.Message}", trouble);
        }
    }

    private static int ReadPrivate(string path, Span<byte> text)
    {
        try
        {
            using var file = File.OpenHandle(path);
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & Others) is not UnixFileMode.None)
            {
                throw new KeyFileException(
                    $"Expected the private key file {path} to be its owner's alone; found mode "
                    + $"{Convert.ToString((int)File.GetUnixFileMode(file), toBase: 8)}; set it with: chmod 600 {path}");
            }

            if (RandomAccess.GetLength(file) > text.Length)
            {
                throw Unusable(path, $"expected at most {text.Length} bytes, found {RandomAccess.GetLength(file)}");
            }

            var length = 0;
            while (RandomAccess.Read(file, text[length..], length) is > 0 and var read)
            {
                length += read;
            }

            return length;
        }
        catch (Exception trouble)
            when (trouble is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new KeyFileException($"Cannot read the key file {path}: {trouble.Message}", trouble);
        }
    }

    private static void Guarded(string path, string verb, Action action)
    {
        try
        {
            action();
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new KeyFileException($"Cannot {verb} the key file {path}: {trouble.Message}", trouble);
        }
    }

    private static KeyFileException Unusable(string path, string? problem) =>
        new($"The key file {path} cannot be used: {problem}.");
}
