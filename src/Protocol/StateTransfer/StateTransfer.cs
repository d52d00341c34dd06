using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>Fetches a state for a replica or a site that the logs do not reach: chunk by chunk in the order of keys,
/// each checked against the digest that is known beforehand, from those in turn who may have it. What is checked stays, whoever
/// fails next, and through a restart.</summary>
/// <remarks>
/// <code>
/// question is out | chunk fits          | chunk does not fit, or none in time, or gone | last chunk of the answer
/// wait on         | kept, patience anew | the peer is left out; ask the next one       | ask the next one
/// all left out    | -                   | a pause, and around again; at a newer state if nothing came for minutes
/// </code></remarks>
public sealed class StateTransfer(Audience audience, StateScope scope)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan KeepAgain = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SlowAtLeast = TimeSpan.FromMilliseconds(200);

    /// <summary>Who has heard no question for so long has let go of the state, and says so when it hears one.</summary>
    private static readonly TimeSpan GivenUp = TimeSpan.FromMinutes(2);
    private const int SlowTimes = 4;
    private const long AnswerBytes = Limits.StateChunksPerFetch * Limits.StateChunkBytes;

    /// <summary>Longer than it takes to find all of them silent.</summary>
    private readonly TimeSpan _allAgain = audience.Patience * (2 * audience.Count);

    private readonly bool[] _leftOut = new bool[audience.Count];
    private readonly List<StateChunk> _pieces = [];
    private PartialState? _partial;
    private int _source = audience.First;
    private int _chunksLeft;
    private Instant _askedAt;
    private long _bytesBefore;
    private Instant _allAgainAt;
    private Instant _deadline;
    private Instant _keepAgainAt;
    private TimeSpan? _fastest;

    // When the last chunk came; null before the first after a start.
    private Instant? _broughtAt;

    // Since all were last left out.
    private bool _hadAnswer;

    // Since the last whole answer: all others than may be liars, or all.
    private bool _othersFailed;

    // Who has said that it does not have what is fetched.
    private readonly bool[] _letGo = new bool[audience.Count];

    public TransferProgress? Progress => _partial?.Progress;

    /// <summary>What is fetched; null while nothing is.</summary>
    public StateTarget? Target => _partial?.Target;

    public Instant NextWake => _partial is null ? Instant.Never : Instant.Earlier(_deadline, _keepAgainAt);

    /// <summary>All were asked, and none of them has given a whole answer, or so few that they may be liars, who could bring
    /// just so much as draws it out for as long as they like.</summary>
    public bool IsInVain => _partial is not null && (_othersFailed || IsLetGo);

    /// <summary>After a start: what is in the journal need not be fetched again.</summary>
    /// <returns>States that were whole, but for the last one that was begun.</returns>
    public IReadOnlyList<FetchedState> Resume(IEnumerable<JournalRecord> records)
    {
        var begun = TransferRecords.Resume(scope, records);
        _partial = begun.Count == 0 ? null : begun[^1];
        return [.. begun.SkipLast(1).Where(partial => partial.From is null).Select(partial => partial.Whole())];
    }

    /// <summary>The state whose last chunk is here; null if there is none.</summary>
    public FetchedState? TakeWhole()
    {
        if (_partial is not { From: null } partial)
        {
            return null;
        }

        _partial = null;
        return partial.Whole();
    }

    /// <summary>What is here of another site's state is written down once more, at another place of the journal.</summary>
    public void WriteAgain(SiteSequence recordedAt, Effects effects)
    {
        ArgumentNullException.ThrowIfNull(effects);
        if (_partial is { Target: ToldTarget told } partial)
        {
            foreach (var record in partial.WriteAgain(new ToldTarget(told.Told, recordedAt)))
            {
                effects.Persist(record);
            }
        }
    }

    /// <summary>What is fetched is not wanted any more.</summary>
    public void Drop() => _partial = null;

    /// <summary>Asks for what is missing next. To be called after every step.</summary>
    /// <param name="wanted">The newest state that would do; null if none is needed.</param>
    /// <param name="reached">The own place: a state at or below it is not needed any more.</param>
    /// <returns>The whole state, once.</returns>
    public FetchedState? Advance(Instant now, StateTarget? wanted, ulong reached, Effects effects)
    {
        ArgumentNullException.ThrowIfNull(effects);
        if (_partial is not null && _partial.Target.Place.Number <= reached)
        {
            _partial = null;
        }

        if (_partial is not null && wanted?.Place.Number > _partial.Target.Place.Number && IsLetGo)
        {
            Begin(now, wanted, effects);
        }

        if (_partial is null)
        {
            if (wanted is null || wanted.Place.Number <= reached)
            {
                return null;
            }

            Begin(now, wanted, effects);
        }

        if (TakeWhole() is { } whole)
        {
            return whole;
        }

        if (now >= _deadline)
        {
            Ask(now, wanted, effects);
        }

        if (now >= _keepAgainAt)
        {
            AskToKeep(now, effects);
        }

        return null;
    }

    public void OnChunk(Instant now, int replica, StateChunk word, Effects effects)
    {
        ArgumentNullException.ThrowIfNull(word);
        ArgumentNullException.ThrowIfNull(effects);
        if (_partial is not { } partial || word.Place != partial.Target.Place
            || replica != _source || _chunksLeft == 0
            || !partial.Expects(word.Section, word.From))
        {
            // Late, repeated, or of a state that nobody asked for: an old one, or one without an end.
            audience.Reject(effects, replica, Rejection.NotForUs);
            return;
        }

        if (!IsNextPiece(word))
        {
            Refuse(now, replica, effects);
            return;
        }

        _pieces.Add(word);
        _deadline = now + audience.Patience;
        if (word.Offset + (uint)word.Piece.Length == word.Length)
        {
            OnWholeChunk(now, replica, partial, effects);
        }
    }

    public void OnGone(Instant now, int replica, StateGone word, Effects effects)
    {
        ArgumentNullException.ThrowIfNull(word);
        ArgumentNullException.ThrowIfNull(effects);
        audience.Reject(effects, replica, Rejection.StateGone);
        if (_partial?.Target.Place == word.Place)
        {
            _letGo[replica] = true;
            LeaveOut(now, replica);
        }
    }

    private void OnWholeChunk(Instant now, int replica, PartialState partial, Effects effects)
    {
        var (head, encoded) = (_pieces[0], Joined());
        _pieces.Clear();
        if (!partial.TryTake(head, encoded))
        {
            Refuse(now, replica, effects);
            return;
        }

        effects.Persist(TransferRecords.Taken(partial.Target, head, encoded));
        _broughtAt = now;

        // It may have been asked before it knew itself that there is such a state.
        _letGo[replica] = false;
        if (--_chunksLeft == 0 || partial.From is null)
        {
            (_hadAnswer, _othersFailed) = (true, false);
            (_chunksLeft, _deadline) = (0, now);
            JudgePace(now, replica, partial, effects);
        }
    }

    /// <summary>The pieces of one chunk come in order and say the same of it.</summary>
    private bool IsNextPiece(StateChunk word) => _pieces.Count == 0
        ? word.Offset == 0
        : _pieces[^1] is var last
            && word.Offset == last.Offset + (uint)last.Piece.Length
            && word with { Offset = 0, Piece = default } == last with { Offset = 0, Piece = default };

    private Bytes Joined()
    {
        if (_pieces.Count == 1)
        {
            return _pieces[0].Piece;
        }

        var joined = new byte[_pieces[0].Length];
        foreach (var piece in _pieces)
        {
            piece.Piece.Span.CopyTo(joined.AsSpan((int)piece.Offset));
        }

        return new(joined);
    }

    private void Begin(Instant now, StateTarget target, Effects effects)
    {
        effects.Persist(target.Begun());
        (_partial, _fastest, _broughtAt, _chunksLeft, _deadline) = (new(target), null, now, 0, now);
        _pieces.Clear();
        Array.Clear(_leftOut);
        Array.Clear(_letGo);
        (_hadAnswer, _othersFailed, _allAgainAt) = (false, false, now + _allAgain);
        AskToKeep(now, effects);
    }

    /// <summary>All have let go of the state but so few that they may be liars: they could make the rest of it last for
    /// as long as they like.</summary>
    private bool IsLetGo => _letGo.Count(letGo => letGo) >= audience.Count - 1 - audience.Liars;

    /// <summary>All peers hold on to the state, though only one at a time is asked for pieces of it: they are told how far it
    /// has come.</summary>
    private void AskToKeep(Instant now, Effects effects)
    {
        _keepAgainAt = now + KeepAgain;
        for (var replica = 0; replica < audience.Count; replica++)
        {
            if (replica != audience.Self)
            {
                audience.Send(
                    effects, replica, new StateFetch(_partial!.Target.Place, _partial.Section, _partial.From!.Value, 0));
            }
        }
    }

    private void Ask(Instant now, StateTarget? newest, Effects effects)
    {
        if (_chunksLeft > 0)
        {
            audience.Reject(effects, _source, Rejection.Slow);
            _leftOut[_source] = true;
        }

        _chunksLeft = 0;
        _pieces.Clear();
        AskAllAgain(now);
        if (NextSource() is not { } source)
        {
            GoAround(now, newest, effects);
            return;
        }

        (_source, _chunksLeft) = (source, Limits.StateChunksPerFetch);
        (_askedAt, _deadline, _bytesBefore) = (now, now + audience.Patience, _partial!.EntryBytes);
        audience.Send(effects, source, new StateFetch(
            _partial!.Target.Place, _partial.Section, _partial.From!.Value, Limits.StateChunksPerFetch));
    }

    /// <summary>So few are left that they may all be liars, who come just in time and bring a little: while they do, not
    /// everybody has failed, and nobody else would ever be asked again. It costs time where the others are dead, so it is
    /// not done often.</summary>
    private void AskAllAgain(Instant now)
    {
        var left = audience.Count - 1 - _leftOut.Count(isOut => isOut);
        if (left > 0 && left <= audience.Liars && now >= _allAgainAt)
        {
            Array.Clear(_leftOut);
            (_othersFailed, _allAgainAt) = (true, now + _allAgain);
        }
    }

    /// <summary>Everybody failed: perhaps this replica did. Nobody is left out for ever. It stays with the state that it has a
    /// part of: under load everybody is late once in a while, roads are cut for a moment, and who begins anew each time never
    /// comes to the end of a large state, and fills its journal with beginnings. Who has let go of it says so.</summary>
    private void GoAround(Instant now, StateTarget? newest, Effects effects)
    {
        Array.Clear(_leftOut);
        _othersFailed = !_hadAnswer;
        _broughtAt ??= now;
        if (now - _broughtAt > GivenUp && newest is not null && newest.Place.Number > _partial!.Target.Place.Number)
        {
            Begin(now, newest, effects);
        }

        (_hadAnswer, _fastest) = (false, null);
        (_deadline, _allAgainAt) = (now + Pause, now + _allAgain);
    }

    private int? NextSource()
    {
        for (var step = 1; step <= audience.Count; step++)
        {
            var replica = (_source + step) % audience.Count;
            if (replica != audience.Self && !_leftOut[replica])
            {
                return replica;
            }
        }

        return null;
    }

    private void Refuse(Instant now, int replica, Effects effects)
    {
        audience.Reject(effects, replica, Rejection.BadChunk);
        LeaveOut(now, replica);
    }

    private void LeaveOut(Instant now, int replica)
    {
        _leftOut[replica] = true;
        if (replica == _source && _chunksLeft > 0)
        {
            (_chunksLeft, _deadline) = (0, now);
        }
    }

    /// <summary>Who is much slower than others could be holding this replica back. What counts is how long as much as a
    /// whole answer holds would take: true chunks with an entry each are there at once, and bring nothing. A longer answer
    /// is not taken for a quicker one.</summary>
    private void JudgePace(Instant now, int replica, PartialState partial, Effects effects)
    {
        if (partial.From is null)
        {
            // The last answer is as short as it happens to be.
            return;
        }

        var took = now - _askedAt;
        var brought = Math.Max(1, partial.EntryBytes - _bytesBefore);
        var pace = TimeSpan.FromTicks(took.Ticks * AnswerBytes / brought);
        var comparable = pace > took ? pace : took;
        _fastest = _fastest is { } fastest && fastest < comparable ? fastest : comparable;
        if (pace > (_fastest.Value * SlowTimes) + SlowAtLeast)
        {
            audience.Reject(effects, replica, Rejection.Slow);
            _leftOut[replica] = true;
        }
    }
}
