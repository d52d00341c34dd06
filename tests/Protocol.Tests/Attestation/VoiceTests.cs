namespace Holdfast.Protocol.Tests;

/// <summary>A site of whole replicas and its voice, where attestation meets the order of inputs.</summary>
public sealed class VoiceTests
{
    [Fact]
    public void A_site_alone_gives_receipts_though_one_of_those_who_should_sign_is_dead()
    {
        var stage = new VoiceStage(faults: 1);
        stage.Run(2);
        stage.Dead.Add(1);

        stage.OpenSession(1);
        stage.Run(5);

        Assert.NotEmpty(stage.Receipts);
    }

    [Fact]
    public void A_receipt_that_was_lost_is_sent_again_to_a_client_that_asks_again()
    {
        var stage = new VoiceStage(faults: 1);
        stage.Run(2);
        stage.OpenSession(1);
        stage.Run(2);
        var lost = stage.Receipts[0];
        stage.Receipts.Clear();

        stage.OpenSession(1);
        stage.Run(1);

        Assert.Contains(lost, stage.Receipts);
    }

    [Fact]
    public void Good_shares_handed_in_as_bad_ones_are_not_held_against_the_primary()
    {
        var stage = new VoiceStage(faults: 1);
        stage.Run(2);
        stage.OpenSession(1);
        stage.Run(1);
        var good = stage.Shares.First(share => share.Place.Member == 1);

        foreach (byte time in (byte[])[1, 2, 3])
        {
            stage.Offer(stage.AsEvidence(good with { GroupCommitment = Digest.Of([time]) }));
            stage.Offer(stage.AsEvidence(good with { Place = good.Place with { Group = time } }));
            stage.Run(2);
        }

        Assert.All(stage.Replicas, replica => Assert.Equal(0UL, replica.Status.View.Number));
    }

    [Fact]
    public void A_share_leaves_only_where_its_batch_is_executed()
    {
        var stage = new VoiceStage(faults: 1);
        stage.Run(2);
        stage.OpenSession(1);
        for (var step = 0; step < 500; step++)
        {
            stage.Run(0.001);
            Assert.All(stage.Shares, share =>
                Assert.True(stage.Replicas[share.Place.Member].Status.Executed >= share.Place.Sequence));
        }

        Assert.NotEmpty(stage.Shares);
    }

    [Fact]
    public void Nobody_publishes_commitments_before_a_quorum_has_told_where_it_stands()
    {
        var stage = new VoiceStage(faults: 1);
        stage.Dead.UnionWith([2, 3]);
        stage.Run(5);
        Assert.Empty(stage.Rows);

        stage.Dead.Remove(2);
        stage.Run(5);
        Assert.Equal([0, 1, 2], stage.Rows.Select(row => row.Replica).Distinct().Order());
    }
}
