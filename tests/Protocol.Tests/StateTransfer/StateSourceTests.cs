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

    private Effects AskedAt(Instant now)
    {
        var effects = new Effects();
        _source.OnFetch(now, Peer, new StateFetch(StatePlace.Of(new SiteSequence(100)), StateSection.Global, Bytes.Empty, 0), effects);
        return effects;
    }

    private static StableState StateAt(ulong sequence) =>
        TransferStage.StateAt(sequence, TransferStage.AnyState(new(sequence), entries: 3));
}
