using System.Text.Json;

namespace Holdfast.Cryptography.Tests;

/// <summary>The vector of RFC 9591, appendix E.1, from the key to the signature, with every value on the way.</summary>
public sealed class Rfc9591Tests
{
    private static readonly JsonElement Vector = Load();
    private static readonly byte[] GroupKey = Hex(Vector.GetProperty("inputs").GetProperty("verifying_key_key"));
    private static readonly byte[] Message = Hex(Vector.GetProperty("inputs").GetProperty("message"));

    [Fact]
    public void The_polynomial_gives_the_group_key_and_every_share()
    {
        using var deal = Deal();

        Assert.Equal(GroupKey, deal.Site.Group.ToArray());
        var expected = Vector.GetProperty("inputs").GetProperty("participant_shares").EnumerateArray().ToArray();
        Assert.Equal(3, expected.Length);
        foreach (var share in expected)
        {
            var dealt = deal.Shares[share.GetProperty("identifier").GetInt32() - 1];
            using var secret = dealt.Secret.Open();
            Assert.Equal(Hex(share.GetProperty("participant_share")), secret.Bytes.ToArray());
        }
    }

    [Fact]
    public void Randomness_and_share_give_the_nonces_and_their_points()
    {
        using var deal = Deal();
        foreach (var output in RoundOne())
        {
            using var nonce = NonceOf(deal, output);
            Assert.Equal(
                [.. Hex(output, "hiding_nonce_commitment"), .. Hex(output, "binding_nonce_commitment")],
                nonce.Points.ToArray());

            var pair = new byte[64];
            Assert.True(nonce.TryTake(pair));
            Assert.Equal([.. Hex(output, "hiding_nonce"), .. Hex(output, "binding_nonce")], pair);
        }
    }

    [Fact]
    public void Key_message_and_commitments_give_the_binding_factors()
    {
        using var deal = Deal();
        var members = Members(deal);
        Assert.True(SigningGroup.TryCreate(deal.Site, members, Message, out var group).IsGood);
        foreach (var output in RoundOne())
        {
            var identifier = output.GetProperty("identifier").GetInt32();
            var factor = new byte[32];
            group!.BindingFactorOf(identifier, factor);

            Assert.Equal(Hex(output, "binding_factor"), factor);
            Assert.Equal(
                Hex(output, "binding_factor_input"),
                PlainFrost.BindingFactorInput(GroupKey, Message, members, identifier));
        }
    }

    [Fact]
    public void Each_share_is_the_RFCs_and_they_add_up_to_its_signature()
    {
        using var deal = Deal();
        var members = Members(deal);
        var shares = new List<SignatureShare>();
        foreach (var (first, second) in RoundOne().Zip(RoundTwo()))
        {
            var identifier = first.GetProperty("identifier").GetInt32();
            using var nonce = NonceOf(deal, first);
            var result = Frost.Sign(deal.Shares[identifier - 1], nonce, Message, members, out var share);

            Assert.Equal(FrostResult.Good, result);
            Assert.Equal(Hex(second, "sig_share"), share!.Scalar.ToArray());
            Assert.Equal(FrostResult.Good, Frost.VerifyShare(deal.Site, members, Message, identifier, share));
            shares.Add(share);
        }

        Assert.True(Frost.Combine(deal.Site, Message, shares, out var signature).IsGood);
        Assert.Equal(Hex(Vector.GetProperty("final_output"), "sig"), signature);
        Assert.True(Frost.ComputeGroupCommitment(deal.Site, members, Message, out var commitment).IsGood);
        Assert.Equal(signature[..32], commitment);
    }

    private static SiteKeyDeal Deal()
    {
        var inputs = Vector.GetProperty("inputs");
        return Dealer.DealPolynomial(
            [
                .. Hex(inputs, "group_secret_key"),
                .. Hex(inputs.GetProperty("share_polynomial_coefficients")[0]),
            ],
            members: 3,
            epoch: 0);
    }

    private static List<Commitment> Members(SiteKeyDeal deal) =>
    [
        .. RoundOne().Select(output => NonceOf(deal, output).CommitmentOf(output.GetProperty("identifier").GetInt32())),
    ];

    private static FrostNonce NonceOf(SiteKeyDeal deal, JsonElement output)
    {
        var dice = new Queue<byte[]>(
            [Hex(output, "hiding_nonce_randomness"), Hex(output, "binding_nonce_randomness")]);
        return FrostNonce.Generate(
            deal.Shares[output.GetProperty("identifier").GetInt32() - 1], bytes => dice.Dequeue().CopyTo(bytes));
    }

    private static JsonElement[] RoundOne() =>
        [.. Vector.GetProperty("round_one_outputs").GetProperty("outputs").EnumerateArray()];

    private static JsonElement[] RoundTwo() =>
        [.. Vector.GetProperty("round_two_outputs").GetProperty("outputs").EnumerateArray()];

    private static byte[] Hex(JsonElement element) => Convert.FromHexString(element.GetString()!);

    private static byte[] Hex(JsonElement element, string name) => Hex(element.GetProperty(name));

    private static JsonElement Load()
    {
        using var stream = typeof(Rfc9591Tests).Assembly.GetManifestResourceStream("rfc9591-frost-ed25519.json")!;
        return JsonDocument.Parse(stream).RootElement;
    }
}
