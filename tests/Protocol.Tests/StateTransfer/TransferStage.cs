using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>One replica that fetches and three that serve; what passes between them takes a tenth of a millisecond, and
/// a test may put its hand in.</summary>
internal sealed class TransferStage
{
    public const int Self = 3;
    private static readonly Audience Among = Audience.OfSite(new(new(0), Self), new(1));
    private readonly StateSource[] _sources = [.. Enumerable.Range(0, 3).Select(_ => new StateSource(Among))];
    private readonly Effects _effects = new();
    private readonly Queue<(Instant At, int From, int To, SiteWord Word)> _road = [];
    private StateTransfer _transfer = new(Among, StateScope.Site);

    public TransferStage(ulong sequence, StateSnapshot state)
    {
        State = StateAt(sequence, state);
        KeepEverywhere(State);
    }

    public StableState State { get; private set; }

    public Instant Now { get; set; }

    public StableState? Fetched { get; private set; }

    /// <summary>The log's word: the newest checkpoint; null if nothing is wanted.</summary>
    public StableCheckpoint? Wanted { get; set; }

    public SiteSequence Executed { get; set; }

    /// <summary>What a source says instead of a word: nothing for null.</summary>
    public Func<int, SiteWord, SiteWord?> Instead { get; set; } = (_, word) => word;

    public List<JournalRecord> Disk { get; } = [];

    public SortedDictionary<int, int> ChunksTaken { get; } = [];

    public List<Rejection> Rejections { get; } = [];

    public TransferProgress? Progress => _transfer.Progress;

    public static StateSnapshot AnyState(Dice dice, int entries, int valueBytes = 200)
    {
        AuthenticatedMap global = new(), site = new();
        for (var entry = 0; entry < entries; entry++)
        {
            (dice.OneIn(3) ? site : global).Set(dice.Bytes(12), dice.Bytes(dice.Below(2 * valueBytes)));
        }

        return new(global.Snapshot(), site.Snapshot());
    }

    public static StableState StateAt(ulong sequence, StateSnapshot state) =>
        new(new(new(sequence), state.Digest, []), state);

    public void KeepEverywhere(StableState state)
    {
        State = state;
        foreach (var source in _sources)
        {
            source.Keep(state);
        }
    }

    /// <summary>The replica that fetches stops and starts; on its disk is what it persisted.</summary>
    public void Restart()
    {
        _transfer = new(Among, StateScope.Site);
        _transfer.Resume(Disk);
        _road.Clear();
    }

    public void Run(TimeSpan time)
    {
        var end = Now + time;
        while (Now < end && Fetched is null)
        {
            Step();
        }
    }

    public void Step()
    {
        Now += TimeSpan.FromMicroseconds(100);
        while (_road.TryPeek(out var next) && next.At <= Now)
        {
            _road.Dequeue();
            Deliver(next.From, next.To, next.Word);
        }

        for (var source = 0; source < _sources.Length; source++)
        {
            _sources[source].Advance(Now, _effects);
            Leave(source);
        }

        var wanted = Wanted is null ? null : new CheckpointTarget(Wanted);
        var fetched = Fetched is null ? _transfer.Advance(Now, wanted, Executed.Number, _effects) : null;
        Fetched = fetched is null ? Fetched : StableState.Of(fetched);
        Leave(Self);
    }

    private void Deliver(int from, int to, SiteWord word)
    {
        switch (word)
        {
            case StateFetch fetch:
                _sources[to].OnFetch(Now, from, fetch, _effects);
                Leave(to);
                break;
            case StateChunk chunk:
                var records = Disk.Count;
                _transfer.OnChunk(Now, from, chunk, _effects);
                Leave(Self);
                ChunksTaken[from] = ChunksTaken.GetValueOrDefault(from) + Disk.Count - records;
                break;
            case StateGone gone:
                _transfer.OnGone(Now, from, gone, _effects);
                Leave(Self);
                break;
        }
    }

    private void Leave(int from)
    {
        foreach (var effect in _effects)
        {
            if (effect is Effect.Persist(var record))
            {
                Disk.Add(record);
            }
            else if (effect is Effect.Reject(_, var reason))
            {
                Rejections.Add(reason);
            }
            else if (effect is Effect.Send(var to, var word) && Instead(from, word) is { } said)
            {
                // Through the codec, as all that travels.
                var heard = SiteWords.Decode(said.Kind, SiteWords.Encode(said).Span);
                Assert.NotNull(heard);
                _road.Enqueue((Now + TimeSpan.FromMicroseconds(100), from, to, heard));
            }
        }

        _effects.Clear();
    }
}
