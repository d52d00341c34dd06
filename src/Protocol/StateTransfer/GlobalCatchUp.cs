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
/// </remarks>
internal sealed class GlobalCatchUp
{
    private static readonly TimeSpan SayAgain = TimeSpan.FromMilliseconds(500);

    private readonly ReplicaSettings _settings;
    private readonly Audience _audience;
    private readonly StateTransfer _transfer;
    private readonly StateSource _source;
    private readonly SortedDictionary<int, (ToldState State, Bytes Signature)> _holders = [];
    private FetchedState? _held;
    private ToldState? _awaited;
    private Instant _sayAt;

    public GlobalCatchUp(ReplicaSettings settings)
    {
        (_settings, _audience) = (settings, Audience.OfSystem(settings.Genesis, settings.Self));
        (_transfer, _source) = (new(_audience, StateScope.Global), new(_audience));
    }

    public TransferProgress? Progress => _transfer.Progress;

    /// <summary>While this is so no state may be stored: what is fetched would go with the journal behind it.</summary>
    public bool IsUnderWay => _transfer.Target is not null || _held is not null;

    public Instant NextWake => Instant.Earlier(
        _source.NextWake, Instant.Earlier(_transfer.NextWake, _held is null ? Instant.Never : _sayAt));

    /// <summary>After a start: a state that was whole is whole again, before any batch is executed that takes it
    /// over.</summary>
    public void Resume(IEnumerable<JournalRecord> records)
    {
        _transfer.Resume(records);
        _held = _transfer.TakeWhole();
    }

    /// <summary>The machine has told a state: other sites may want it.</summary>
    public void Keep(KeptState told) => _source.Keep(told);

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

    public void OnHeld(Said said) => _holders[said.Replica] = (((GlobalStateHeld)said.Word).State, said.Signature);

    /// <summary>The state that the next batch takes over: false while it is not here.</summary>
    public bool TryPrepare(ToldState? next, out FetchedState? state)
    {
        state = next is { } told && IsHeld(told) ? _held : null;
        _awaited = state is null ? next : null;
        return _awaited is null;
    }

    /// <summary>Does what is to be done. To be called after every step.</summary>
    /// <returns>True if a state is whole since now.</returns>
    public bool Advance(Instant now, SiteMachine machine, SiteLog log, Effects effects)
    {
        _source.Advance(now, effects);
        var committed = machine.Ordering.Committed;
        DropReached(committed);
        var wanted = _awaited is { } awaited && awaited.At > committed ? awaited : machine.WantedState;
        if (_transfer.Target is ToldTarget other && other.Told != wanted)
        {
            _transfer.Drop();
        }

        var target = wanted is { } told && !IsHeld(told) ? new ToldTarget(told, log.Executed.Next) : null;
        var fetched = _transfer.Advance(now, target, committed.Number, effects);
        if (fetched is not null)
        {
            Take(now, fetched, effects);
        }

        if (_held is not null && now >= _sayAt)
        {
            Say(now, machine, log, effects);
        }

        return fetched is not null;
    }

    private bool IsHeld(ToldState told) => _held?.Target is ToldTarget held && held.Told == told;

    /// <summary>The own order has come so far by itself, or by the state.</summary>
    private void DropReached(GlobalSequence committed)
    {
        if (_held is not null && _held.Target.Place.Number <= committed.Number)
        {
            _held = null;
            _holders.Clear();
        }
    }

    private void Take(Instant now, FetchedState fetched, Effects effects)
    {
        if (GlobalState.CanBe(fetched.Global, _settings))
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
        _sayAt = now + SayAgain;
        var state = ((ToldTarget)_held!.Target).Told;
        if (!log.IsVoting)
        {
            return;
        }

        effects.Broadcast(new GlobalStateHeld(state));
        var quorum = _settings.Genesis[_settings.Self.Site].Size.Quorum;
        var holders = _holders.Where(holder => holder.Value.State == state)
            .Select(holder => new SignedBy(holder.Key, holder.Value.Signature))
            .Take(quorum)
            .ToArray();
        var input = new InstallGlobalState(state, new(holders));
        if (holders.Length == quorum && machine.Judge(input) == InputStanding.Consumable)
        {
            log.OnOffered(now, input, fromPeer: false, effects);
        }
    }
}
