using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>A replica's part in its site's taking over the state of other sites: it fetches the state that the machine
/// wants, says so when it holds it, and offers the input that makes the site take it over when a quorum holds it.</summary>
/// <remarks>
/// <code>
/// the machine wants a state | all chunks on disk, checked | a quorum says so  | the input is executed
/// fetch it                  | say that it is held         | offer the input   | the state is in use; begin anew
/// </code>
/// A replica without the state, where the input is next, waits with executing until it has it: f + 1 correct ones do.
/// Whoever has executed the input keeps the state until a checkpoint behind it is stable: without this replica there may be
/// none. Should all have let go of it by then, they are further, and it takes the site's own state instead.
/// </remarks>
internal sealed class GlobalCatchUp
{
    private static readonly TimeSpan SayAgain = TimeSpan.FromMilliseconds(500);

    private readonly ReplicaSettings _settings;
    private readonly Audience _audience;
    private readonly StateTransfer _transfer;
    private readonly StateSource _source;
    private readonly SortedDictionary<int, (WishedState Wish, Bytes Signature)> _holders = [];
    private readonly List<FetchedState> _earlier = [];
    private readonly List<(SiteSequence At, KeptState State)> _takenOver = [];
    private FetchedState? _held;
    private ToldState? _awaited;
    private Instant _sayAt;
    private long _fetchedBytes;
    private long _journaled;

    public GlobalCatchUp(ReplicaSettings settings)
    {
        (_settings, _audience) = (settings, Audience.OfSystem(settings.Genesis, settings.Self));
        (_transfer, _source) = (new(_audience, StateScope.Global), new(_audience));
    }

    public TransferProgress? Progress => _transfer.Progress;

    /// <summary>While this is so no state may be stored: what is fetched would go with the journal behind it.</summary>
    public bool IsUnderWay => _transfer.Target is not null || _held is not null;

    /// <summary>The next batch takes over a state that is not here, and nobody who was asked has it, but for liars
    /// perhaps.</summary>
    public bool IsHeldUp => _awaited is not null && _transfer.IsInVain;

    public Instant NextWake => Instant.Earlier(
        _source.NextWake, Instant.Earlier(_transfer.NextWake, _held is null ? Instant.Never : _sayAt));

    /// <summary>After a start: a state that was whole is whole again, before any batch is executed that takes it
    /// over.</summary>
    public void Resume(IReadOnlyCollection<JournalRecord> records)
    {
        _earlier.AddRange(_transfer.Resume(records).Where(IsUsable));
        _fetchedBytes = _transfer.Progress?.Bytes ?? 0;
        _held = _transfer.TakeWhole() is { } whole && IsUsable(whole) ? whole : null;
        _journaled = records.Sum(record => (long)record.Body.Length);
    }

    /// <summary>So much was written into the journal, whatever for. It counts until the journal is cut, through one take-over
    /// after another: a site that is always left behind would never cut it.</summary>
    public void OnJournaled(long bytes) => _journaled += bytes;

    public void OnJournalCut() => _journaled = 0;

    /// <summary>The journal must not grow for as long as it likes: once it is long, what was fetched goes into it once
    /// more, and it may be cut before that. Where, if so; else null.</summary>
    /// <param name="stable">The newest state of the own site that could be stored.</param>
    public SiteSequence? WriteAgain(SiteSequence? stable, Effects effects)
    {
        var begun = (_held?.Target ?? _transfer.Target)?.RecordedAt;
        if (stable is not { } stored || stored < begun || !IsUnderWay || _journaled < JournalMax)
        {
            return null;
        }

        if (_held is { Target: ToldTarget told } held)
        {
            _held = held with { Target = new ToldTarget(told.Told, stored.Next) };
            var again = TransferRecords.Again(
                (ToldTarget)_held.Target, held.Global, held.Beside, (uint)held.Global.Count, null);
            foreach (var record in again)
            {
                effects.Persist(record);
            }
        }

        _transfer.WriteAgain(stored.Next, effects);
        effects.Add(new Effect.Note($"what was fetched of other sites is written again behind {stored}"));
        _journaled = 0;
        return stored;
    }

    /// <summary>The machine has told a state: other sites may want it.</summary>
    public void Keep(KeptState told) => _source.Keep(told);

    /// <summary>The own state was taken from others.</summary>
    public void OnReplaced()
    {
        _source.OnReplaced();
        _takenOver.Clear();
    }

    /// <summary>The batch at this place has taken over a state. A replica of this site that lacks it waits before that place; if a
    /// liar does not sign checkpoints, none behind it is stable without that replica, and the site goes no further than its
    /// window. So what is told or changed meanwhile must not make all let go of that state.</summary>
    public void OnTakenOver(SiteSequence at, KeptState state)
    {
        _source.OnReplaced();
        if (_takenOver.Count < Limits.TakenOverStatesKept)
        {
            // The oldest is the one that a replica which waits needs first.
            _takenOver.Add((at, state));
        }

        NeedTakenOver();
    }

    public void OnWord(Instant now, ReplicaId from, SiteWord word, Effects effects)
    {
        var number = _audience.Of(from);
        switch (word)
        {
            case StateFetch { Place.Scope: StateScope.Global } fetch:
                _source.OnFetch(now, number, fetch, effects);
                break;
            case StateChunk { Place.Scope: StateScope.Global } chunk:
                _transfer.OnChunk(now, number, chunk, effects);
                break;
            case StateGone { Place.Scope: StateScope.Global } gone:
                _transfer.OnGone(now, number, gone, effects);
                break;
            default:
                _audience.Reject(effects, number, Rejection.NotForUs);
                break;
        }
    }

    public void OnHeld(Said said) => _holders[said.Replica] = (((GlobalStateHeld)said.Word).Wish, said.Signature);

    /// <summary>The state that the next batch takes over: false while it is not here.</summary>
    public bool TryPrepare(ToldState? next, out FetchedState? state)
    {
        state = next is not { } told ? null : IsHeld(told) ? _held : _earlier.Find(held => IsOf(held, told));
        _awaited = state is null ? next : null;
        return _awaited is null;
    }

    /// <summary>Does what is to be done. To be called after every step.</summary>
    /// <returns>True if a state is whole since now.</returns>
    public bool Advance(Instant now, SiteMachine machine, SiteLog log, Effects effects)
    {
        if (_takenOver.RemoveAll(taken => taken.At <= log.Stable) > 0)
        {
            NeedTakenOver();
        }

        _source.Advance(now, effects);
        var committed = machine.Ordering.Committed;
        DropReached(committed);
        var wanted = _awaited is { } awaited && awaited.At > committed ? awaited : machine.WantedState?.State;
        if (_transfer.Target is ToldTarget other && other.Told != wanted)
        {
            _transfer.Drop();
        }

        _fetchedBytes = _transfer.Progress?.Bytes ?? _fetchedBytes;
        var target = wanted is { } told && !IsHeld(told) ? new ToldTarget(told, log.Executed.Next) : null;
        var fetched = _transfer.Advance(now, target, committed.Number, effects);
        if (fetched is not null)
        {
            Take(now, fetched, effects);
        }

        if (_held is not null && now >= _sayAt)
        {
            _sayAt = now + SayAgain;
            Say(now, machine, log, effects);
        }

        return fetched is not null;
    }

    /// <summary>Twice what was fetched at least, or writing it once more would be most of what is written.</summary>
    private long JournalMax => Math.Max(_settings.Retention.JournalBytes, 2 * _fetchedBytes);

    private void NeedTakenOver() => _source.Need([.. _takenOver.Select(taken => taken.State)]);

    private bool IsHeld(ToldState told) => _held is not null && IsOf(_held, told);

    private static bool IsOf(FetchedState state, ToldState told) => ((ToldTarget)state.Target).Told == told;

    private bool IsUsable(FetchedState fetched) =>
        GlobalState.CanBe(fetched.Global, ((ToldTarget)fetched.Target).Told.At, _settings);

    /// <summary>The own order has come so far by itself, or by the state.</summary>
    private void DropReached(GlobalSequence committed)
    {
        _earlier.RemoveAll(held => held.Target.Place.Number <= committed.Number);
        if (_held is not null && _held.Target.Place.Number <= committed.Number)
        {
            _held = null;
            _holders.Clear();
        }
    }

    private void Take(Instant now, FetchedState fetched, Effects effects)
    {
        if (IsUsable(fetched))
        {
            (_held, _sayAt) = (fetched, now);
        }
        else
        {
            effects.Add(new Effect.Note(
                $"the state of other sites at {fetched.Target.Place} is not one of this program's application"));
        }
    }

    private void Say(Instant now, SiteMachine machine, SiteLog log, Effects effects)
    {
        if (!log.IsVoting || machine.WantedState is not { } wish || !IsHeld(wish.State))
        {
            return;
        }

        effects.Broadcast(new GlobalStateHeld(wish));
        var quorum = _settings.Genesis[_settings.Self.Site].Size.Quorum;
        var holders = _holders.Where(holder => holder.Value.Wish == wish)
            .Select(holder => new SignedBy(holder.Key, holder.Value.Signature))
            .Take(quorum)
            .ToArray();
        var input = new InstallGlobalState(wish, new(holders));
        if (holders.Length == quorum && machine.Judge(input) == InputStanding.Consumable)
        {
            log.OnOffered(now, input, fromPeer: false, effects);
        }
    }
}
