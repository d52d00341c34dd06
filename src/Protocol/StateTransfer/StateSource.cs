using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>Serves states to replicas and sites that come back, beside the ordering and never instead of it: one piece at
/// a time, a moment apart. A state is immutable and shares all that did not change with the present one, so keeping it
/// costs what has changed since: it is let go when that is much, whoever asks for it.</summary>
public sealed class StateSource(Audience audience)
{
    private static readonly TimeSpan KeptUnasked = TimeSpan.FromMinutes(2);

    /// <summary>Without having come on meanwhile: a large state takes longer to fetch.</summary>
    private static readonly TimeSpan KeptAtMost = TimeSpan.FromMinutes(10);

    /// <summary>Who was busy with other things for a while makes up for so many pieces and no more: turns under load are
    /// farther apart than pieces may be.</summary>
    private const int PiecesBehind = 4;

    private readonly List<KeptState> _newest = [];
    private IReadOnlyList<KeptState> _needed = [];
    private readonly Pin?[] _pins = new Pin?[audience.Count];
    private readonly Question?[] _questions = new Question?[audience.Count];
    private Instant _nextAt;
    private int _served;

    /// <summary>When <see cref="Advance"/> has something to do.</summary>
    public Instant NextWake => Array.Exists(_questions, question => question is not null) ? _nextAt : Instant.Never;

    /// <summary>A checkpoint is stable, and its state is here.</summary>
    public void Keep(StableState? state)
    {
        if (state is not null && (_newest.Count == 0 || state.Sequence.Number > _newest[^1].Place.Number))
        {
            Keep(KeptState.Of(state));
        }
    }

    /// <summary>A newer state than all before.</summary>
    public void Keep(KeptState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _newest.Add(state);
        if (_newest.Count > Limits.StatesKept)
        {
            _newest.RemoveAt(0);
        }
    }

    public void OnFetch(Instant now, int replica, StateFetch word, Effects effects)
    {
        ArgumentNullException.ThrowIfNull(word);
        ArgumentNullException.ThrowIfNull(effects);
        if (Find(replica, word.Place) is not { } state)
        {
            audience.Send(effects, replica, new StateGone(word.Place));
            return;
        }

        if (word.Section == StateSection.Site && state.Site is null)
        {
            audience.Reject(effects, replica, Rejection.NotForUs);
            return;
        }

        _pins[replica] = _pins[replica] is { } pin && pin.State == state && !pin.HasComeOn(word)
            ? pin with { AskedAt = now }
            : new(state, word.Section, word.From, now, now);
        _questions[replica] = word.Chunks == 0 ? _questions[replica] : new(state, word.Section, word.From, word.Chunks);
    }

    /// <summary>Sends the next piece that is due: peers in turn, so that none can have it all.</summary>
    public void Advance(Instant now, Effects effects)
    {
        ArgumentNullException.ThrowIfNull(effects);
        DropOld(now);
        if (now < NextWake)
        {
            return;
        }

        do
        {
            _served = (_served + 1) % audience.Count;
        }
        while (_questions[_served] is null);

        _questions[_served] = Answer(_served, _questions[_served]!, effects);
        var earliest = now + (audience.PieceGap * -(PiecesBehind - 1));
        _nextAt = (_nextAt > earliest ? _nextAt : earliest) + audience.PieceGap;
    }

    /// <summary>Sends the next piece of an answer, and gives what is left of it.</summary>
    private Question? Answer(int replica, Question question, Effects effects)
    {
        var (state, section) = (question.State, question.Section);
        if (question.Chunk.IsEmpty)
        {
            var part = section == StateSection.Global ? state.Global : state.Site!;
            var chunk = MapChunk.Encode(part, question.From, Limits.StateChunkBytes, out var next);
            question = question with { Chunk = chunk, Sent = 0, Next = next };
        }

        var length = Math.Min(Limits.StatePieceBytes, question.Chunk.Length - question.Sent);
        audience.Send(effects, replica, new StateChunk(
            state.Place,
            state.Global.Digest,
            state.Beside,
            (uint)state.Entries,
            section,
            question.From,
            (uint)question.Chunk.Length,
            (uint)question.Sent,
            Bytes.Copy(question.Chunk.Span.Slice(question.Sent, length))));
        return question.Sent + length < question.Chunk.Length
            ? question with { Sent = question.Sent + length }
            : NextChunk(question);
    }

    private static Question? NextChunk(Question sent) => (sent.Left > 1, sent.Next, sent.Section) switch
    {
        (true, { } key, var section) => new(sent.State, section, key, sent.Left - 1),
        (true, null, StateSection.Global) when sent.State.Site is not null =>
            new(sent.State, StateSection.Site, Bytes.Empty, sent.Left - 1),
        _ => null,
    };

    private KeptState? Find(int replica, StatePlace place) =>
        _pins[replica] is { } pin && pin.State.Place == place
            ? pin.State
            : _newest.Find(state => state.Place == place) ?? _needed.FirstOrDefault(state => state.Place == place);

    /// <summary>The own state was taken from others: older ones share nothing with it, and each costs all that it
    /// holds.</summary>
    public void OnReplaced()
    {
        _newest.Clear();
        _needed = [];
        Array.Clear(_pins);
        Array.Clear(_questions);
    }

    /// <summary>These are kept whatever else is told, asked for or changed, until they are not among them any more.</summary>
    public void Need(IReadOnlyList<KeptState> states) => _needed = states;

    /// <summary>Nobody makes this replica keep an old state for ever, and all together no more than so many bytes: what
    /// the oldest of them does not share holds what the others do not.</summary>
    private void DropOld(Instant now)
    {
        for (var replica = 0; replica < audience.Count; replica++)
        {
            if (_pins[replica] is { } pin && !_needed.Contains(pin.State)
                && (now - pin.AskedAt > KeptUnasked || now - pin.Since > KeptAtMost
                || _newest[^1].Written - pin.State.Written > BytesKept(pin.State)))
            {
                (_pins[replica], _questions[replica]) = (null, null);
            }
        }
    }

    /// <summary>A large state takes longer to fetch, and must not be gone before: as much may have changed since as would
    /// write all of it anew.</summary>
    private static long BytesKept(KeptState state) =>
        Math.Max(Limits.PinnedStateBytes, (long)state.Entries * AuthenticatedMap.NodeBytes);

    /// <param name="Since">When it had come so far.</param>
    private sealed record Pin(KeptState State, StateSection Section, Bytes From, Instant Since, Instant AskedAt)
    {
        /// <summary>By a chunk at least, or a liar who asks from one key after the other would never come to the
        /// end.</summary>
        public bool HasComeOn(StateFetch word)
        {
            if (word.Section != Section || word.From <= From)
            {
                return word.Section > Section;
            }

            var part = Section == StateSection.Global ? State.Global : State.Site!;
            var bytes = 0L;
            return part.Range(From, word.From).Any(
                entry => (bytes += entry.Key.Length + entry.Value.Length) >= Limits.StateChunkBytes);
        }
    }

    private sealed record Question(KeptState State, StateSection Section, Bytes From, int Left)
    {
        /// <summary>The chunk that is on its way, so much of it sent; empty before its first piece.</summary>
        public Bytes Chunk { get; init; }

        public int Sent { get; init; }

        /// <summary>Where the chunk after it begins; null at the end of the part.</summary>
        public Bytes? Next { get; init; }
    }
}
