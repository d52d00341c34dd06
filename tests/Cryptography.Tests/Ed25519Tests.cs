namespace Holdfast.Cryptography.Tests;

/// <summary>Plain signatures (RFC 8032).</summary>
public sealed class Ed25519Tests
{
    private const string ShaAbc =
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";

    [Theory]
    [InlineData(
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")]
    [InlineData(
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")]
    [InlineData(
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")]
    [InlineData(
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        ShaAbc,
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
            + "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704")]
    public void Keys_and_signatures_are_those_of_the_RFC(
        string seed, string publicKey, string message, string signature)
    {
        using var key = SigningKey.FromSeed(Convert.FromHexString(seed));
        var text = Convert.FromHexString(message);

        Assert.Equal(publicKey, Convert.ToHexStringLower(key.PublicKey.Span));
        Assert.Equal(signature, Convert.ToHexStringLower(key.Sign(text)));
        Assert.True(Ed25519.Verify(key.PublicKey.Span, text, key.Sign(text)));
    }

    [Fact]
    public void One_bit_anywhere_spoils_a_signature()
    {
        using var key = SigningKey.Generate(new Dice(1).Fill);
        var message = "holdfast"u8.ToArray();
        var signature = key.Sign(message);
        for (var bit = 0; bit < 8 * Ed25519.SignatureLength; bit++)
        {
            signature[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(Ed25519.Verify(key.PublicKey.Span, message, signature));
            signature[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.False(Ed25519.Verify(key.PublicKey.Span, "holdfasT"u8, signature));
        Assert.True(Ed25519.Verify(key.PublicKey.Span, message, signature));
    }

    [Fact]
    public void A_signature_has_one_encoding_so_S_at_or_above_L_is_refused()
    {
        using var key = SigningKey.Generate(new Dice(2).Fill);
        var signature = key.Sign("m"u8);
        var higher = PlainCurve.Number(signature.AsSpan(32)) + PlainCurve.Order;
        PlainCurve.Bytes(higher).CopyTo(signature.AsSpan(32));

        Assert.False(Ed25519.Verify(key.PublicKey.Span, "m"u8, signature));
    }

    /// <summary>With a key of small order one signature would be good for many messages.</summary>
    [Fact]
    public void A_key_of_small_order_verifies_nothing()
    {
        foreach (var point in HostilePoints.SmallOrder)
        {
            var signature = new byte[Ed25519.SignatureLength];
            point.CopyTo(signature, 0);
            Assert.False(Ed25519.IsValidPublicKey(point));
            Assert.False(Ed25519.Verify(point, "m"u8, signature));
        }
    }

    [Fact]
    public void A_disposed_key_does_not_sign()
    {
        var key = SigningKey.Generate(new Dice(3).Fill);
        key.Dispose();

        Assert.Throws<ObjectDisposedException>(() => key.Sign("m"u8));
    }

    [Fact]
    public void Keys_from_the_systems_randomness_differ()
    {
        using var one = SigningKey.Generate(Randomness.System);
        using var other = SigningKey.Generate(Randomness.System);

        Assert.NotEqual(one.PublicKey.ToArray(), other.PublicKey.ToArray());
    }
}
