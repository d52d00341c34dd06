using Holdfast.Protocol;

namespace Holdfast.Client.Tests;

/// <summary>Signatures that nobody can forge because the tests hand out none but true ones: a digest of key and
/// message.</summary>
internal sealed class IdealKeys : IVerifier
{
    public static Bytes Key(string name) => Digest.Of(Bytes.FromText(name).Span).ToBytes();

    public static Bytes Sign(Bytes key, Bytes message)
    {
        var half = Digest.Of(key.Concat(message.Span).Span).ToBytes();
        return half.Concat(half.Span);
    }

    public bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        Sign(Bytes.Copy(publicKey), Bytes.Copy(message)) == Bytes.Copy(signature);
}
