using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>How long a replica holds on to an old state for a peer.</summary>
public sealed class StateSourceTests
{
    private const int Peer = 2;

    private readonly StateSource _source = new(Audience.OfSite(new(new(0), 0), new(1)));

    public StateSourceTests()
    {
        _source.Keep(StateAt(100));
        Assert.Empty(AskedAt(default));
        _source.Keep(StateAt(200));
        _source.Keep(StateAt(300));
    }

    [Fact]
    public void A_state_that_a_peer_asks_for_stays_while_it_asks()
    {
        for (var minute = 1; minute <= 9; minute++)
        {
            var now = default(Instant) + TimeSpan.FromMinutes(minute);
            _source.Advance(now, new());

            Assert.Empty(AskedAt(now));
        }
    }

    [Fact]
    public void A_state_that_nobody_asks_for_any_more_is_let_go_without_being_asked()
    {
        var later = default(Instant) + TimeSpan.FromMinutes(2) + TimeSpan.FromSeconds(1);
        _source.Advance(later, new());

        Assert.IsType<StateGone>(Assert.IsType<Effect.Send>(Assert.Single(AskedAt(later))).Word);
    }

    [Fact]
    public void Nobody_makes_a_replica_keep_an_old_state_for_ever()
    {
        var last = default(Instant);
        for (var minute = 1; minute <= 11; minute++)
        {
            last = default(Instant) + TimeSpan.FromMinutes(minute);
            _source.Advance(last, new());
            AskedAt(last);
        }

        Assert.Single(AskedAt(last));
    }

    /// <summary>A large state could never be fetched: all would have let go of it after ten minutes.</summary>
    [Fact]
    public void A_state_stays_for_a_peer_that_comes_on_in_it_but_not_for_one_that_takes_a_step_at_a_time()
    {
        var state = TransferStage.StateAt(400, TransferStage.AnyState(new(400), entries: 9000));
        var entries = state.State.Global.Range(Bytes.Empty, null).Select(entry => entry.Key).ToArray();
        foreach (var (stride, isKept) in new[] { (entries.Length / 14, true), (1, false) })
        {
            var source = new StateSource(Audience.OfSite(new(new(0), 0), new(1)));
            source.Keep(state);
            var effects = new Effects();
            for (var minute = 0; minute <= 12; minute++)
            {
                var now = default(Instant) + TimeSpan.FromMinutes(minute);
                source.OnFetch(
                    now,
                    Peer,
                    new(StatePlace.Of(state.Sequence), StateSection.Global, entries[minute * stride], 0),
                    effects);
                source.Keep(StateAt(500 + (ulong)minute));
                source.Advance(now, effects);
            }

            Assert.Equal(isKept ? 0 : 1, effects.OfType<Effect.Send>().Count(sent => sent.Word is StateGone));
        }
    }

    /// <summary>However many ask, each for another state: a liar of each site may hold one for ten minutes.</summary>
    [Fact]
    public void A_state_is_let_go_when_much_has_changed_since_though_somebody_asks_for_it()
    {
        var (map, site) = (new AuthenticatedMap(), new AuthenticatedMap());
        Keep(1000);
        Change(Limits.PinnedStateBytes / 2);
        Keep(1001);
        Assert.Empty(AskedAt(default, 1000));
        Keep(1002);
        _source.Advance(default, new());
        Assert.Empty(AskedAt(default, 1000));
        Assert.Empty(AskedAt(default, 1001));

        Change(Limits.PinnedStateBytes / 2);
        Keep(1003);
        Keep(1004);
        _source.Advance(default, new());

        Assert.IsType<StateGone>(Assert.IsType<Effect.Send>(Assert.Single(AskedAt(default, 1000))).Word);
        Assert.Empty(AskedAt(default, 1001));

        void Keep(ulong sequence) =>
            _source.Keep(TransferStage.StateAt(sequence, new(map.Snapshot(), site.Snapshot())));

        void Change(long bytes)
        {
            var value = new byte[Limits.StateValueBytes];
            for (; bytes > 0; bytes -= value.Length)
            {
                value[0]++;
                (value[0] % 2 == 0 ? map : site).Set(new([1]), new(value.AsSpan().ToArray()));
            }
        }
    }

    /// <summary>Fetching it takes longer than such a change does under load: it could never be fetched.</summary>
    [Fact]
    public void A_large_state_stays_until_as_much_has_changed_as_it_has()
    {
        const int Entries = (int)(2 * Limits.PinnedStateBytes / AuthenticatedMap.NodeBytes);
        var builder = new MapBuilder();
        for (var key = 0; key < Entries; key++)
        {
            builder.TryAdd(MapEntry.Hashed(new([(byte)(key >> 16), (byte)(key >> 8), (byte)key]), Bytes.Empty));
        }

        var map = new AuthenticatedMap(builder.Build());
        Keep(1000);
        Assert.Empty(AskedAt(default, 1000));
        Change(Limits.PinnedStateBytes * 3 / 2);
        Assert.Empty(AskedAt(default, 1000));

        Change(Limits.PinnedStateBytes);
        Assert.Single(AskedAt(default, 1000));

        void Change(long bytes)
        {
            for (var value = new byte[Limits.StateValueBytes]; bytes > 0; bytes -= value.Length)
            {
                value[0]++;
                map.Set(new([1]), new(value.AsSpan().ToArray()));
            }

            Keep((ulong)map.Snapshot().Written);
            Keep((ulong)map.Snapshot().Written + 1);
            _source.Advance(default, new());
        }

        void Keep(ulong sequence) =>
            _source.Keep(TransferStage.StateAt(sequence, new(map.Snapshot(), new AuthenticatedMap().Snapshot())));
    }

    [Fact]
    public void A_state_that_shares_nothing_with_the_own_one_any_more_is_let_go()
    {
        Assert.Empty(AskedAt(default));

        _source.OnReplaced();
        _source.Advance(default, new());

        Assert.IsType<StateGone>(Assert.IsType<Effect.Send>(Assert.Single(AskedAt(default))).Word);
    }

    /// <summary>Under load a replica's turns are farther apart than its pieces may be; a state that took so long would
    /// never be fetched. What was missed is made up for in part, so that serving never crowds out ordering.</summary>
    [Fact]
    public void A_source_that_was_busy_for_a_while_makes_up_for_a_few_pieces_and_no_more()
    {
        var state = TransferStage.StateAt(400, TransferStage.AnyState(new(400), entries: 6000));
        _source.Keep(state);
        var busyUntil = default(Instant) + TimeSpan.FromSeconds(1);
        _source.OnFetch(
            busyUntil,
            Peer,
            new StateFetch(StatePlace.Of(new SiteSequence(400)), StateSection.Global, Bytes.Empty, Limits.StateChunksPerFetch),
            new());

        Assert.Equal([1, 1, 1, 1, 0, 0], Enumerable.Range(0, 6).Select(_ => PiecesAt(busyUntil)));
        Assert.Equal(1, PiecesAt(busyUntil + TimeSpan.FromMilliseconds(2)));
        Assert.Equal(0, PiecesAt(busyUntil + TimeSpan.FromMilliseconds(2)));
    }

    private int PiecesAt(Instant now)
    {
        var effects = new Effects();
        _source.Advance(now, effects);
        return effects.Count;
    }

    private Effects AskedAt(Instant now, ulong sequence = 100)
    {
        var effects = new Effects();
        _source.OnFetch(now, Peer, new StateFetch(StatePlace.Of(new SiteSequence(sequence)), StateSection.Global, Bytes.Empty, 0), effects);
        return effects;
    }

    private static StableState StateAt(ulong sequence) =>
        TransferStage.StateAt(sequence, TransferStage.AnyState(new(sequence), entries: 3));
}
