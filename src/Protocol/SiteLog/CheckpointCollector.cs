using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>Counts checkpoints: a quorum of equal ones is stable, and everything at or below it is over.</summary>
internal sealed class CheckpointCollector(SiteLogState state)
{
    private readonly SortedDictionary<SiteSequence, Said>[] _heard =
        [.. Enumerable.Range(0, state.Size.Replicas).Select(_ => new SortedDictionary<SiteSequence, Said>())];

    private readonly SortedDictionary<SiteSequence, (Digest State, StateSnapshot? Snapshot)> _own = [];

    /// <summary>Own checkpoints that no quorum has confirmed yet.</summary>
    public bool IsWaiting => _own.Count > 0;

    public IEnumerable<Said> OwnWords => _heard[state.Self].Values;

    public void OnCheckpoint(Said said, Effects effects)
    {
        var word = (Checkpoint)said.Word;
        var heard = _heard[said.Replica];
        if (word.Sequence <= state.Stable)
        {
            effects.Reject(said.Replica, Rejection.AlreadyKnown);
        }
        else if (heard.TryGetValue(word.Sequence, out var first))
        {
            RejectSecond(first, said, effects);
        }
        else
        {
            heard.Add(word.Sequence, said);
            if (heard.Count > Limits.CheckpointsPerReplica)
            {
                heard.Remove(heard.First().Key);
            }

            CountAt(word, effects);
        }
    }

    /// <summary>The machine has taken a checkpoint here: say so, and keep the state until a quorum agrees.</summary>
    public void OnTaken(SiteSequence sequence, Digest digest, StateSnapshot? snapshot, Effects effects)
    {
        _own[sequence] = (digest, snapshot);
        if (sequence > state.Stable && state.IsVoting)
        {
            effects.Broadcast(new Checkpoint(sequence, digest));
        }

        SaveIfStable(effects);
    }

    /// <summary>Says what was kept back while this replica did not vote.</summary>
    public void SayWaiting(Effects effects)
    {
        foreach (var (sequence, own) in _own)
        {
            effects.Broadcast(new Checkpoint(sequence, own.State));
        }
    }

    /// <summary>The newest checkpoint that a replica has signed, as far as it is known here.</summary>
    public Said? NewestOf(int replica)
    {
        var inProof = state.StableProof.Signatures.Where(signed => signed.Replica == replica)
            .Select(signed => new Said(replica, state.StableProof.Word, signed.Signature));
        return _heard[replica].Values.LastOrDefault() ?? inProof.FirstOrDefault();
    }

    /// <summary>A certificate, own count or a new view's: votes below it are over, wherever execution is.</summary>
    public void Adopt(StableCheckpoint stable, Effects effects)
    {
        if (stable.Sequence <= state.Stable)
        {
            return;
        }

        state.StableProof = stable;
        effects.Persist(SiteRecords.Checkpoint(stable));
        foreach (var heard in _heard)
        {
            while (heard.Count > 0 && heard.First().Key <= stable.Sequence)
            {
                heard.Remove(heard.First().Key);
            }
        }

        SaveIfStable(effects);
        state.CollectGarbage();
        state.DropOutsideWindows();
    }

    /// <summary>The state of a stable checkpoint has come from peers: it is stored like an own one.</summary>
    public void OnInstalled(StableState installed, Effects effects)
    {
        while (_own.Count > 0 && _own.First().Key <= installed.Sequence)
        {
            _own.Remove(_own.First().Key);
        }

        Save(installed, effects);
    }

    private void RejectSecond(Said first, Said second, Effects effects)
    {
        var isSame = ((Checkpoint)first.Word).State == ((Checkpoint)second.Word).State;

        // The own state at a place is one: the own name can never stand here.
        Invariant.Holds(isSame || second.Replica != state.Self, "S3");
        effects.Reject(second.Replica, isSame ? Rejection.AlreadyKnown : Rejection.SecondVote);
    }

    private void CountAt(Checkpoint word, Effects effects)
    {
        var equal = _heard
            .Select(heard => heard.GetValueOrDefault(word.Sequence))
            .Where(said => said is not null && ((Checkpoint)said.Word).State == word.State)
            .Select(said => new SignedBy(said!.Replica, said.Signature))
            .ToArray();
        if (equal.Length >= state.Size.Quorum)
        {
            Adopt(new(word.Sequence, word.State, new(equal[..state.Size.Quorum])), effects);
        }
    }

    private void SaveIfStable(Effects effects)
    {
        if (_own.TryGetValue(state.Stable, out var own))
        {
            // A quorum says that the state here should be another: go no further with this one.
            Invariant.Holds(own.State == state.StableProof.State, "S2");
            if (own.Snapshot is { } snapshot)
            {
                Save(new(state.StableProof, snapshot), effects);
            }
        }

        while (_own.Count > 0 && _own.First().Key <= state.Stable)
        {
            _own.Remove(_own.First().Key);
        }
    }

    private void Save(StableState stable, Effects effects)
    {
        // The journal may be cut behind the stored state: the view must not go with it.
        if (state.ViewProof is { } proof)
        {
            effects.Persist(SiteRecords.View(stable.Sequence.Next, proof));
        }

        state.StableState = stable;
        if (state.KeepsJournal || stable.Sequence < state.StoresFrom)
        {
            return;
        }

        effects.Add(new Effect.SaveState(stable.Sequence, stable.Proof.Encode(), stable.State));
    }
}
