using Holdfast.Cryptography;
using Holdfast.Protocol;

namespace Holdfast.Node.Tests;

/// <summary>Remembering what was verified changes the cost of an answer and nothing else.</summary>
public sealed class Ed25519VerifierTests : IDisposable
{
    private readonly SigningKey _key = SigningKey.FromSeed(Bytes.FromText("0123456789abcdef0123456789abcdef").Span);
    private readonly Ed25519Verifier _verifier = new();

    [Fact]
    public void A_signature_is_computed_once_and_remembered()
    {
        var message = Bytes.FromText("once");
        var signature = _key.Sign(message.Span);

        Assert.True(_verifier.Verify(_key.PublicKey.Span, message.Span, signature));
        Assert.True(_verifier.Verify(_key.PublicKey.Span, message.Span, signature));
        Assert.Equal(1, _verifier.Verified);
    }

    [Fact]
    public void What_is_remembered_vouches_for_no_other_bytes()
    {
        var message = Bytes.FromText("once");
        var signature = _key.Sign(message.Span);
        Assert.True(_verifier.Verify(_key.PublicKey.Span, message.Span, signature));

        Assert.False(_verifier.Verify(_key.PublicKey.Span, Bytes.FromText("Once").Span, signature));
        signature[0] ^= 1;
        Assert.False(_verifier.Verify(_key.PublicKey.Span, message.Span, signature));
        Assert.False(_verifier.Verify(new byte[32], message.Span, _key.Sign(message.Span)));
        Assert.False(_verifier.Verify([], message.Span, []));
    }

    [Fact]
    public void A_bad_signature_is_never_remembered_as_good()
    {
        var bad = new byte[64];

        Assert.False(_verifier.Verify(_key.PublicKey.Span, "x"u8, bad));
        Assert.False(_verifier.Verify(_key.PublicKey.Span, "x"u8, bad));
    }

    public void Dispose() => _key.Dispose();
}
