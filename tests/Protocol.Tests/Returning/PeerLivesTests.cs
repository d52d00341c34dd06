using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>What peers remember of one another's disks.</summary>
public sealed class PeerLivesTests
{
    private static readonly Inquiry First = new(0, 1, Digest.Of([10]));
    private static readonly Inquiry Other = new(0, 1, Digest.Of([20]));

    [Fact]
    public void A_replica_answers_while_it_waits_for_answers_itself_and_tells_its_own_process()
    {
        var replica = new StartingReplica();
        replica.Words.Clear();

        replica.Hear(2, First);

        Assert.Equal(new Recollection(First.Run, []), replica.Words[0]);
        Assert.Equal(replica.Run, Assert.IsType<Inquiry>(replica.Words[1]).Run);
        Assert.Equal(JournalRecordKind.PeerLife, replica.Disk[^1].Kind);
    }

    /// <summary>It may have lost its disk. If all did that one after the other, and heard nothing then, this replica
    /// would find nobody who remembers it when it loses its own.</summary>
    [Fact]
    public void A_peer_that_starts_anew_is_told_of_this_process_until_it_answers()
    {
        var replica = new StartingReplica();
        Array.ForEach([0, 2, 3], peer => replica.Answer(peer));
        replica.Hear(2, First);
        replica.Words.Clear();

        replica.Tick(1_100_000);
        Assert.Equal(replica.Run, Assert.Single(replica.Words.OfType<Inquiry>()).Run);

        replica.Answer(2);
        replica.Words.Clear();
        replica.Tick(1_100_000);
        Assert.Empty(replica.Words.OfType<Inquiry>());
    }

    [Fact]
    public void Who_asks_is_shown_the_processes_that_asked_before_also_after_a_restart_and_a_second_time()
    {
        var replica = new StartingReplica();
        replica.Hear(2, First);
        replica.Start(run: 2);

        Assert.Equal([new(First, StartingReplica.Say(2, First).Signature)], Answer(replica, Other));
        Assert.Equal([new(First, StartingReplica.Say(2, First).Signature)], Answer(replica, Other));
    }

    /// <summary>Or whoever says old ones again could make it forget the newest.</summary>
    [Fact]
    public void Of_the_processes_of_a_peer_the_latest_starts_and_lives_are_remembered()
    {
        var replica = new StartingReplica();
        var late = First with { Start = 100 };
        var back = Other with { Life = 1 };
        Answer(replica, late);
        Answer(replica, back);
        for (byte start = 1; start <= 10; start++)
        {
            Answer(replica, new(0, start, Digest.Of([50, start])));
        }

        var shown = Answer(replica, new(0, 11, Digest.Of([60]))).Select(word => word.Word).ToArray();

        Assert.Contains(late, shown);
        Assert.Contains(back, shown);
        Assert.True(shown.Length <= Limits.PeerRunsKept);
    }

    [Fact]
    public void The_askers_newest_words_are_shown()
    {
        var replica = new StartingReplica();
        var change = new ViewChange(new(9), StableCheckpoint.Genesis, []);
        SiteWord[] words =
        [
            new Prepare(default, new(4), First.Run), new Prepare(default, new(7), First.Run),
            new Checkpoint(new(128), First.Run), new Checkpoint(new(256), First.Run), change,
        ];
        foreach (var word in words)
        {
            replica.Hear(2, word);
        }

        Assert.Equal([words[1], words[3], change], Answer(replica, First).Select(shown => shown.Word));
    }

    [Fact]
    public void Nobody_makes_a_replica_answer_without_end()
    {
        var replica = new StartingReplica();
        replica.Hear(2, First);
        replica.Words.Clear();

        replica.Hear(2, First);

        Assert.Empty(replica.Words);
        Assert.Contains($"{Rejection.TooSoon}", replica.Refusals);
    }

    private static ValueList<RecalledWord> Answer(StartingReplica replica, Inquiry question)
    {
        replica.Tick(100_000);
        replica.Words.Clear();
        replica.Hear(2, question);
        return replica.Words.OfType<Recollection>().Single().Words;
    }
}
