using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>The bytes of evidence as people hand them on, and that nothing else proves anything.</summary>
public sealed class EvidenceFileTests
{
    private static readonly Prepare First = new(new(3), new(42), Digest.Of([1]));
    private static readonly Prepare Second = new(new(3), new(42), Digest.Of([2]));
    private static readonly EvidenceFile File = new(
        WitnessStage.Genesis.Cluster,
        Sample.Home,
        1,
        new(9),
        TwoWords.Of(WitnessStage.Say(2, First), WitnessStage.Say(2, Second))!);

    /// <summary>Written out: who changes the format has to type it in.</summary>
    [Fact]
    public void Evidence_has_this_encoding_and_no_shorter_or_longer_one()
    {
        const string place = "0000000000000003" + "000000000000002a";
        var hex = "00000011" + Convert.ToHexStringLower("holdfast evidence"u8) + "0001"
            + WitnessStage.Genesis.Cluster.ToHex() + "00" + "01" + "0000000000000009" + "02" + "02"
            + "02" + WitnessStage.Sign(2, First).ToHex() + "00000030" + place + Digest.Of([1]).ToHex()
            + "02" + WitnessStage.Sign(2, Second).ToHex() + "00000030" + place + Digest.Of([2]).ToHex();
        var bytes = File.Encode();

        Assert.Equal(hex + Digest.Of(Bytes.FromHex(hex).Span).ToHex(), bytes.ToHex());
        Assert.Equal(bytes, EvidenceFile.Decode(bytes.Span)!.Encode());
        Assert.Null(EvidenceFile.Decode(bytes.Concat([0]).Span));
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Null(EvidenceFile.Decode(bytes.Span[..length]));
        }
    }

    [Fact]
    public void A_file_of_another_format_is_whole_and_not_understood()
    {
        var bytes = File.Encode().ToArray();
        bytes[4 + "holdfast evidence".Length + 1] = 2;

        Assert.True(EvidenceFile.IsWhole(Sealed(bytes)));
        Assert.Null(EvidenceFile.Decode(Sealed(bytes)));
    }

    [Fact]
    public void Whatever_bits_are_flipped_nobody_is_accused_of_another_thing()
    {
        var (dice, bytes) = (new Dice(1), File.Encode().ToArray());
        for (var round = 0; round < 20_000; round++)
        {
            var flipped = (byte[])bytes.Clone();
            flipped[dice.Below(bytes.Length - Digest.Size)] ^= (byte)(1 << dice.Below(8));
            var read = EvidenceFile.Decode(Sealed(flipped));
            if (read?.Refusal(WitnessStage.Genesis, WitnessStage.Signing, WitnessStage.Signing) == Rejection.None)
            {
                // Who noticed it and when is not proven; all else is.
                Assert.Equal(File.Accused, read.Accused);
                Assert.Equal(File.Evidence.Statements, read.Evidence.Statements);
            }
        }
    }

    [Fact]
    public void Words_that_do_not_contradict_each_other_are_no_evidence()
    {
        var writer = new WireWriter();
        writer.Fixed(File.Encode().Span[..^Digest.Size]);
        var text = writer.ToBytes().ToHex().Replace(
            Digest.Of([2]).ToHex(), Digest.Of([1]).ToHex(), StringComparison.Ordinal);

        Assert.Null(EvidenceFile.Decode(Sealed([.. Convert.FromHexString(text), .. new byte[Digest.Size]])));
    }

    [Fact]
    public void Evidence_of_another_system_or_against_nobody_proves_nothing()
    {
        Assert.Equal(Rejection.None, WitnessStage.Judge(File));
        Assert.Equal(Rejection.WrongCluster, WitnessStage.Judge(File with { Cluster = default }));
        Assert.Equal(Rejection.WrongSite, WitnessStage.Judge(File with { Site = new(7) }));
        var nobody = TwoWords.Of(WitnessStage.Say(2, First) with { Replica = 9 }, new(9, Second, new(new byte[64])));
        Assert.Equal(Rejection.UnknownSender, WitnessStage.Judge(File with { Evidence = nobody! }));
    }

    [Fact]
    public void A_word_that_another_signed_proves_nothing()
    {
        var forged = TwoWords.Of(WitnessStage.Say(2, First), WitnessStage.Say(3, Second) with { Replica = 2 });

        Assert.Equal(Rejection.BadSignature, WitnessStage.Judge(File with { Evidence = forged! }));
    }

    private static byte[] Sealed(byte[] bytes)
    {
        Digest.Of(bytes.AsSpan(..^Digest.Size)).CopyTo(bytes.AsSpan(^Digest.Size..));
        return bytes;
    }
}
