using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>When a replica tells where it stands, so that peers send what it lacks.</summary>
public sealed class StatusExchangeTests
{
    private const long Busy = 50_000;

    private readonly LogStage _backup = new(self: 1);

    [Fact]
    public void What_has_just_begun_is_on_its_way_and_is_not_asked_for()
    {
        Tells(900_000);
        _backup.Hear(0, PrePrepare.Of(default, new(1), LogStage.Apple));

        Assert.False(Tells(1_000));
        Assert.False(Tells(Busy - 2_000));
        Assert.True(Tells(1_000));
    }

    [Fact]
    public void While_something_stays_pending_it_is_asked_for_again_and_again()
    {
        _backup.Hear(0, PrePrepare.Of(default, new(1), LogStage.Apple));

        Assert.Equal(4, Enumerable.Range(0, 200).Count(_ => Tells(1_000)));
    }

    [Fact]
    public void A_replica_at_rest_tells_every_second()
    {
        Tells(1_000_000);

        Assert.Equal(3, Enumerable.Range(0, 3_000).Count(_ => Tells(1_000)));
    }

    /// <summary>Each would be read from the journal and encoded, dozens for a word of sixty bytes.</summary>
    [Fact]
    public void A_peer_that_tells_an_old_place_again_and_again_gets_each_body_once_in_a_while()
    {
        for (ulong place = 1; place <= 30; place++)
        {
            var offer = PrePrepare.Of(default, new(place), LogStage.Holding((byte)place, after: (long)place));
            _backup.Hear(0, offer);
            foreach (var replica in new[] { 0, 2, 3 })
            {
                _backup.Hear(replica, new Commit(default, new(place), offer.Digest));
            }

            _backup.Execute();
        }

        var sent = new List<ulong>();
        for (ulong round = 0; round < 31; round++)
        {
            _backup.Now += 5_000;
            var status = new Status(1, round, default, true, 0, default, default, new(LogStage.Start), []);
            sent.AddRange(_backup.Hear(3, status)
                .OfType<Effect.Send>().Select(send => send.Word).OfType<CommittedBatch>().Select(word => word.Sequence.Number));
        }

        // In each of four spans of 40 ms each once, by the turns of this replica.
        Assert.InRange(sent.Count, 30, 4 * 30);
        Assert.Equal(30, sent.Distinct().Count());
    }

    private bool Tells(long microseconds)
    {
        var before = _backup.Statuses;
        _backup.Tick(microseconds);
        return _backup.Statuses > before;
    }
}
