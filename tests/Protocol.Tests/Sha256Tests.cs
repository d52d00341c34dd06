using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Holdfast.Protocol.Tests;

public sealed class Sha256Tests
{
    /// <summary>FIPS 180-4's examples: of three letters, of two blocks, and of none.</summary>
    [Theory]
    [InlineData("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData(
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")]
    [InlineData("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    public void The_published_examples_come_out(string text, string hash) =>
        Assert.Equal(hash, Digest.Of(Bytes.FromText(text).Span).ToBytes().ToHex());

    [Fact]
    public void Short_and_long_ones_are_those_of_dotnet()
    {
        var dice = new Dice(1);
        int[] lengths = [.. Enumerable.Range(0, Sha256.ShortAtMost + 3), 100_000];
        foreach (var length in lengths)
        {
            var bytes = dice.Bytes(length);
            Assert.Equal(new Bytes(SHA256.HashData(bytes.Span)), Digest.Of(bytes.Span).ToBytes());
        }
    }

    /// <summary>Or the way that production takes is not the one that was tested.</summary>
    [Fact]
    public void Short_ones_go_straight_to_OpenSSL_where_it_is() =>
        Assert.Equal(NativeLibrary.TryLoad("libcrypto.so.3", out _), Sha256.IsStraight);

    [Fact]
    public void Many_threads_hash_at_once()
    {
        var bytes = new Dice(2).Bytes(97);
        var expected = Digest.Of(bytes.Span);
        Parallel.For(0, 8, _ =>
        {
            for (var times = 0; times < 20_000; times++)
            {
                Assert.Equal(expected, Digest.Of(bytes.Span));
            }
        });
    }
}
