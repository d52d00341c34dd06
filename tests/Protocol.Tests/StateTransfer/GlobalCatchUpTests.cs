using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>One replica of a site that takes over a state: what it waits for, and what it keeps for those who wait.</summary>
public sealed class GlobalCatchUpTests
{
    private static readonly ReplicaId Self = new(new(1), 2);
    private static readonly ReplicaId Liar = new(new(2), 3);
    private static readonly ReplicaSettings Settings = new(
        GlobalTransferTests.ThreeSites(), Self, new IdealSigning(), new IdealSigning(), new TestMachine());

    private readonly GlobalCatchUp _catchUp = new(Settings);
    private readonly SiteMachine _machine = new(Settings, null);
    private readonly Effects _effects = new();
    private readonly KeptState _state = StateAt(1024);
    private readonly LogStage _stage = new(Self.Index);
    private Instant _now;

    /// <summary>It takes its own site's state then, which lies ahead. Each whole answer seemed to show that there was
    /// somebody to fetch it from.</summary>
    [Fact]
    public void A_replica_that_waits_for_a_state_is_held_up_though_a_liar_brings_a_little_of_it()
    {
        var road = new Queue<(Instant At, SiteWord Word)>();
        Assert.False(_catchUp.TryPrepare(ToldOf(_state), out _));
        var answers = 0;
        for (var step = 0; step < 30_000; step++)
        {
            _now += TimeSpan.FromMilliseconds(1);
            while (road.TryPeek(out var next) && next.At <= _now)
            {
                _catchUp.OnWord(_now, Liar, road.Dequeue().Word, _effects);
            }

            _catchUp.Advance(_now, _machine, _stage.Log, _effects);
            foreach (var (to, fetch) in Fetches())
            {
                if (to != Liar)
                {
                    _catchUp.OnWord(_now, to, new StateGone(fetch.Place), _effects);
                }
                else if (fetch.Chunks > 0)
                {
                    answers++;
                    Drip(fetch, road);
                }
            }

            Assert.True(_catchUp.IsHeldUp || step < 5000, $"after {answers} answers, at {_now}");
        }

        Assert.True(answers > 1);
    }

    /// <summary>With a liar that signs no checkpoint, none can be stable without the replica that waits for the state; and the
    /// site halts for good when nobody has it any more.</summary>
    [Fact]
    public void Who_took_over_a_state_has_it_for_a_replica_that_waits_until_a_checkpoint_behind_it_is_stable()
    {
        var waiting = new ReplicaId(Self.Site, 0);
        var own = SiteRecoveryTests.Checkpointed(_stage);
        _catchUp.OnTakenOver(own.Sequence, _state);
        _catchUp.Keep(_state);

        // It tells more states than are kept, and all of them have changed more than may be kept for one who asks.
        var map = new AuthenticatedMap(_state.Global);
        Change(map, Limits.PinnedStateBytes);
        for (ulong told = 2048; told <= 8192; told += 1024)
        {
            _catchUp.Keep(new(StatePlace.Of(new GlobalSequence(told)), map.Snapshot(), null, Digest.Of([8])));
        }

        for (var minute = 1; minute <= 15; minute++)
        {
            Assert.IsType<StateChunk>(Assert.Single(Asked(waiting)));
        }

        foreach (var replica in new[] { 0, 1, 3 })
        {
            _stage.Hear(replica, own);
        }

        Assert.Equal(own.Sequence, _stage.Log.Stable);
        _catchUp.Advance(_now, _machine, _stage.Log, _effects);
        Assert.IsType<StateGone>(Assert.Single(Asked(waiting)));
    }

    private static void Change(AuthenticatedMap map, long bytes)
    {
        for (var value = new byte[Limits.StateValueBytes]; bytes >= 0; bytes -= value.Length)
        {
            value[0]++;
            map.Set(new([1]), new(value.AsSpan().ToArray()));
        }
    }

    private SiteWord[] Asked(ReplicaId peer)
    {
        _effects.Clear();
        _now += TimeSpan.FromMinutes(1);
        _catchUp.OnWord(_now, peer, new StateFetch(_state.Place, StateSection.Global, Bytes.Empty, 1), _effects);
        _catchUp.Advance(_now, _machine, _stage.Log, _effects);
        return [.. _effects.OfType<Effect.Send>().Where(sent => sent.Replica == peer.Index).Select(sent => sent.Word)];
    }

    /// <summary>Eight true chunks with an entry each, and each just in time.</summary>
    private void Drip(StateFetch fetch, Queue<(Instant At, SiteWord Word)> road)
    {
        var (from, at) = (fetch.From, _now);
        for (var left = fetch.Chunks; left > 0; left--)
        {
            at += TimeSpan.FromMilliseconds(1900);
            road.Enqueue((at, GlobalTransferTests.OneEntry(_state, from, out var next)));
            from = next ?? from;
        }
    }

    private List<(ReplicaId To, StateFetch Fetch)> Fetches()
    {
        var fetches = new List<(ReplicaId, StateFetch)>();
        foreach (var effect in _effects)
        {
            if (effect is Effect.Send(var index, StateFetch near))
            {
                fetches.Add((new(Self.Site, index), near));
            }
            else if (effect is Effect.SendFar(var replica, StateFetch far))
            {
                fetches.Add((replica, far));
            }
        }

        _effects.Clear();
        return fetches;
    }

    private static ToldState ToldOf(KeptState state) =>
        new(new(state.Place.Number), ToldState.DigestOf(state.Global.Digest, state.Beside));

    private static KeptState StateAt(ulong at) => new(
        StatePlace.Of(new GlobalSequence(at)), TransferStage.AnyState(new(at), entries: 1000).Global, null, Digest.Of([7]));
}
