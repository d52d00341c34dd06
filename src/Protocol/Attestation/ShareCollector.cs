using System.Diagnostics.CodeAnalysis;
using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>One replica's part in making the site's signatures: it gives its share after its own machine has executed
/// the batch (A1), collects the others', adds them up, and sees to it that what fails is tried again. Volatile: what
/// was in here before a crash is asked for.</summary>
/// <remarks>The order in the life of a batch:
/// <code>
/// assigned -> own share asked for, made, broadcast -> group complete -> combined (by who sends for the batch; by
/// others after the usual time) -> signature passed on by one of them.   Without it: peers asked at twice the usual
/// time, retry at three times.
/// </code></remarks>
public sealed class ShareCollector
{
    private readonly int _self;
    private readonly GenesisSite _site;
    private readonly AttestationLedger _ledger;
    private readonly IVerifier _verifier;
    private readonly Func<SiteSequence, bool> _isNeeded;
    private readonly NonceSupply _nonces;
    private readonly EarlyWords _early;
    private readonly SortedDictionary<ulong, PendingSignature> _batches = [];

    // Without a signature, and not known to be needed by nobody; by batch.
    private readonly List<PendingSignature> _open = [];
    private readonly List<SiteSequence> _attested = [];
    private readonly List<SiteInput> _offers = [];
    private readonly SigningPace _pace = new();
    private ulong _newest;
    private SiteSequence _newestSigned;

    /// <param name="isNeeded">Whether the own machine may still have use for a batch's signature: without, nobody is
    /// bothered about it once a newer one is signed.</param>
    /// <param name="nonces">Of a collector before, in the same process.</param>
    public ShareCollector(
        int self,
        AttestationLedger ledger,
        IVerifier verifier,
        Func<SiteSequence, bool> isNeeded,
        NonceSupply? nonces = null)
    {
        ArgumentNullException.ThrowIfNull(ledger);
        (_self, _site, _ledger, _verifier, _isNeeded) = (self, ledger.Site, ledger, verifier, isNeeded);
        (_nonces, _early) = (nonces ?? new NonceSupply(self, ledger), new EarlyWords(_site.Size.Replicas));
    }

    /// <summary>The nonces belong to the process: the collector of another machine takes them over.</summary>
    public NonceSupply Nonces => _nonces;

    /// <summary>How often the own nonces were gone or not the ones that the machine named: an alarm if it
    /// grows.</summary>
    public int SharesUnavailable { get; private set; }

    /// <summary>When <see cref="Advance"/> should be called though nothing happens.</summary>
    public Instant NextWake
    {
        get
        {
            var wake = _nonces.NextWake;
            foreach (var pending in _open)
            {
                var next = DueAt(pending);
                wake = next < wake ? next : wake;
            }

            return wake;
        }
    }

    public bool TryGetSignature(SiteSequence batch, out Bytes signature)
    {
        signature = _batches.TryGetValue(batch.Number, out var pending) ? pending.Signature : default;
        return !signature.IsEmpty;
    }

    /// <summary>What was signed, and the signature, if it has come.</summary>
    public bool TryGet(SiteSequence batch, [NotNullWhen(true)] out SiteStatement? statement, out Bytes signature)
    {
        statement = TryGetSignature(batch, out signature) ? _batches[batch.Number].Statement : null;
        return statement is not null;
    }

    /// <summary>The batches whose signature has come since this was last asked.</summary>
    public IReadOnlyList<SiteSequence> DrainAttested()
    {
        SiteSequence[] drained = [.. _attested];
        _attested.Clear();
        return drained;
    }

    /// <summary>Evidence that this replica wants ordered: inputs that need no signature of its own.</summary>
    public IReadOnlyList<SiteInput> DrainOffers()
    {
        SiteInput[] drained = [.. _offers];
        _offers.Clear();
        return drained;
    }

    /// <summary>The replica has caught up: from now on it publishes commitments.</summary>
    public void OnCaughtUp(Instant now, Effects effects)
    {
        _nonces.OnCaughtUp();
        _nonces.Advance(now, effects);
    }

    /// <summary>After a start or a state transfer: takes up what the machine has assigned and not retired.</summary>
    public void Resume(Instant now, Effects effects)
    {
        foreach (var batch in _ledger.Assigned.ToList())
        {
            foreach (var group in _ledger.Find(batch)!.Groups)
            {
                OnAssigned(group, CombinerDuty.Standby, now, effects);
            }
        }
    }

    /// <summary>The own machine has executed the batch, or its retry, that assigned this group.</summary>
    public void OnAssigned(SigningGroup group, CombinerDuty duty, Instant now, Effects effects)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(effects);
        if (!_batches.TryGetValue(group.Sequence.Number, out var pending))
        {
            pending = new PendingSignature(_self, group.Statement, _ledger.MessageOf(group.Statement));
            _batches.Add(group.Sequence.Number, pending);
            _open.Add(pending);
            _newest = Math.Max(_newest, group.Sequence.Number);
        }

        pending.Duty = duty > pending.Duty ? duty : pending.Duty;
        NameSilent(pending, group.Attempt, now, effects);
        if (!pending.TryAdd(group, now))
        {
            return;
        }

        (pending.AskAt, pending.RetryAt) = (now + _pace.AskAfter, now + _pace.Patience(pending.Repeats));
        foreach (var said in _early.Take(group.Sequence))
        {
            OnWord(said, now, effects);
        }

        // With f = 0 the share is a plain signature, which may be made again; otherwise only with nonces made here
        // (N2).
        var isPlain = _site.Size.Faults == 0;
        if (pending.Signature.IsEmpty && group.TryFind(_self, out var member) && (isPlain || _nonces.HasMade(member)))
        {
            effects.Add(new Effect.SignShare(group.PlaceOf(_self), pending.Message, group.Members));
        }
    }

    public void OnNoncesMade(Input.NoncesMade made, Instant now, Effects effects) =>
        _nonces.OnNoncesMade(made, now, effects);

    public void OnShareMade(Input.ShareMade made, Effects effects)
    {
        ArgumentNullException.ThrowIfNull(made);
        ArgumentNullException.ThrowIfNull(effects);
        if (_batches.TryGetValue(made.Place.Sequence.Number, out var pending)
            && pending.Find(made.Place.Attempt, made.Place.Group) is { } group)
        {
            effects.Broadcast(new ThresholdShare(made.Place, made.Response, made.GroupCommitment, group.Name));
        }
    }

    public void OnShareUnavailable(Input.ShareUnavailable unavailable, Effects effects)
    {
        ArgumentNullException.ThrowIfNull(unavailable);
        ArgumentNullException.ThrowIfNull(effects);
        SharesUnavailable += unavailable.Spoiler is null ? 1 : 0;
        effects.Add(unavailable.Spoiler is { } spoiler
            ? new Effect.Reject($"replica {spoiler}", Rejection.BadShare)
            : new Effect.Note($"no share for {unavailable.Place}"));
    }

    /// <summary>A word about signatures, own or of a peer: <see cref="ThresholdShare"/>, <see cref="SiteSignature"/> or
    /// <see cref="SignatureWanted"/>.</summary>
    public void OnWord(Said said, Instant now, Effects effects)
    {
        ArgumentNullException.ThrowIfNull(said);
        ArgumentNullException.ThrowIfNull(effects);
        var refusal = said.Word switch
        {
            ThresholdShare share => OnShare(share, said, now, effects),
            SiteSignature signature => OnSignature(signature, said, now),
            SignatureWanted wanted => OnWanted(wanted, said.Replica, effects),
            _ => Rejection.UnknownKind,
        };
        if (refusal != Rejection.None)
        {
            effects.Reject(said.Replica, refusal);
        }
    }

    /// <summary>The sum of a group's shares, or who spoiled it.</summary>
    public void OnCombined(Input.Combined combined, Instant now, Effects effects)
    {
        ArgumentNullException.ThrowIfNull(combined);
        ArgumentNullException.ThrowIfNull(effects);
        var place = combined.Place;
        if (!_batches.TryGetValue(place.Sequence.Number, out var pending) || pending.Combining != place)
        {
            return;
        }

        pending.Combining = null;
        if (combined.BadMembers.Count > 0)
        {
            Blame(pending, combined, effects);
        }

        if (!combined.Signature.IsEmpty)
        {
            TakeSignature(pending, combined.Signature, place.Attempt, now);
            if (pending.Duty != CombinerDuty.ForItself)
            {
                effects.Broadcast(new SiteSignature(_ledger.KeyEpoch, place.Sequence, combined.Signature));
            }
        }
        else if (combined.BadMembers.Count == 0)
        {
            pending.GiveUp(place.Attempt, place.Group);
        }

        Conclude(pending, now, effects);
    }

    /// <summary>Does what time asks for. To be called after every batch and when woken.</summary>
    public void Advance(Instant now, Effects effects)
    {
        ArgumentNullException.ThrowIfNull(effects);
        _nonces.Advance(now, effects);
        foreach (var pending in _open.ToArray())
        {
            Conclude(pending, now, effects);
        }
    }

    /// <summary>The machine has retired the batches below.</summary>
    public void Retire(SiteSequence below)
    {
        _early.Retire(below);
        _open.RemoveAll(pending => pending.Statement.Sequence < below);
        while (_batches.Count > 0 && _batches.First().Key is var oldest && oldest < below.Number)
        {
            _batches.Remove(oldest);
        }
    }

    private Rejection OnShare(ThresholdShare share, Said said, Instant now, Effects effects)
    {
        var place = share.Place;
        if (place.KeyEpoch != _ledger.KeyEpoch || place.Member != said.Replica)
        {
            return place.Member == said.Replica ? Rejection.OldLife : Rejection.NotAMember;
        }

        if (!_batches.TryGetValue(place.Sequence.Number, out var pending))
        {
            return KeepEarly(place.Sequence, said);
        }

        // An attempt's two groups come one after the other: what belongs to the second has to wait for it.
        var isEarly = place.Attempt >= pending.Attempt && pending.Find(place.Attempt, place.Group) is null;
        var refusal = isEarly ? _early.Keep(place.Sequence, said) : pending.Keep(said, place, now);
        if (refusal == Rejection.None)
        {
            Conclude(pending, now, effects);
        }

        return refusal;
    }

    private Rejection OnSignature(SiteSignature word, Said said, Instant now)
    {
        if (word.KeyEpoch != _ledger.KeyEpoch)
        {
            return Rejection.OldLife;
        }

        if (!_batches.TryGetValue(word.Sequence.Number, out var pending))
        {
            return KeepEarly(word.Sequence, said);
        }

        // Once a batch: 50 us here are less than an effect's way out and back.
        var isNew = pending.Signature.IsEmpty;
        if (isNew && !_verifier.Verify(_site.PublicKey.Span, pending.Message.Span, word.Signature.Span))
        {
            return Rejection.BadSignature;
        }

        if (isNew)
        {
            TakeSignature(pending, word.Signature, null, now);
        }

        return Rejection.None;
    }

    /// <summary>One answer to one question: nobody gains by asking.</summary>
    private Rejection OnWanted(SignatureWanted wanted, int replica, Effects effects)
    {
        if (!_batches.TryGetValue(wanted.Sequence.Number, out var pending) || wanted.KeyEpoch != _ledger.KeyEpoch)
        {
            return Rejection.UnknownAssignment;
        }

        if (replica != _self && !pending.Signature.IsEmpty)
        {
            effects.Send(replica, new SiteSignature(_ledger.KeyEpoch, wanted.Sequence, pending.Signature));
        }
        else if (replica != _self)
        {
            pending.SharesFrom(_self).ToList().ForEach(share => effects.Add(new Effect.Relay(replica, share)));
        }

        return Rejection.None;
    }

    private Rejection KeepEarly(SiteSequence batch, Said said) =>
        batch.Number > _newest ? _early.Keep(batch, said) : Rejection.UnknownAssignment;

    /// <summary>Draws what follows from all the shares so far and from the time.</summary>
    private void Conclude(PendingSignature pending, Instant now, Effects effects)
    {
        if (!pending.Signature.IsEmpty || pending.Combining is not null)
        {
            return;
        }

        if (pending.Complete is { } group && (pending.Duty != CombinerDuty.Standby || now >= pending.StartedAt + _pace.Usual))
        {
            pending.Combining = group.PlaceOf(_self);
            effects.Add(new Effect.Combine(
                pending.Combining.Value, pending.Message, group.Members, pending.SharesOf(group)));
            return;
        }

        if (now < pending.AskAt && now < pending.RetryAt)
        {
            return;
        }

        if (!IsWanted(pending.Statement.Sequence))
        {
            _open.Remove(pending);
            return;
        }

        Ask(pending, now, effects);
    }

    /// <summary>Nobody waits for what newer words have replaced, once these are signed. Before that they may be as silent: where a
    /// new register follows each few milliseconds, each would be given up before anybody has said who does not sign.</summary>
    private bool IsWanted(SiteSequence batch) => _isNeeded(batch) || batch > _newestSigned;

    private void Ask(PendingSignature pending, Instant now, Effects effects)
    {
        var sequence = pending.Statement.Sequence;
        if (now >= pending.AskAt)
        {
            effects.Broadcast(new SignatureWanted(_ledger.KeyEpoch, sequence));
            pending.AskAt = now + _pace.Patience(pending.Repeats);
        }

        if (now >= pending.RetryAt)
        {
            pending.RetryAt = now + _pace.Patience(pending.Repeats);
            pending.Repeats++;
            if (_ledger.Find(sequence) is { IsDue: false } batch && batch.Attempt == pending.Attempt)
            {
                Retry(pending, effects);
            }
        }
    }

    /// <summary>Others have ended an attempt before this replica lost patience, perhaps f liars and one that is quicker. It
    /// still says who was silent, if it has waited for as long as a signature usually takes: or the silent would keep their
    /// places in front, and hold up the next batch too.</summary>
    private void NameSilent(PendingSignature pending, uint attempt, Instant now, Effects effects)
    {
        var isOver = pending.Signature.IsEmpty && pending.IsBegun && attempt > pending.Attempt && !pending.HasRetried;
        if (isOver && now >= pending.StartedAt + _pace.Usual && IsWanted(pending.Statement.Sequence))
        {
            Retry(pending, effects);
        }
    }

    private void Retry(PendingSignature pending, Effects effects)
    {
        pending.HasRetried = true;
        effects.Add(new Effect.SignInput(new AttestationRetry(
            _self, pending.Statement.Sequence, pending.Attempt, pending.Silent(), default)));
    }

    private Instant DueAt(PendingSignature pending)
    {
        if (pending.Combining is not null)
        {
            return Instant.Never;
        }

        var due = pending.AskAt < pending.RetryAt ? pending.AskAt : pending.RetryAt;
        var combineAt = pending.StartedAt + _pace.Usual;
        return pending.Complete is not null && combineAt < due ? combineAt : due;
    }

    private void Blame(PendingSignature pending, Input.Combined combined, Effects effects)
    {
        var place = combined.Place;
        foreach (var member in combined.BadMembers)
        {
            if (pending.Spoil(place.Attempt, place.Group, member) is { } said)
            {
                effects.Reject(member, Rejection.BadShare);
                _offers.AddRange(ShareEvidence.Of(said, _ledger, _verifier) is { } evidence ? [evidence] : []);
            }
        }
    }

    private void TakeSignature(PendingSignature pending, Bytes signature, uint? attempt, Instant now)
    {
        var sequence = pending.Statement.Sequence;
        pending.Signature = signature;
        _open.Remove(pending);
        _attested.Add(sequence);
        _newestSigned = sequence > _newestSigned ? sequence : _newestSigned;
        var (taken, first) = pending.TimesAt(now, attempt);
        _pace.OnSigned(taken, first);
    }
}
