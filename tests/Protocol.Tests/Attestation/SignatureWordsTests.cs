using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>The bytes of the three words about signatures.</summary>
public sealed class SignatureWordsTests
{
    private static string Hex(SiteWord word)
    {
        var writer = new WireWriter();
        word.Write(writer);
        return writer.ToBytes().ToHex();
    }

    [Fact]
    public void A_threshold_share_has_this_encoding_and_no_shorter_one()
    {
        var (response, point, assignment) = (Digest.Of([1]), Digest.Of([2]), Digest.Of([3]));
        var sent = new ThresholdShare(new(1, new(42), 2, 1, 3), response, point, assignment);
        var hex = "00000001" + "000000000000002a" + "00000002" + "01" + "03"
            + response.ToHex() + point.ToHex() + assignment.ToHex();

        Assert.Equal(hex, Hex(sent));
        for (var length = 0; length <= hex.Length / 2; length++)
        {
            Assert.Equal(
                length == hex.Length / 2 ? sent : null,
                SiteWords.Decode(SiteWordKind.ThresholdShare, Convert.FromHexString(hex[..(2 * length)])));
        }
    }

    [Fact]
    public void A_site_signature_has_this_encoding_and_no_shorter_one()
    {
        var signature = Enumerable.Range(0, Limits.SignatureBytes).Select(place => (byte)place).ToArray();
        var sent = new SiteSignature(1, new(42), new(signature));
        var hex = "00000001" + "000000000000002a" + Convert.ToHexStringLower(signature);

        Assert.Equal(hex, Hex(sent));
        for (var length = 0; length <= hex.Length / 2; length++)
        {
            Assert.Equal(
                length == hex.Length / 2 ? sent : null,
                SiteWords.Decode(SiteWordKind.SiteSignature, Convert.FromHexString(hex[..(2 * length)])));
        }
    }

    [Fact]
    public void A_question_for_a_signature_has_this_encoding_and_no_shorter_one()
    {
        var sent = new SignatureWanted(1, new(42));
        var hex = "00000001" + "000000000000002a";

        Assert.Equal(hex, Hex(sent));
        for (var length = 0; length <= hex.Length / 2; length++)
        {
            Assert.Equal(
                length == hex.Length / 2 ? sent : null,
                SiteWords.Decode(SiteWordKind.SignatureWanted, Convert.FromHexString(hex[..(2 * length)])));
        }
    }
}
