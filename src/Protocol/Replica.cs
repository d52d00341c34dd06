using System.Diagnostics.CodeAnalysis;
using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>One replica of one site: the protocol's table of contents. The site log orders what its replicas hear; the
/// machine executes it; attestation signs what the machine puts out; the link sender sends it. None of them knows
/// another: what one concludes is handed on here, and only here.</summary>
public sealed class Replica
{
    private readonly ReplicaSettings _settings;
    private SiteMachine _machine;
    private readonly SiteLog _log;
    private readonly StateSource _source;
    private readonly StateTransfer _transfer;
    private readonly GlobalCatchUp _catchUp;
    private ShareCollector _shares;
    private LinkSender _sender;
    private readonly BrokenRoads _roads = new();
    private readonly RecentReplies _replies = new();
    private readonly Witness _witness;
    private readonly Membership _membership;
    private (SiteSequence At, Digest State) _checkpoint;
    private ulong _executedUpdates;
    private bool _isCaughtUp;

    /// <summary>A replica as it wakes: from what it stored last, and the journal's records after that in their
    /// order.</summary>
    /// <param name="wallClock">The wall clock at <paramref name="now"/>: a start for the reference clock, nothing
    /// more.</param>
    /// <param name="run">32 random bytes, others for each process: its name.</param>
    public Replica(
        ReplicaSettings settings,
        Instant now,
        Timestamp wallClock,
        Digest run,
        RecoveredState? state,
        IEnumerable<JournalRecord> records,
        Effects effects)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(effects);
        _settings = settings;
        _checkpoint = state is null ? default : (state.Sequence, state.State.Digest);
        _machine = new(settings, state?.State);
        _log = new(settings.Genesis, settings.Self, _machine, _roads, now, wallClock);
        _shares = new(settings.Self.Index, _machine.Ledger, settings.Verifier, IsNeeded);
        _sender = new(settings.Self, _machine.Links, _machine.Leaves, _shares, _roads);
        var size = settings.Genesis[settings.Self.Site].Size;
        var peers = Audience.OfSite(settings.Self, size);
        (_source, _transfer, _catchUp) = (new(peers), new(peers, StateScope.Site), new(settings));
        if (state is not null && StableCheckpoint.Decode(state.Proof.Span) is { } proof)
        {
            _source.Keep(new StableState(proof, state.State));
        }

        var kept = records.ToArray();
        _transfer.Resume(kept);
        _catchUp.Resume(kept);
        _log.KeepsJournal = _catchUp.IsUnderWay;
        _membership = new(size, settings.Self.Index, _log, run, kept);
        _log.Recover(now, state?.Sequence ?? default, state?.Proof ?? default, kept, effects);
        _membership.Begin(now, effects);
        _witness = new(settings);
        _witness.Recall(_log.ReferenceClock(now), kept, effects);
        _shares.Resume(now, effects);
        ExecuteOrdered(now, effects);
        Conclude(now, effects);
    }

    /// <summary>When <see cref="Step"/> should be called with a tick though nothing happens.</summary>
    public Instant NextWake => Instant.Earlier(
        Instant.Earlier(_membership.NextWake, _catchUp.NextWake),
        Instant.Earlier(
            Instant.Earlier(_log.NextWake, _shares.NextWake), Instant.Earlier(_source.NextWake, _transfer.NextWake)));

    /// <summary>The Global part after the last executed entry; immutable.</summary>
    public GlobalSnapshot Snapshot => _machine.Snapshot;

    /// <summary>How far a state transfer is; null while there is none.</summary>
    public TransferProgress? Transfer => _transfer.Progress ?? _catchUp.Progress;

    /// <summary>What other threads may read, once the replica's own has taken it from here.</summary>
    public PublishedState Published => new(
        _machine.Snapshot, _machine.Links.SeenByMajorityAt(), _log.ReferenceClock(new Instant(0)));

    /// <summary>False while it says nothing but requests.</summary>
    public bool IsVoting => _log.IsVoting;

    public SiteView View => _log.View;

    public ReplicaStatus Status => new(
        _settings.Self,
        _log.View,
        _log.Primary,
        _machine.Executed,
        _log.Stable,
        _machine.Ordering.View,
        _machine.Ordering.InstalledView,
        _machine.Ordering.LeadingSite,
        _machine.Ordering.Executed,
        _machine.Ordering.Committed,
        _machine.Ordering.PendingCount,
        _executedUpdates,
        _checkpoint,
        Transfer,
        ValueList.From(Enumerable.Range(0, _settings.Genesis[_settings.Self.Site].Size.Replicas)
            .Where(_machine.Ledger.IsBanned)),
        _membership.Life,
        _log.IsVoting,
        ValueList.From(_machine.Links.All.Select(link =>
            new LinkStatus(
                link.Peer, link.Epoch, link.Sender, link.Receiver, link.RoundTrip, link.HeldBytes, link.EpochSince))),
        _settings.Genesis[_settings.Self.Site].Life,
        _machine.Ordering.TakesPart);

    /// <summary>Thinks one thought to its end.</summary>
    public void Step(Instant now, Input input, Effects effects)
    {
        ArgumentNullException.ThrowIfNull(effects);
        switch (input)
        {
            case Input.Heard(var said):
                OnHeard(now, said, effects);
                break;
            case Input.HeardFar(var from, var word):
                _catchUp.OnWord(now, from, word, effects);
                break;
            case Input.Offered(var offered):
                OnOffered(now, offered, fromPeer: false, effects);
                break;
            case Input.ReplyWanted(var client, var request):
                OnReplyWanted(client, request, effects);
                break;
            case Input.NoncesMade made:
                _shares.OnNoncesMade(made, now, effects);
                break;
            case Input.ShareMade made:
                _shares.OnShareMade(made, effects);
                break;
            case Input.ShareUnavailable unavailable:
                _shares.OnShareUnavailable(unavailable, effects);
                break;
            case Input.Combined combined:
                _shares.OnCombined(combined, now, effects);
                break;
            case Input.Connected(var replica):
                _roads.OnConnected(replica);
                _log.OnTick(now, effects);
                break;
            case Input.Disconnected(var replica):
                _roads.OnDisconnected(replica);
                _log.OnTick(now, effects);
                break;
            case Input.Tick:
                _log.OnTick(now, effects);
                break;
            default:
                throw new System.Diagnostics.UnreachableException($"Unknown input {input}");
        }

        ExecuteOrdered(now, effects);
        Conclude(now, effects);
        foreach (var effect in effects)
        {
            _catchUp.OnJournaled(effect is Effect.Persist { Record: var record } ? record.Body.Length : 0);
        }
    }

    /// <summary>The host keeps no batches up to here any more, for peers that missed them.</summary>
    public void OnJournalCut(SiteSequence upTo)
    {
        _log.OnJournalCut(upTo);
        _catchUp.OnJournalCut();
    }

    private void OnHeard(Instant now, Said said, Effects effects)
    {
        _witness.OnHeard(_log.ReferenceClock(now), said, effects);
        switch (said.Word)
        {
            case HandOn handOn:
                OnOffered(now, handOn.Input, fromPeer: true, effects);
                break;
            case ThresholdShare or SiteSignature or SignatureWanted:
                _shares.OnWord(said, now, effects);
                break;
            case StateFetch { Place.Scope: StateScope.Global }:
            case StateChunk { Place.Scope: StateScope.Global }:
            case StateGone { Place.Scope: StateScope.Global }:
                _catchUp.OnWord(now, new(_settings.Self.Site, said.Replica), said.Word, effects);
                break;
            case GlobalStateHeld:
                _catchUp.OnHeld(said);
                break;
            case StateFetch fetch:
                _source.OnFetch(now, said.Replica, fetch, effects);
                break;
            case StateChunk chunk:
                _transfer.OnChunk(now, said.Replica, chunk, effects);
                break;
            case StateGone gone:
                _transfer.OnGone(now, said.Replica, gone, effects);
                break;
            case Inquiry or Recollection:
                _membership.OnHeard(now, said, OwnReturn, effects);
                break;
            default:
                _log.OnHeard(now, said, effects);
                break;
        }
    }

    private void OnOffered(Instant now, SiteInput input, bool fromPeer, Effects effects)
    {
        _witness.OnOffered(_log.ReferenceClock(now), input, effects);
        if (input is ClientRequest request && AnswerAtOnce(request) is { } answer)
        {
            // The client waits for an answer that is already there; whoever handed the request on does not.
            if (!fromPeer)
            {
                effects.Add(new Effect.Settled(answer.Reply, WasOrdered: false));
                Say(answer, effects);
            }

            // An executed update whose receipt was lost goes into the order once more, to become a leaf again.
            if (_machine.Judge(request) == InputStanding.Obsolete)
            {
                return;
            }
        }

        if (!fromPeer && input is ReplicaReturns returns)
        {
            _membership.HandOn(returns, effects);
            return;
        }

        if (!fromPeer && input is AttestationRetry && !_log.IsVoting)
        {
            // f + 1 of these move others: they are votes.
            return;
        }

        if (input is SiteMessage message && message.To != _settings.Self.Site)
        {
            var refusal = _sender.HandOn(message, now, effects);
            if (refusal != Rejection.None)
            {
                effects.Reject(message.From.ToString(), refusal);
            }
        }
        else if (_machine.Judge(input) != InputStanding.Obsolete)
        {
            _log.OnOffered(now, input, fromPeer, effects);
        }
        else if (input is SiteMessage taken && !fromPeer)
        {
            _sender.OnTaken(taken, now, effects);
        }
    }

    /// <summary>For an update the machine alone knows what is final: one that was not taken is tried again under the
    /// same number, and must not meet the refusal that it got then.</summary>
    private DatedReply? AnswerAtOnce(ClientRequest request) => request.Level == RequestLevel.Update
        ? Dated(_machine.AnswerAtOnce(request))
        : _replies.Find(request.RequestDigest(_settings.Genesis.Cluster)) ?? Dated(_machine.RefusalOfAnswered(request));

    private void OnReplyWanted(Bytes client, Digest request, Effects effects)
    {
        if (_replies.Find(request) is { } dated && dated.Reply.Client == client)
        {
            Say(dated, effects);
        }
    }

    /// <summary>The reply, and its receipt if that is at hand.</summary>
    private void Say(DatedReply answer, Effects effects)
    {
        effects.Add(new Effect.Answer(answer.Reply, answer.CurrentAt));
        if (_machine.Leaves.FindReply(answer.Reply.Request) is var (batch, index))
        {
            SendReceipt(batch, index, effects);
        }
    }

    [return: NotNullIfNotNull(nameof(reply))]
    private DatedReply? Dated(ClientReply? reply) =>
        reply is null ? null : new(reply, _machine.Links.SeenByMajorityAt());

    private void ExecuteOrdered(Instant now, Effects effects)
    {
        // What a batch takes over may not be here yet: then this replica waits.
        while (_log.TryTakeOrdered(out var sequence, out var batch)
            && _catchUp.TryPrepare(_machine.TakenOverBy(batch), out var state))
        {
            var outputs = _machine.Execute(sequence, batch, state);
            _witness.OnExecuted(_log.ReferenceClock(now), batch, _machine.Ledger, effects);
            foreach (var skipped in outputs.Skipped)
            {
                effects.Reject("input", skipped.Reason);
            }

            foreach (var refused in outputs.Refused)
            {
                effects.Reject(refused.Site.ToString(), refused.Reason);
            }

            _executedUpdates += (ulong)outputs.Updates;
            foreach (var reply in outputs.Replies)
            {
                Answer(Dated(reply), effects);
            }

            foreach (var group in _machine.Ledger.DrainNew())
            {
                _shares.OnAssigned(group, _sender.DutyFor(group.Sequence), now, effects);
            }

            if (outputs.Installed is { } installed)
            {
                _source.OnReplaced();
                _catchUp.OnTakenOver(sequence, outputs.Told[0]);
                _log.OnTakenOver(sequence);
                effects.Add(new Effect.Note($"this site took over the state of other sites at {installed.At}"));
            }

            outputs.Told.ForEach(_catchUp.Keep);

            if (outputs.RetiredBelow is { } below)
            {
                _shares.Retire(below);
            }

            if (outputs.Checkpoint is { } checkpoint)
            {
                _checkpoint = (sequence, checkpoint.Digest);
            }

            _log.OnExecuted(
                now, sequence, outputs.Checkpoint is null ? null : _checkpoint.State, outputs.Checkpoint, effects);
        }
    }

    private void Answer(DatedReply answer, Effects effects)
    {
        _replies.Add(answer);
        var reply = answer.Reply;
        var (first, size) = (reply.Results[0].Number, _settings.Genesis[_settings.Self.Site].Size);
        effects.Add(new Effect.Settled(reply, WasOrdered: true));
        if (Repliers.AnswersAtOnce(reply.Client, first, _settings.Self.Index, size))
        {
            effects.Add(new Effect.Answer(reply, answer.CurrentAt));
        }
    }

    /// <summary>What the shares and the time ask for, and then what can be sent.</summary>
    private void Conclude(Instant now, Effects effects)
    {
        _membership.Conclude(now, OwnReturn, effects);
        _source.Keep(_log.StableState);
        _source.Advance(now, effects);
        var wanted = WantedCheckpoint is { } checkpoint ? new CheckpointTarget(checkpoint) : null;
        if (_transfer.Advance(now, wanted, _log.Executed.Number, effects) is { } installed)
        {
            StartAt(now, StableState.Of(installed), effects);
        }

        CatchUp(now, effects);

        // Commitments published from an old state would be void: the machine knows the newest incarnation.
        if (!_isCaughtUp && _log.IsCaughtUp && _log.IsVoting)
        {
            _isCaughtUp = true;
            _shares.OnCaughtUp(now, effects);
        }

        _shares.Advance(now, effects);
        foreach (var offer in _shares.DrainOffers())
        {
            _log.OnOffered(now, offer, fromPeer: false, effects);
        }

        foreach (var batch in _shares.DrainAttested())
        {
            SendReceipts(batch, effects);
        }

        _sender.Advance(effects);
        _membership.Keep(effects);
    }

    private void CatchUp(Instant now, Effects effects)
    {
        var isWhole = _catchUp.Advance(now, _machine, _log, effects);
        _log.KeepsJournal = _catchUp.IsUnderWay;
        if (_catchUp.WriteAgain(_log.StableState?.Sequence, effects) is not null)
        {
            _log.StoreStable(effects);
        }

        if (isWhole)
        {
            ExecuteOrdered(now, effects);
        }
    }

    /// <summary>No log reaches this replica any more, or one does and it cannot go on in it.</summary>
    private StableCheckpoint? WantedCheckpoint => _log.WantedState
        ?? (_catchUp.IsHeldUp && _log.Stable > _log.Executed ? _log.StableProof : null);

    private ReplicaLife? OwnReturn => _machine.Lives[_settings.Self.Index];

    /// <summary>A signature that a site waits for, or a client for its receipt.</summary>
    private bool IsNeeded(SiteSequence batch) => _machine.Links.Needs(batch) || _machine.Leaves.HasReplies(batch);

    /// <summary>The state that was fetched takes the place of the own one; what was promised stays in force, and the
    /// log goes on after it.</summary>
    private void StartAt(Instant now, StableState installed, Effects effects)
    {
        _machine = new(_settings, installed.State);
        _source.OnReplaced();
        _catchUp.OnReplaced();
        _shares = new(
            _settings.Self.Index,
            _machine.Ledger,
            _settings.Verifier,
            IsNeeded,
            _shares.Nonces.StartAt(_machine.Ledger));
        _sender = new(_settings.Self, _machine.Links, _machine.Leaves, _shares, _roads);
        _checkpoint = (installed.Sequence, installed.State.Digest);
        _isCaughtUp = false;
        _log.StartAt(now, installed, _machine, effects);
        _shares.Resume(now, effects);
        ExecuteOrdered(now, effects);
    }

    private void SendReceipts(SiteSequence batch, Effects effects)
    {
        foreach (var index in _machine.Leaves.Find(batch)?.Replies.Values ?? Enumerable.Empty<int>())
        {
            SendReceipt(batch, index, effects);
        }
    }

    /// <summary>Nothing while the batch is not signed: once it is, its receipts go out unasked.</summary>
    private void SendReceipt(SiteSequence batch, int index, Effects effects)
    {
        var leaves = _machine.Leaves.Find(batch)!;
        if (_shares.TryGet(batch, out var statement, out var signature))
        {
            effects.Add(new Effect.AnswerWithReceipt(
                new(leaves.ReplyAt(index), statement, signature, (uint)index, leaves.Tree.Path(index))));
        }
    }
}
