using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>The Global part of other sites on its way to one replica of a site that was left behind: from the replicas of
/// all sites, over their own frames.</summary>
public sealed class GlobalTransferTests
{
    private static readonly ReplicaId Self = new(new(1), 2);
    private static readonly Genesis Genesis = ThreeSites();

    private readonly Audience _audience = Audience.OfSystem(Genesis, Self);
    private readonly StateSource[] _sources;
    private readonly List<JournalRecord> _disk = [];
    private readonly SortedSet<SiteId> _served = [];
    private readonly List<Rejection> _rejections = [];
    private readonly PriorityQueue<(int From, int To, SiteWord Word), (Instant At, int Order)> _road = new();
    private StateTransfer _transfer;
    private KeptState? _kept;
    private Instant _now;
    private int _sent;

    // A liar of the own site, who has the state all the same.
    private int? _liar;
    private TimeSpan _farRoads;
    private Instant _cutUntil;

    public GlobalTransferTests()
    {
        _transfer = new(_audience, StateScope.Global);
        _sources = [.. _audience.Replicas.Select(replica => new StateSource(Audience.OfSystem(Genesis, replica)))];
    }

    [Fact]
    public void A_state_comes_from_replicas_of_several_sites_and_is_held_against_what_was_told()
    {
        var (kept, told) = Keep(1024, entries: 24_000);

        var fetched = Run(told);

        Assert.Equal((kept.Global.Digest, kept.Beside), (fetched!.Global.Digest, fetched.Beside));
        Assert.Equal([new SiteId(0), new SiteId(2)], _served);
    }

    /// <summary>Its chunks fit one another, and not what was told.</summary>
    [Theory]
    [InlineData("another state")]
    [InlineData("another log")]
    public void A_state_that_was_not_told_is_refused(string what)
    {
        var (kept, told) = Keep(1024, entries: 200);
        var digest = what == "another log"
            ? ToldState.DigestOf(kept.Global.Digest, Digest.Of([1]))
            : ToldState.DigestOf(Digest.Of([1]), kept.Beside);

        Assert.Null(Run(told with { Digest = digest }, steps: 3000));
        Assert.Contains(Rejection.BadChunk, _rejections);
        Assert.DoesNotContain(_disk, record => record.Kind == JournalRecordKind.GlobalChunk);
    }

    [Fact]
    public void What_was_fetched_of_other_sites_is_whole_again_after_a_restart()
    {
        var (kept, told) = Keep(1024, entries: 1000);
        Assert.NotNull(Run(told));

        _transfer = new(_audience, StateScope.Global);
        _transfer.Resume(_disk);
        var again = _transfer.TakeWhole();

        Assert.Equal(new ToldTarget(told, new(77)), again!.Target);
        Assert.Equal((kept.Global.Digest, kept.Beside), (again.Global.Digest, again.Beside));

        // A state of the own site is another matter.
        var other = new StateTransfer(_audience, StateScope.Site);
        other.Resume(_disk);
        Assert.Null(other.Target);
    }

    /// <summary>A batch that takes it over may be executed once more, though the next one is wanted by now.</summary>
    [Fact]
    public void A_state_that_was_whole_is_there_after_a_restart_though_the_next_one_was_begun()
    {
        var (kept, told) = Keep(1024, entries: 1000);
        Assert.NotNull(Run(told));
        _transfer = new(_audience, StateScope.Global);
        Assert.Null(Run(Keep(2048, entries: 12_000).Told, steps: 50));

        _transfer = new(_audience, StateScope.Global);
        var earlier = Assert.Single(_transfer.Resume(_disk));

        Assert.Equal(new ToldTarget(told, new(77)), earlier.Target);
        Assert.Equal(kept.Global.Digest, earlier.Global.Digest);
        Assert.Equal(2048UL, _transfer.Target?.Place.Number);
        Assert.Null(_transfer.TakeWhole());
    }

    /// <summary>Each is as large as the state of a system, and shares nothing with another.</summary>
    [Fact]
    public void Of_states_that_are_found_after_a_restart_the_newest_are_kept_each_once_and_only_whole_ones()
    {
        for (var told = 1UL; told <= Limits.FetchedStatesKept + 2; told++)
        {
            _transfer = new(_audience, StateScope.Global);
            var (kept, state) = Keep(1024 * told, entries: 100);
            Assert.NotNull(Run(state));
            var again = TransferRecords.Again(new(state, new(99)), kept.Global, kept.Beside, (uint)kept.Global.Count, null);
            _disk.AddRange(again);
            _disk.Add(new ToldTarget(new(new((1024 * told) + 1), default), new(99)).Begun());
        }

        var found = new StateTransfer(_audience, StateScope.Global).Resume(_disk);

        Assert.Equal(
            Enumerable.Range(3, Limits.FetchedStatesKept).Select(told => (1024UL * (ulong)told, new SiteSequence(99))),
            found.Select(state => (state.Target.Place.Number, state.Target.RecordedAt)));
    }

    /// <summary>The chunks lie in the journal, and all that is done meanwhile lies there too.</summary>
    [Theory]
    [InlineData(20)]
    [InlineData(60)]
    [InlineData(20_000)]
    public void What_was_fetched_is_written_again_so_that_the_journal_before_it_may_be_cut(int steps)
    {
        var (kept, told) = Keep(1024, entries: 12_000);
        var whole = Run(told, steps);
        var effects = new Effects();
        if (whole is null)
        {
            _transfer.WriteAgain(new(99), effects);
        }
        else
        {
            var again = TransferRecords.Again(
                new(told, new(99)), whole.Global, whole.Beside, (uint)whole.Global.Count, null);
            again.ToList().ForEach(effects.Persist);
        }

        Leave(_audience.Self, effects);
        whole ??= Run(told, 50);
        var (chunks, behind) = (_disk.Count, _disk.Where(record => record.Place == new SiteSequence(99)).ToArray());
        Assert.True(behind.Length > 1 && behind.Length < chunks);
        var before = _transfer.Progress;

        // The journal is cut, and the replica starts anew.
        _disk.Clear();
        _disk.AddRange(behind);
        _transfer = new(_audience, StateScope.Global);
        Assert.Empty(_transfer.Resume(_disk));
        Assert.Equal(whole is null ? before?.Entries : kept.Global.Count, _transfer.Progress?.Entries);
        var fetched = Run(told);

        Assert.Equal((kept.Global.Digest, kept.Beside), (fetched!.Global.Digest, fetched.Beside));
        Assert.Equal(new ToldTarget(told, new(99)), fetched.Target);
    }

    /// <summary>A replica that waited for a state may have been brought behind it by its own site.</summary>
    [Fact]
    public void A_state_that_lies_behind_is_not_fetched()
    {
        var effects = new Effects();
        var target = new ToldTarget(new(new(1024), default), new(77));

        Assert.Null(_transfer.Advance(_now, target, reached: 1024, effects));
        Assert.Null(_transfer.Target);
        Assert.Empty(effects);
    }

    /// <summary>Chunks that hold an entry each are true, and there at once: reckoned by answers, nobody is as quick, and with all
    /// others left out the liar needs no haste any more.</summary>
    [Fact]
    public void A_source_that_brings_an_entry_at_a_time_does_not_make_the_others_slow()
    {
        (_liar, _farRoads) = (_audience.Self + 1, TimeSpan.FromMilliseconds(300));
        var (kept, told) = Keep(1024, entries: 80_000);

        var fetched = Run(told, steps: 40_000);

        Assert.Equal(kept.Global.Digest, fetched?.Global.Digest);
        Assert.True(_now < new Instant(0) + TimeSpan.FromSeconds(30), $"took until {_now}");
    }

    /// <summary>All who are far are late at once, and then there is one who never is.</summary>
    [Fact]
    public void When_only_liars_may_be_left_the_others_are_asked_once_more_though_nobody_is_late()
    {
        (_liar, _farRoads) = (_audience.Self + 1, TimeSpan.FromMilliseconds(300));
        _cutUntil = new Instant(0) + TimeSpan.FromSeconds(30);
        var (kept, told) = Keep(1024, entries: 24_000);

        var fetched = Run(told, steps: 100_000);

        Assert.Equal(kept.Global.Digest, fetched?.Global.Digest);
    }

    /// <summary>Or anybody could make a source answer with what does not exist.</summary>
    [Fact]
    public void The_site_part_is_no_part_of_it()
    {
        var (kept, _) = Keep(1024, entries: 10);
        var effects = new Effects();
        _sources[0].OnFetch(_now, 9, new(kept.Place, StateSection.Site, Bytes.Empty, 4), effects);
        _sources[0].Advance(_now + TimeSpan.FromSeconds(1), effects);

        Assert.Equal(Rejection.NotForUs, Assert.IsType<Effect.Reject>(Assert.Single(effects)).Reason);
    }

    private (KeptState Kept, ToldState Told) Keep(ulong at, int entries)
    {
        var state = TransferStage.AnyState(new Dice(at), entries).Global;
        var kept = new KeptState(StatePlace.Of(new GlobalSequence(at)), state, null, Digest.Of([7]));
        foreach (var (source, replica) in _sources.Zip(_audience.Replicas))
        {
            if (replica.Site != Self.Site)
            {
                source.Keep(kept);
            }
        }

        _kept = kept;
        return (kept, new(new(at), ToldState.DigestOf(kept.Global.Digest, kept.Beside)));
    }

    private FetchedState? Run(ToldState told, int steps = 20_000)
    {
        var effects = new Effects();
        var self = _audience.Self;
        for (var step = 0; step < steps; step++)
        {
            _now += TimeSpan.FromMilliseconds(1);
            while (_road.TryPeek(out var sent, out var due) && due.At <= _now)
            {
                _road.Dequeue();
                Hear(sent.From, sent.To, sent.Word, effects);
                Leave(sent.To, effects);
            }

            for (var source = 0; source < _sources.Length; source++)
            {
                _sources[source].Advance(_now, effects);
                Leave(source, effects);
            }

            var fetched = _transfer.Advance(_now, new ToldTarget(told, new(77)), 5, effects);
            Leave(self, effects);
            if (fetched is not null)
            {
                return fetched;
            }
        }

        return null;
    }

    private void Hear(int from, int to, SiteWord word, Effects effects)
    {
        switch (word)
        {
            case StateFetch { Chunks: > 0 } fetch when to == _liar:
                Drip(to, fetch, effects);
                break;
            case StateFetch fetch when to != _liar:
                _sources[to].OnFetch(_now, from, fetch, effects);
                break;
            case StateChunk chunk:
                _served.Add(_audience.Replicas[from].Site);
                _transfer.OnChunk(_now, from, chunk, effects);
                break;
            case StateGone gone:
                _transfer.OnGone(_now, from, gone, effects);
                break;
        }
    }

    /// <summary>Eight true chunks with an entry each: the first answer at once, all others just in time.</summary>
    private void Drip(int liar, StateFetch fetch, Effects effects)
    {
        var (from, state) = (fetch.From, _kept!);
        var at = _now + TimeSpan.FromMilliseconds(fetch.From == Bytes.Empty ? 1 : 200);
        for (var left = fetch.Chunks; left > 0; left--)
        {
            _road.Enqueue((liar, _audience.Self, OneEntry(state, from, out var next)), (at, _sent++));
            from = next ?? from;
        }
    }

    internal static StateChunk OneEntry(KeptState state, Bytes from, out Bytes? next)
    {
        var chunk = MapChunk.Encode(state.Global, from, 1, out next);
        var (global, length) = (state.Global.Digest, (uint)chunk.Length);
        return new(state.Place, global, state.Beside, (uint)state.Entries, StateSection.Global, from, length, 0, chunk);
    }

    private void Travel(int from, int to, SiteWord word)
    {
        var isFar = _audience.Replicas[from].Site != _audience.Replicas[to].Site;
        if (!isFar || _now >= _cutUntil)
        {
            _road.Enqueue((from, to, word), (_now + TimeSpan.FromMilliseconds(1) + (isFar ? _farRoads : default), _sent++));
        }
    }

    private void Leave(int from, Effects effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case Effect.Persist(var record):
                    _disk.Add(record);
                    break;
                case Effect.Reject(_, var reason):
                    _rejections.Add(reason);
                    break;
                case Effect.Send(var to, var word):
                    Travel(from, _audience.Of(new(_audience.Replicas[from].Site, to)), word);
                    break;
                case Effect.SendFar(var receiver, var word):
                    Travel(from, _audience.Of(receiver), Admitted(from, receiver, word));
                    break;
            }
        }

        effects.Clear();
    }

    /// <summary>Through frame and gate, as all that travels.</summary>
    private SiteWord Admitted(int from, ReplicaId receiver, SiteWord word)
    {
        var sender = _audience.Replicas[from];
        var gate = new Gate(Genesis, receiver, new IdealSigning());
        Assert.Equal(Rejection.None, gate.AdmitFromSite(sender, Gate.FrameOf(word).Span, out var input));
        var heard = Assert.IsType<Input.HeardFar>(input);
        Assert.Equal(sender, heard.From);
        return heard.Word;
    }

    internal static Genesis ThreeSites()
    {
        var key = Digest.Of([1]).ToBytes();
        ValueList<Bytes> keys = [key, key, key, key];
        var site = new GenesisSite(new(1), key, keys, keys);
        return new(
            new(new byte[Genesis.RandomBytes]), [site, site, site], [new(0), new(1), new(2)], [], "test", 1);
    }
}
