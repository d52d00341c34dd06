using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>Evidence from attestation: shares and commitments.</summary>
public sealed class ShareWitnessTests
{
    private readonly WitnessStage _stage = new();
    private readonly AttestationLedger _ledger = new(WitnessStage.Genesis, Sample.Home, WitnessStage.Signing);
    private SigningGroup _group = null!;

    [Fact]
    public void A_bad_share_that_the_machine_has_banned_for_is_evidence_for_a_stranger()
    {
        Assign();
        var bad = Bad(0, default);
        _ledger.OnBadShare(bad, Sample.At(2));

        var file = Assert.Single(_stage.Execute(_ledger, bad));

        Assert.Equal((0, EvidenceKind.BadShare), (file.Accused.Index, file.Evidence.Kind));
        Assert.Equal(Rejection.None, WitnessStage.Judge(file));
        Assert.Equal(file.Encode(), EvidenceFile.Decode(file.Encode().Span)!.Encode());
        Assert.Empty(_stage.Execute(_ledger, bad));
    }

    [Fact]
    public void A_good_share_handed_in_as_a_bad_one_is_no_evidence()
    {
        Assign();
        var good = Bad(0, IdealSigning.ResponseOf(_ledger.MessageOf(_group.Statement), _group.Members, 0));

        Assert.Empty(_stage.Execute(_ledger, good));
        Assert.Equal(
            Rejection.NotBad, Judge(new ShareThatDoesNotFit(good.Share, good.ShareSignature, _group)));
    }

    /// <summary>Whoever has a good share could else show it beside a statement or members that it was never
    /// for.</summary>
    [Fact]
    public void A_good_share_cannot_be_held_against_another_assignment()
    {
        Assign();
        var good = Bad(0, IdealSigning.ResponseOf(_ledger.MessageOf(_group.Statement), _group.Members, 0));
        var others = new[]
        {
            _group with { Statement = Sample.Statement(1, content: 9) },
            _group with { Members = ValueList.From(_group.Members.Reverse()) },
            _group with { Attempt = 1 },
            _group with { Group = 1 },
        };

        Assert.All(others, other => Assert.Equal(
            Rejection.UnknownAssignment,
            Judge(new ShareThatDoesNotFit(good.Share, good.ShareSignature, other))));
    }

    [Fact]
    public void A_bad_share_under_anothers_signature_accuses_nobody()
    {
        Assign();
        var bad = Bad(0, default);
        var forged = WitnessStage.Sign(2, bad.Share);

        Assert.Equal(Rejection.BadSignature, Judge(new ShareThatDoesNotFit(bad.Share, forged, _group)));
    }

    [Fact]
    public void Two_shares_of_one_place_are_evidence_also_if_one_comes_as_an_accusation()
    {
        Assign();
        var share = Bad(1, default).Share;
        _stage.Hear(0, Bad(0, default).Share);
        var other = Bad(0, Digest.Of([1]));

        Assert.Equal(EvidenceKind.TwoShares, Assert.Single(_stage.Offer(other)).Evidence.Kind);
        Assert.Empty(_stage.Hear(0, share));
    }

    /// <summary>The gate does not check signatures under shares, so each pair costs the witness two checks.</summary>
    [Fact]
    public void Shares_that_their_sender_did_not_sign_prove_nothing_and_not_without_end()
    {
        for (var place = 1UL; place <= Limits.SharesExamined; place++)
        {
            _stage.Hear(Unsigned(place, 1));
            Assert.Empty(_stage.Hear(Unsigned(place, 2)));
        }

        Assert.Empty(_stage.Hear(0, ShareAt(1000, 1), ShareAt(1000, 2)));
        Assert.Single(_stage.Hear(2, ShareAt(1000, 1, member: 2), ShareAt(1000, 2, member: 2)));
    }

    [Fact]
    public void A_row_of_no_points_is_evidence_once_its_publisher_is_banned()
    {
        var spoilt = WitnessStage.Signed(Sample.RowOfNoPoints(0, 1, 0));
        foreach (var row in new[] { spoilt, Sample.Row(1, 1, 0), Sample.Row(2, 1, 0), Sample.Row(3, 1, 0) })
        {
            _ledger.OnCommitments(row, Sample.At(0));
            Assert.Empty(_stage.Execute(_ledger, row));
        }

        _ledger.Assign(Sample.Statement(1), Sample.At(1));
        _ledger.OnRetry(Sample.Retry(2, 1, 0, 1), Sample.At(2));
        Assert.Empty(_stage.Execute(_ledger, Sample.Retry(2, 1, 0, 1)));
        _ledger.OnRetry(Sample.Retry(3, 1, 0, 1), Sample.At(2));

        var file = Assert.Single(_stage.Execute(_ledger, Sample.Retry(3, 1, 0, 1)));

        Assert.Equal((0, EvidenceKind.NoPoints), (file.Accused.Index, file.Evidence.Kind));
        Assert.Equal(Rejection.None, WitnessStage.Judge(file));
        Assert.Equal(file.Encode(), EvidenceFile.Decode(file.Encode().Span)!.Encode());
        Assert.Equal(
            Rejection.NotBad, Judge(new RowOfNoPoints(WitnessStage.Signed(Sample.Row(0, 1, 0)), Index: 3)));
        Assert.Equal(Rejection.BadSignature, Judge(new RowOfNoPoints(Sample.RowOfNoPoints(0, 1, 0), Index: 3)));
    }

    private static ThresholdShare ShareAt(ulong place, byte content, byte member = 0) =>
        new(new(1, new(place), 0, 0, member), Digest.Of([content]), default, default);

    private static Said Unsigned(ulong place, byte content) =>
        new(0, ShareAt(place, content), new(new byte[Limits.SignatureBytes]));

    private static Rejection Judge(Evidence evidence) =>
        evidence.Refusal(WitnessStage.Genesis, Sample.Home, WitnessStage.Signing, WitnessStage.Signing);

    private void Assign()
    {
        for (var replica = 0; replica < 4; replica++)
        {
            _ledger.OnCommitments(Sample.Row(replica, 1, 0), Sample.At(0));
        }

        _ledger.Assign(Sample.Statement(1), Sample.At(1));
        _group = Assert.Single(_ledger.DrainNew());
    }

    private BadShare Bad(int member, Digest response)
    {
        var share = new ThresholdShare(_group.PlaceOf(member), response, default, _group.Name);
        return new(share, WitnessStage.Sign(member, share));
    }
}
