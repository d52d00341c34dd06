using System.Text;
using Holdfast.Cryptography;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Client;

/// <summary>What a receipt proves under a key, in words for people.</summary>
/// <param name="IsProven">The site of this key has said it.</param>
public sealed record ReceiptFinding(bool IsProven, string Text);

/// <summary>A receipt on disk, with the system that it is of: all that is needed, beside the site's public key, to
/// check it years later without any replica.</summary>
public sealed record ReceiptFile(Digest Cluster, Receipt Receipt)
{
    /// <summary>The greatest file that is looked at.</summary>
    public const int BytesMax = Limits.ReplyFrameBytes + 4096;

    public const string StatementName = "statement.bin";
    public const string SignatureName = "signature.bin";

    private const string Title = "holdfast receipt";
    private const ushort Format = 1;

    public Bytes Encode()
    {
        var writer = new WireWriter();
        writer.Text(Title);
        writer.UInt16(Format);
        writer.Digest(Cluster);
        ReceiptCodec.Write(writer, Receipt);
        return writer.ToBytes();
    }

    /// <summary>Null if the bytes are not a receipt of a format that this version knows.</summary>
    public static ReceiptFile? Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        if (reader.Text(Title.Length) != Title || reader.UInt16() != Format)
        {
            return null;
        }

        var cluster = reader.Digest();
        var receipt = ReceiptCodec.Read(ref reader);
        return receipt is not null && reader.Finished ? new(cluster, receipt) : null;
    }

    public void Save(string path) => File.WriteAllBytes(path, Encode().ToArray());

    /// <exception cref="InvalidDataException">The file is not a receipt of a format that this version
    /// knows.</exception>
    public static ReceiptFile Load(string path)
    {
        if (new FileInfo(path).Length > BytesMax || Decode(File.ReadAllBytes(path)) is not { } file)
        {
            throw new InvalidDataException(
                $"Expected a receipt of format {Format} in {path}, found another; use the version that saved it.");
        }

        return file;
    }

    /// <summary>Checks the receipt under a site's public key, offline.</summary>
    /// <param name="publicKeyPem">The text of the site's <c>.pem</c> file.</param>
    public ReceiptFinding Verify(string publicKeyPem)
    {
        if (!PublicKeyPem.TryDecode(publicKeyPem, out var key))
        {
            return new(false, "Nothing is proven: expected an Ed25519 public key in PEM, found something else.");
        }

        var refusal = ReceiptCheck.Refusal(Receipt, Cluster, new Bytes(key), new PlainVerifier());
        return refusal switch
        {
            Rejection.None => new(true, Describe()),
            Rejection.BadSignature => new(
                false, "Nothing is proven: the statement does not carry this key's signature. Is it another site's?"),
            _ => new(false, "Nothing is proven: the reply is not part of the statement that was signed."),
        };
    }

    /// <summary>Writes the signed bytes and the signature, for any Ed25519 tool: <c>openssl pkeyutl -verify -rawin
    /// -pubin -inkey site-0.pem -in statement.bin -sigfile signature.bin</c>. That tool then vouches for the
    /// statement; that the reply is part of it is for <see cref="Verify"/> to say.</summary>
    public void Export(string folder)
    {
        Directory.CreateDirectory(folder);
        var statement = Receipt.Statement.SigningBytes(Cluster);
        File.WriteAllBytes(Path.Combine(folder, StatementName), statement.ToArray());
        File.WriteAllBytes(Path.Combine(folder, SignatureName), Receipt.Signature.ToArray());
    }

    private string Describe()
    {
        var (reply, statement) = (Receipt.Reply, Receipt.Statement);
        var text = new StringBuilder();
        Line(text, $"{statement.Site} of cluster {Cluster.ToHex()} said this, in life {statement.SiteLife}, key epoch "
            + $"{statement.KeyEpoch}, batch {statement.Sequence.Number}:");
        Line(text, $"the request {reply.Request.ToHex()}");
        Line(text, $"of client {reply.Client.ToHex()}, session {reply.Session},");
        foreach (var result in reply.Results)
        {
            var isDone = result.Outcome is Outcome.Committed or Outcome.Answered;
            var where = isDone ? $" at {result.Position}" : string.Empty;
            var why = result.Because == RefusedBecause.None ? string.Empty : $" ({result.Because})";
            var bytes = Digest.Of(result.Result.Span).ToHex();
            Line(text, $"number {result.Number}: {result.Outcome}{why}{where}, {result.Result.Length} bytes of result, "
                + $"SHA-256 {bytes}");
        }

        Line(text, $"This was so at that position. It does not say that it is still so.");
        return text.ToString();
    }

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');
}
