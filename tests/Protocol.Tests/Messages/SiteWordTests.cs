using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>The bytes of the words of a site's order, written out: who changes the format has to type it in.</summary>
public sealed class SiteWordTests
{
    private const string View7 = "0000000000000007";
    private const string Sequence42 = "000000000000002a";
    private static readonly string A = string.Concat(Enumerable.Repeat("a1", 32));
    private static readonly string B = string.Concat(Enumerable.Repeat("b2", 32));
    private static readonly string S = string.Concat(Enumerable.Repeat("5e", 64));
    private static readonly Digest Apple = new(Bytes.FromHex(A).Span);
    private static readonly Digest Pear = new(Bytes.FromHex(B).Span);
    private static readonly Bytes Signature = Bytes.FromHex(S);

    internal static readonly AttestationRetry Retry = new(2, new(42), 1, [3], Signature);
    internal static readonly ReplicaReturns Returns = new(2, 3, Apple, Signature);
    internal static readonly InstallGlobalState Install =
        new(new(new(new(42), Apple), new(7)), [new(0, Signature), new(2, Signature)]);

    private static readonly string RetryHex = "04" + "02" + Sequence42 + "00000001" + "00000001" + "03" + S;
    private static readonly Batch Batch = new(new(9), [Retry]);
    private static readonly string BatchHex = "0000000000000009" + "00000001" + "00000053" + RetryHex;

    private static readonly StableCheckpoint Stable = new(new(42), Apple, [new(0, Signature), new(2, Signature)]);
    private static readonly string StableHex = Sequence42 + A + "00000002" + "00" + S + "02" + S;

    private static readonly PreparedCertificate Certificate =
        new(new(3), new(43), Apple, Signature, [new(1, Signature)]);

    private static readonly string CertificateHex =
        "0000000000000003" + "000000000000002b" + A + S + "00000001" + "01" + S;

    private static readonly ViewChange Change = new(new(7), Stable, [Certificate]);
    private static readonly string ChangeHex = View7 + StableHex + "00000001" + CertificateHex;

    public static TheoryData<SiteWordKind> Kinds =>
    [
        SiteWordKind.PrePrepare, SiteWordKind.Prepare, SiteWordKind.Commit, SiteWordKind.Checkpoint,
        SiteWordKind.ViewChange, SiteWordKind.NewView, SiteWordKind.Complain, SiteWordKind.Status,
        SiteWordKind.CommittedBatch, SiteWordKind.CommittedDigests, SiteWordKind.HandOn,
        SiteWordKind.StateFetch, SiteWordKind.StateChunk, SiteWordKind.StateGone,
        SiteWordKind.Inquiry, SiteWordKind.Recollection, SiteWordKind.GlobalStateHeld,
    ];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_word_has_its_encoding_and_no_shorter_or_longer_one(SiteWordKind kind)
    {
        var (word, hex) = Vector(kind);
        var bytes = SiteWords.Encode(word);

        Assert.Equal(kind, word.Kind);
        Assert.Equal(hex, bytes.ToHex());
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Null(SiteWords.Decode(kind, bytes.Span[..length]));
        }

        Assert.Equal(word, SiteWords.Decode(kind, bytes.Span));
        Assert.Null(SiteWords.Decode(kind, bytes.Concat([0]).Span));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Flipped_bits_never_throw_and_what_is_read_has_one_encoding(SiteWordKind kind)
    {
        var dice = new Dice((ulong)kind);
        var bytes = SiteWords.Encode(Vector(kind).Word).ToArray();
        for (var round = 0; round < 2000; round++)
        {
            var flipped = (byte[])bytes.Clone();
            for (var flips = 1 + dice.Below(3); flips > 0; flips--)
            {
                flipped[dice.Below(flipped.Length)] ^= (byte)(1 << dice.Below(8));
            }

            if (SiteWords.Decode(kind, flipped) is { } word)
            {
                Assert.Equal(Convert.ToHexStringLower(flipped), SiteWords.Encode(word).ToHex());
            }
        }
    }

    [Fact]
    public void A_pre_prepare_signs_the_digest_and_not_the_body()
    {
        var speaker = new Speaker(Apple, Sample.Home, 1, 2, 1);
        var whole = PrePrepare.Of(new(7), new(42), Batch);

        Assert.Equal(whole.SigningBytes(speaker), (whole with { Batch = null }).SigningBytes(speaker));
        Assert.EndsWith(
            View7 + Sequence42 + Batch.Digest.ToHex(), whole.SigningBytes(speaker).ToHex(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pre_prepare_with_the_body_of_another_digest_is_malformed()
    {
        var forged = PrePrepare.Of(new(7), new(42), Batch) with { Digest = Apple };

        Assert.Null(SiteWords.Decode(SiteWordKind.PrePrepare, SiteWords.Encode(forged).Span));
    }

    [Fact]
    public void All_that_may_have_to_convince_a_third_party_is_signed_and_a_commit_is_not()
    {
        var signed = Kinds.Select(row => row.Data).Where(kind => Vector(kind).Word.SignedAs is not null);

        Assert.Equal(
            [
                SiteWordKind.PrePrepare, SiteWordKind.Prepare, SiteWordKind.Checkpoint,
                SiteWordKind.ViewChange, SiteWordKind.NewView, SiteWordKind.Complain, SiteWordKind.Inquiry,
                SiteWordKind.GlobalStateHeld,
            ],
            signed);
    }

    [Fact]
    public void A_return_has_its_encoding_and_no_shorter_or_longer_one()
    {
        var hex = "06" + "02" + "00000003" + A + S;

        Assert.Equal(hex, Returns.Encoded.ToHex());
        for (var length = 0; length < Returns.Encoded.Length; length++)
        {
            Assert.Null(SiteInput.Decode(Returns.Encoded.Span[..length]));
        }

        Assert.Equal(Returns, SiteInput.Decode(Returns.Encoded.Span));
        Assert.Null(SiteInput.Decode(Returns.Encoded.Concat([0]).Span));
    }

    [Fact]
    public void The_taking_over_of_a_state_has_its_encoding_and_no_shorter_or_longer_one()
    {
        var hex = "07" + Sequence42 + A + View7 + "00000002" + "00" + S + "02" + S;

        Assert.Equal(hex, Install.Encoded.ToHex());
        for (var length = 0; length < Install.Encoded.Length; length++)
        {
            Assert.Null(SiteInput.Decode(Install.Encoded.Span[..length]));
        }

        Assert.Equal(Install, SiteInput.Decode(Install.Encoded.Span));
        Assert.Null(SiteInput.Decode(Install.Encoded.Concat([0]).Span));
    }

    /// <summary>Others prove nothing about a disk, for they are not written down; and one within another could go on
    /// without end.</summary>
    [Fact]
    public void Only_words_that_are_written_down_before_they_are_said_are_recalled()
    {
        SiteWord[] others =
        [
            new Complain(new(7), new(9), Stands: true), new Commit(new(7), new(42), Apple),
            PrePrepare.Of(new(7), new(42), Batch), new Recollection(Apple, []),
        ];

        Assert.All(others, other => Assert.Null(SiteWords.Decode(
            SiteWordKind.Recollection,
            SiteWords.Encode(new Recollection(Pear, [new RecalledWord(other, Signature)])).Span)));
    }

    internal static (SiteWord Word, string Hex) Vector(SiteWordKind kind) => kind switch
    {
        SiteWordKind.PrePrepare => (
            PrePrepare.Of(new(7), new(42), Batch),
            View7 + Sequence42 + Batch.Digest.ToHex() + "00000063" + BatchHex),
        SiteWordKind.Prepare => (new Prepare(new(7), new(42), Apple), View7 + Sequence42 + A),
        SiteWordKind.Commit => (new Commit(new(7), new(42), Apple), View7 + Sequence42 + A),
        SiteWordKind.Checkpoint => (new Checkpoint(new(42), Apple), Sequence42 + A),
        SiteWordKind.ViewChange => (Change, ChangeHex),
        SiteWordKind.NewView => (
            new NewView(new(7), [new(1, Change, Signature)]), View7 + "00000001" + "01" + ChangeHex + S),
        SiteWordKind.Complain => (new Complain(new(7), new(9), Stands: true), View7 + "0000000000000009" + "01"),
        SiteWordKind.Status => (
            new Status(1, 5, new(7), true, 0x0102, new(42), new(40), new(9), [new(true, false, 0x0304, 0x0506)]),
            "00000001" + "0000000000000005" + View7 + "01" + "0102" + Sequence42 + "0000000000000028"
            + "0000000000000009" + "00000001" + "01" + "00" + "0304" + "0506"),
        SiteWordKind.CommittedBatch => (new CommittedBatch(new(42), Batch), Sequence42 + "00000063" + BatchHex),
        SiteWordKind.CommittedDigests => (
            new CommittedDigests(new(40), new(42), [Apple]), "0000000000000028" + Sequence42 + "00000001" + A),
        SiteWordKind.HandOn => (new HandOn(Retry), "00000053" + RetryHex),
        SiteWordKind.StateFetch => (
            new StateFetch(StatePlace.Of(new SiteSequence(42)), StateSection.Site, new([7, 8]), 3),
            "00" + Sequence42 + "01" + "00000002" + "0708" + "03"),
        SiteWordKind.StateChunk => (
            new StateChunk(
                StatePlace.Of(new SiteSequence(42)), Apple, Pear, 5, StateSection.Site, new([7]), 9, 6, new([1, 2, 3])),
            "00" + Sequence42 + A + B + "00000005" + "01" + "00000001" + "07" + "00000009" + "00000006" + "00000003" + "010203"),
        SiteWordKind.Inquiry => (
            new Inquiry(2, 3, Pear), "00000002" + "0000000000000003" + B),
        SiteWordKind.Recollection => (
            new Recollection(Pear, [new(new Checkpoint(new(42), Apple), Signature)]),
            B + "00000001" + "04" + S + "00000028" + Sequence42 + A),
        SiteWordKind.StateGone => (new StateGone(StatePlace.Of(new GlobalSequence(42))), "01" + Sequence42),
        SiteWordKind.GlobalStateHeld => (new GlobalStateHeld(new(new(new(42), Apple), new(7))), Sequence42 + A + View7),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
