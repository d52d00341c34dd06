using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>A replica that starts: when it votes, and when it finds out that its disk is not the one that knew what it
/// has promised.</summary>
public sealed class OwnLifeTests
{
    private static readonly Digest Apple = Digest.Of([9]);
    private static readonly Inquiry OfAnotherDisk = new(0, 1, Digest.Of([77]));

    public static TheoryData<SiteWord> OwnWords =>
    [
        new Prepare(new(2), new(5), Apple),
        new PrePrepare(new(1), new(5), Apple, null),
        new Checkpoint(new(128), Apple),
        new ViewChange(new(1), StableCheckpoint.Genesis, []),
        OfAnotherDisk,
    ];

    [Fact]
    public void Before_2f_peers_have_answered_a_replica_says_nothing_but_requests()
    {
        var replica = new StartingReplica();
        replica.Hear(0, replica.Offer(1));
        replica.Hear(0, new Complain(default, new(1), Stands: true));
        replica.Hear(2, new Complain(default, new(1), Stands: true));
        replica.Hear(3, new Complain(default, new(1), Stands: true));
        replica.Tick(1_000_000);
        replica.Answer(2);
        replica.Answer(2);

        Assert.False(replica.Status.IsVoting);
        Assert.All(replica.Words, word => Assert.True(word is Inquiry or Status, $"{word}"));
    }

    [Fact]
    public void When_2f_peers_know_of_no_word_a_replica_votes_for_what_it_was_offered_before()
    {
        var replica = new StartingReplica();
        replica.Hear(0, replica.Offer(1));

        replica.Answer(2);
        replica.Answer(3);

        Assert.True(replica.Status.IsVoting);
        Assert.Contains(replica.Words, word => word is Prepare);
    }

    [Theory]
    [MemberData(nameof(OwnWords))]
    public void A_word_that_the_disk_does_not_know_keeps_a_replica_from_voting_whoever_shows_it(SiteWord word)
    {
        var replica = new StartingReplica();
        replica.Hear(0, replica.Offer(1));

        replica.Answer(2, word);
        replica.Answer(3);
        replica.Answer(0);
        replica.Tick(1_000_000);

        Assert.False(replica.Status.IsVoting);
        Assert.DoesNotContain(replica.Words, said => said is Prepare or Complain);
        var returns = Assert.IsType<ReplicaReturns>(replica.Inputs[^1]);
        Assert.Equal((StartingReplica.Self, 1U, replica.Run), (returns.Replica, returns.Life, returns.Disk));
    }

    [Fact]
    public void A_loss_is_remembered_over_a_restart_though_nobody_shows_it_again()
    {
        var replica = new StartingReplica();
        replica.Answer(2, OfAnotherDisk);

        replica.Start(run: 2);
        replica.Answer(2);
        replica.Answer(3);

        Assert.False(replica.Status.IsVoting);
        Assert.Equal(Digest.Of([1]), Assert.IsType<ReplicaReturns>(replica.Inputs[^1]).Disk);
    }

    [Fact]
    public void A_replica_comes_back_in_the_life_after_the_highest_that_it_is_shown()
    {
        var replica = new StartingReplica();

        replica.Answer(2, OfAnotherDisk with { Life = 4 });
        replica.Tick(1_000_000);

        Assert.Equal(5U, Assert.IsType<ReplicaReturns>(replica.Inputs[^1]).Life);
    }

    /// <summary>All that is said is on disk before, so no crash makes a replica doubt its own disk.</summary>
    [Fact]
    public void A_replica_that_starts_again_knows_its_words()
    {
        var replica = new StartingReplica();
        var first = replica.Question;
        replica.Hear(0, replica.Offer(1));
        replica.Answer(2);
        replica.Answer(3);
        var prepare = replica.Words.OfType<Prepare>().Single();

        replica.Start(run: 2);
        Assert.Equal(first with { Start = 2, Run = replica.Run }, replica.Question);
        replica.Answer(2, first, prepare);
        replica.Answer(3, replica.Question);

        Assert.True(replica.Status.IsVoting);
    }

    /// <summary>Its disk does not name all its processes for ever, and a peer that was away may remember one of
    /// them.</summary>
    [Fact]
    public void However_often_a_replica_started_it_is_not_lost_when_a_peer_shows_an_old_process_of_it()
    {
        var replica = new StartingReplica();
        var first = replica.Question;
        for (byte run = 2; run <= Limits.OwnRunsKept + 3; run++)
        {
            replica.Answer(0);
            replica.Answer(3);
            replica.Start(run);
        }

        replica.Answer(2, first);
        replica.Answer(3);

        Assert.True(replica.Status.IsVoting);
    }

    /// <summary>For nobody can have told such a copy of others.</summary>
    [Fact]
    public void An_old_copy_that_started_often_and_had_no_answers_does_not_know_of_the_starts_since()
    {
        var replica = new StartingReplica();
        var copy = replica.Disk.ToArray();
        replica.Start(run: 2);
        var second = replica.Question;

        replica.Start(run: 3, copy);
        for (var run = 4; run <= Limits.OwnRunsKept + 9; run++)
        {
            replica.Start((byte)run);
        }

        replica.Answer(2, second);
        replica.Answer(3);

        Assert.False(replica.Status.IsVoting);
    }

    /// <summary>The state that told of its return came from peers, and was not stored before it stopped.</summary>
    [Fact]
    public void A_replica_in_a_later_life_takes_no_answer_before_its_machine_knows_of_that_life()
    {
        var replica = new StartingReplica();
        var disk = new OwnDisk(1, Digest.Of([8]), Start: 5, Cleared: 4, [Digest.Of([8])], IsLost: false);
        replica.Start(run: 2, [LifeRecords.Own(new(1), disk)]);

        replica.Answer(2, new ViewChange(new(9), StableCheckpoint.Genesis, []));
        replica.Answer(3);
        replica.Tick(1_000_000);

        Assert.False(replica.Status.IsVoting);
        Assert.Empty(replica.Inputs);
        Assert.Contains($"{Rejection.TooSoon}", replica.Refusals);
    }

    [Fact]
    public void An_old_copy_of_a_disk_does_not_know_what_was_said_since()
    {
        var replica = new StartingReplica();
        var copy = replica.Disk.ToArray();
        replica.Hear(0, replica.Offer(1));
        replica.Answer(2);
        replica.Answer(3);
        var prepare = replica.Words.OfType<Prepare>().Single();

        replica.Start(run: 2, copy);
        replica.Answer(2, prepare);
        replica.Answer(3);

        Assert.False(replica.Status.IsVoting);
    }

    [Fact]
    public void An_old_copy_of_a_disk_does_not_know_of_the_starts_since()
    {
        var replica = new StartingReplica();
        var copy = replica.Disk.ToArray();
        replica.Start(run: 2);
        var second = replica.Question;

        replica.Start(run: 3, copy);
        replica.Answer(2, second);
        replica.Answer(3);

        Assert.False(replica.Status.IsVoting);
    }

    /// <summary>The number of its start may then be higher than that of the process that it does not know.</summary>
    [Fact]
    public void An_old_copy_that_has_started_more_often_does_not_know_of_the_starts_since_either()
    {
        var replica = new StartingReplica();
        var copy = replica.Disk.ToArray();
        replica.Start(run: 2);
        var second = replica.Question;

        replica.Start(run: 3, copy);
        replica.Start(run: 4);
        replica.Answer(2, second);
        replica.Answer(3);

        Assert.True(replica.Question.Start > second.Start);
        Assert.False(replica.Status.IsVoting);
    }

    [Fact]
    public void What_was_said_since_the_first_vote_is_no_news()
    {
        var replica = new StartingReplica();
        replica.Answer(2);
        replica.Answer(3);
        replica.Hear(0, replica.Offer(1));

        replica.Answer(0, replica.Words.OfType<Prepare>().Single());

        Assert.True(replica.Status.IsVoting);
    }

    [Fact]
    public void An_answer_to_another_process_does_not_count()
    {
        var replica = new StartingReplica();
        replica.Hear(2, new Recollection(Digest.Of([50]), []));
        replica.Hear(3, new Recollection(Digest.Of([50]), []));

        Assert.False(replica.Status.IsVoting);
        Assert.Equal(2, replica.Refusals.Count(reason => reason == $"{Rejection.NotForUs}"));
    }
}
