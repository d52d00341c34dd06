using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>Remembers what the other replicas of the site have signed of late, and notices when one of them has signed
/// what no correct replica signs. It changes nothing in what the replica thinks: evidence is for people.</summary>
/// <remarks>What comes to it has passed the gate, so signatures hold, except under shares. Before anything is told it
/// is checked as a stranger would check it.</remarks>
public sealed class Witness
{
    private readonly ReplicaSettings _settings;
    private readonly HeardWords[] _heard;
    private readonly WitnessedRows _rows;
    private readonly EvidenceBook _book = new();
    private readonly int[] _sharesExamined;

    public Witness(ReplicaSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings;
        var replicas = settings.Genesis[settings.Self.Site].Size.Replicas;
        _heard = [.. Enumerable.Range(0, replicas).Select(replica => new HeardWords(replica))];
        _rows = new(replicas);
        _sharesExamined = new int[replicas];
    }

    /// <summary>After a start: what the own disk has of others' signed words.</summary>
    public void Recall(Timestamp now, IEnumerable<JournalRecord> records, Effects effects)
    {
        ArgumentNullException.ThrowIfNull(records);
        var size = _settings.Genesis[_settings.Self.Site].Size;
        foreach (var record in records)
        {
            if (record.Kind == JournalRecordKind.View && SiteRecords.ReadView(record.Body) is { } said)
            {
                OnHeard(now, said, effects);
            }
            else if (record.Kind == JournalRecordKind.Accepted
                && SiteRecords.ReadAccepted(record.Body) is { PrimarySignature.IsEmpty: false } accepted)
            {
                var offer = new PrePrepare(accepted.View, record.Place, accepted.Digest, null);
                OnHeard(now, new(accepted.View.Primary(size), offer, accepted.PrimarySignature), effects);
            }
        }
    }

    /// <summary>An input that somebody hands on: a bad share carries its sender's signature over the share.</summary>
    public void OnOffered(Timestamp now, SiteInput input, Effects effects)
    {
        if (input is BadShare bad)
        {
            OnHeard(now, new(bad.Share.Place.Member, bad.Share, bad.ShareSignature), effects);
        }
    }

    /// <summary>A word of a replica of the site, and what it carries of others: the certificates in a view change are
    /// signed words too.</summary>
    public void OnHeard(Timestamp now, Said said, Effects effects)
    {
        ArgumentNullException.ThrowIfNull(said);
        ArgumentNullException.ThrowIfNull(effects);
        if (said.Replica < 0 || said.Replica >= _heard.Length)
        {
            return;
        }

        switch (said.Word)
        {
            case PrePrepare or Prepare or Checkpoint:
                OnVote(now, said, effects);
                break;
            case ViewChange:
                OnViewChange(now, said, effects);
                break;
            case NewView view:
                OnNewView(now, said, view, effects);
                break;
            case ThresholdShare share when share.Place.Member == said.Replica:
                OnShare(now, said, effects);
                break;
        }
    }

    /// <summary>The machine has executed a batch: rows of commitments that it took, shares that it found bad, retries
    /// after which it may have banned members whose commitments are no points.</summary>
    public void OnExecuted(Timestamp now, Batch batch, AttestationLedger ledger, Effects effects)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(ledger);
        ArgumentNullException.ThrowIfNull(effects);
        foreach (var input in batch.Inputs)
        {
            if (input is NonceCommitments row)
            {
                _rows.OnOrdered(row, ledger);
            }
            else if (input is BadShare bad)
            {
                OnBadShare(now, bad, ledger, effects);
            }
            else if (input is AttestationRetry retry)
            {
                OnRetry(now, retry, ledger, effects);
            }
        }
    }

    private void OnVote(Timestamp now, Said said, Effects effects)
    {
        var (view, sequence, what) = said.Word switch
        {
            PrePrepare offer => (offer.View, offer.Sequence, offer.Digest),
            Prepare vote => (vote.View, vote.Sequence, vote.Digest),
            _ => (default, ((Checkpoint)said.Word).Sequence, ((Checkpoint)said.Word).State),
        };
        var heard = _heard[said.Replica];
        Compare(now, heard.Vote(said.Word.Kind, view, sequence, what, said.Signature), said, effects);
        if (said.Word is PrePrepare)
        {
            Compare(now, heard.NewViewOf(view), said, effects);
        }
    }

    private void OnViewChange(Timestamp now, Said said, Effects effects)
    {
        var word = (ViewChange)said.Word;
        Compare(now, _heard[said.Replica].View(said, word.View), said, effects);
        foreach (var signed in word.Stable.Signatures)
        {
            Carried(now, signed, word.Stable.Word, effects);
        }

        var size = _settings.Genesis[_settings.Self.Site].Size;
        foreach (var certificate in word.Prepared)
        {
            var (view, sequence, digest) = (certificate.View, certificate.Sequence, certificate.Digest);
            var offer = new PrePrepare(view, sequence, digest, null);
            Carried(now, new(view.Primary(size), certificate.PrimarySignature), offer, effects);
            foreach (var signed in certificate.Prepares)
            {
                Carried(now, signed, new Prepare(view, sequence, digest), effects);
            }
        }
    }

    private void OnNewView(Timestamp now, Said said, NewView word, Effects effects)
    {
        var heard = _heard[said.Replica];
        Compare(now, heard.View(said, word.View), said, effects);
        foreach (var change in word.Changes)
        {
            OnHeard(now, new(change.Replica, change.Word, change.Signature), effects);
        }

        var choice = NewViewChoice.Of(word);
        for (var sequence = choice.Stable.Sequence.Next; sequence <= choice.Last; sequence = sequence.Next)
        {
            Compare(now, said, heard.Offer(word.View, sequence), effects);
        }
    }

    private void Carried(Timestamp now, SignedBy signed, SiteWord word, Effects effects) =>
        OnHeard(now, new(signed.Replica, word, signed.Signature), effects);

    /// <summary>Signatures of shares are not checked at the gate, so a liar could have two of them checked here for
    /// each place that it invents: not without end.</summary>
    private void OnShare(Timestamp now, Said said, Effects effects)
    {
        if (_heard[said.Replica].Share(said) is { } first
            && _sharesExamined[said.Replica] < Limits.SharesExamined)
        {
            _sharesExamined[said.Replica]++;
            Compare(now, first, said, effects);
        }
    }

    private void OnBadShare(Timestamp now, BadShare bad, AttestationLedger ledger, Effects effects)
    {
        var place = bad.Share.Place;
        if (ledger.IsBanned(place.Member)
            && IsNew(place.Member, EvidenceKind.BadShare)
            && ledger.Find(place.Sequence)?.Find(place.Attempt, place.Group) is { } group)
        {
            Tell(now, new ShareThatDoesNotFit(bad.Share, bad.ShareSignature, group), effects);
        }
    }

    private void OnRetry(Timestamp now, AttestationRetry retry, AttestationLedger ledger, Effects effects)
    {
        var members = ledger.Find(retry.Sequence)?.Groups.SelectMany(group => group.Members) ?? [];
        foreach (var member in members.Where(member => ledger.IsBanned(member.Replica)))
        {
            if (IsNew(member.Replica, EvidenceKind.NoPoints)
                && !_settings.ShareVerifier.ArePoints(member.Points)
                && _rows.Find(member) is { } row)
            {
                Tell(now, new RowOfNoPoints(row, member.Index), effects);
            }
        }
    }

    private bool IsNew(int replica, EvidenceKind kind) => _book.CountOf(new(_settings.Self.Site, replica), kind) == 0;

    private void Compare(Timestamp now, Said? first, Said? second, Effects effects)
    {
        if (first is not null && second is not null && TwoWords.Of(first, second) is { } both)
        {
            Tell(now, both, effects);
        }
    }

    /// <summary>Only what convinces a stranger is told, and of one kind against one replica only so much.</summary>
    private void Tell(Timestamp now, Evidence evidence, Effects effects)
    {
        var (genesis, self) = (_settings.Genesis, _settings.Self);
        var accused = new ReplicaId(self.Site, evidence.Accused);
        if (accused == self || !_book.Wants(accused, evidence))
        {
            return;
        }

        var file = new EvidenceFile(genesis.Cluster, self.Site, self.Index, now, evidence);
        var bytes = file.Encode();
        var read = EvidenceFile.Decode(bytes.Span);
        if (read?.Refusal(genesis, _settings.Verifier, _settings.ShareVerifier) == Rejection.None
            && _book.TryAdd(file, bytes.Length))
        {
            effects.Add(new Effect.KeepEvidence(file));
        }
    }
}
