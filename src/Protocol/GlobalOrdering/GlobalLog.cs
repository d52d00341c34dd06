using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>An entry of the log, with its bodies and the chain digest at it.</summary>
internal sealed class LoggedEntry(FilledEntry filled, Digest chain)
{
    private FilledEntry? _filled = filled;
    private Bytes _row;

    public Digest Chain => chain;

    public Timestamp Time { get; } = filled.Entry.Time;

    public int Size { get; } = filled.Size;

    /// <summary>The entry as it was appended; what is packed is decoded anew each time.</summary>
    public FilledEntry Unpack()
    {
        if (_filled is not null)
        {
            return _filled;
        }

        var reader = new WireReader(_row.Span);
        return Read(ref reader)._filled!;
    }

    /// <summary>Keeps its row of the saved state only, which is there anyway: decoded, it takes several times as much.
    /// For entries that nobody but a site that comes back asks for any more.</summary>
    public void Pack(Bytes row) => (_filled, _row) = (null, row);

    public static LoggedEntry Read(ref WireReader reader)
    {
        var chain = reader.Digest();
        return new(FilledEntry.Read(ref reader), chain);
    }

    public void Write(WireWriter writer)
    {
        writer.Digest(Chain);
        Unpack().Write(writer);
    }
}

/// <summary>A site's log of one lane: without gaps, every entry with its bodies. Keeps what is executed for a while,
/// for sites that come back.</summary>
internal sealed class GlobalLog
{
    private readonly SavedTable<LoggedEntry> _entries = new(OrderingKeys.Log, (writer, logged) => logged.Write(writer));

    // A function of the entries above the executed ones, so it need not be saved.
    private readonly SortedDictionary<Digest, int> _unexecuted = [];

    // The same of those that may tell of lives: few, if any.
    private readonly SortedDictionary<ulong, FilledEntry> _telling = [];

    private GlobalSequence _before;
    private Digest _chainBefore;
    private Timestamp _timeBefore;
    private long _size;

    // Entries up to here, or all below the first that is kept, are rows of the saved state.
    private GlobalSequence _packed;

    private (LoggedEntry? Logged, FilledEntry? Filled) _unpacked;

    /// <summary>The first entry that is kept; one above the end if none is.</summary>
    public GlobalSequence First => _before.Next;

    public GlobalSequence End { get; private set; }

    public GlobalSequence Committed { get; private set; }

    /// <summary>Committed entries up to here were handed out, each once.</summary>
    public GlobalSequence HandedOut { get; private set; }

    public GlobalSequence Executed { get; private set; }

    /// <summary>GlobalTime of the last entry.</summary>
    public Timestamp EndTime => _entries.Find(End.Number)?.Time ?? _timeBefore;

    public LoggedEntry? Find(GlobalSequence sequence) => _entries.Find(sequence.Number);

    /// <summary>An entry with its bodies; null if the place is not kept or not reached. The last one is remembered: who
    /// lacks bodies asks for all those of an entry, one by one.</summary>
    public FilledEntry? FilledAt(GlobalSequence sequence)
    {
        var logged = Find(sequence);
        if (logged is null || logged != _unpacked.Logged)
        {
            _unpacked = (logged, logged?.Unpack());
        }

        return _unpacked.Filled;
    }

    /// <summary>Whether an update stands in an entry that is not executed yet.</summary>
    public bool Names(Digest update) => _unexecuted.ContainsKey(update);

    /// <summary>Entries that are not executed yet and may tell of lives of sites, in order.</summary>
    public IReadOnlyCollection<FilledEntry> Telling => _telling.Values;

    /// <summary>The chain digest at a place; null if the place is not kept or not reached.</summary>
    public Digest? ChainAt(GlobalSequence sequence) =>
        sequence == _before ? _chainBefore : Find(sequence)?.Chain;

    /// <summary>The chain digest at a place that is known to be kept.</summary>
    public Digest KnownChainAt(GlobalSequence sequence)
    {
        var chain = ChainAt(sequence);
        Invariant.Holds(chain is not null, "G1");
        return chain.Value;
    }

    public void Append(FilledEntry filled)
    {
        Invariant.Holds(filled.Sequence == End.Next, "G1");
        var logged = new LoggedEntry(filled, filled.Entry.ChainAfter(KnownChainAt(End)));
        _entries.Set(filled.Sequence.Number, logged);
        _size += logged.Size;
        End = filled.Sequence;
        Index(filled);
    }

    public void TruncateAbove(GlobalSequence last)
    {
        Invariant.Holds(last >= Committed, "G2");
        while (End > last)
        {
            var logged = _entries.Find(End.Number)!;
            Unindex(logged.Unpack());
            _size -= logged.Size;
            _entries.Remove(End.Number);
            End = new(End.Number - 1);
        }
    }

    public void CommitUpTo(GlobalSequence sequence)
    {
        Invariant.Holds(sequence <= End, "G3");
        if (sequence > Committed)
        {
            Committed = sequence;
        }
    }

    public void HandOut(OrderingOutput output)
    {
        while (HandedOut < Committed)
        {
            HandedOut = HandedOut.Next;
            output.Commit(FilledAt(HandedOut)!);
        }
    }

    public void OnExecuted(GlobalSequence sequence)
    {
        Invariant.Holds(sequence == Executed.Next && sequence <= HandedOut, "G4");
        Executed = sequence;
        Unindex(FilledAt(sequence)!);
    }

    /// <summary>Lets go of executed entries that are too old or too much.</summary>
    /// <param name="last">Above this place none is let go of.</param>
    public void Trim(Timestamp now, TimeSpan keeps, GlobalSequence last)
    {
        while (First <= Executed
            && First <= last
            && (_size > Limits.RetainedBytes || Find(First)!.Time + keeps < now))
        {
            DropFirst();
        }
    }

    /// <summary>Takes over a place that was reached by state transfer. True if the entries above it stay: they do if
    /// the own log passes through that very place.</summary>
    public bool StartAt(GlobalSequence sequence, Digest chain, Timestamp time)
    {
        Invariant.Holds(sequence > Committed, "G2");
        var stays = ChainAt(sequence) == chain;
        if (stays)
        {
            while (First <= sequence)
            {
                DropFirst();
            }
        }
        else
        {
            _entries.Clear();
            (_size, _before, _chainBefore, _timeBefore, End) = (0, sequence, chain, time, sequence);
        }

        (Committed, HandedOut, Executed) = (sequence, sequence, sequence);
        Reindex();
        return stays;
    }

    public void Save(AuthenticatedMap map, WireWriter scalars)
    {
        _entries.Save(map);
        Pack(map);
        scalars.Sequence(_before);
        scalars.Digest(_chainBefore);
        scalars.Time(_timeBefore);
        scalars.Sequence(End);
        scalars.Sequence(Committed);
        scalars.Sequence(HandedOut);
        scalars.Sequence(Executed);
    }

    /// <summary>What is executed is kept as its row in the saved state from now on, and no longer decoded.</summary>
    public void Pack(AuthenticatedMap map)
    {
        _unpacked = default;
        _packed = _packed < _before ? _before : _packed;
        for (; _packed < Executed; _packed = _packed.Next)
        {
            var number = _packed.Next.Number;
            var isSaved = map.TryGet(OrderingKeys.Row(OrderingKeys.Log, number), out var row);
            Invariant.Holds(isSaved, "G9");
            _entries.Find(number)!.Pack(row);
        }
    }

    public void LoadScalars(ref WireReader reader)
    {
        (_before, _chainBefore, _timeBefore) = (reader.GlobalSequence(), reader.Digest(), reader.Time());
        End = reader.GlobalSequence();
        Committed = reader.GlobalSequence();
        HandedOut = reader.GlobalSequence();
        Executed = reader.GlobalSequence();
    }

    public void LoadRow(ulong number, ref WireReader reader)
    {
        var logged = LoggedEntry.Read(ref reader);
        _entries.Loaded(number, logged);
        _size += logged.Size;
    }

    /// <summary>Once all rows are there.</summary>
    public void Reindex()
    {
        _unexecuted.Clear();
        _telling.Clear();
        for (var sequence = Executed.Next; sequence <= End; sequence = sequence.Next)
        {
            Index(FilledAt(sequence)!);
        }
    }

    private void DropFirst()
    {
        var logged = Find(First)!;
        _entries.Remove(First.Number);
        _size -= logged.Size;
        (_before, _chainBefore, _timeBefore) = (First, logged.Chain, logged.Time);
    }

    private void Index(FilledEntry filled)
    {
        foreach (var update in filled.Entry.Updates)
        {
            _unexecuted[update] = _unexecuted.GetValueOrDefault(update) + 1;
        }

        if (LivesInLog.MayTell(filled))
        {
            _telling.Add(filled.Sequence.Number, filled);
        }
    }

    private void Unindex(FilledEntry filled)
    {
        _telling.Remove(filled.Sequence.Number);
        foreach (var update in filled.Entry.Updates)
        {
            var left = _unexecuted[update] - 1;
            if (left == 0)
            {
                _unexecuted.Remove(update);
            }
            else
            {
                _unexecuted[update] = left;
            }
        }
    }
}
