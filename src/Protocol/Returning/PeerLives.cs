using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>What this replica knows of its peers' processes, over its own restarts: of each the newest inquiries.
/// Whoever asks is shown those of others than itself, and its newest words: it knows whether its disk knows them. A
/// replica answers while it waits for answers itself, or a site that starts would never begin.</summary>
internal sealed class PeerLives(SiteSize size, int self)
{
    private static readonly TimeSpan AnswerGap = TimeSpan.FromMilliseconds(4);

    // Of each, the oldest first.
    private readonly List<Said>[] _known = [.. Enumerable.Range(0, size.Replicas).Select(_ => new List<Said>())];
    private readonly Digest?[] _runs = new Digest?[size.Replicas];
    private readonly Instant?[] _answeredAt = new Instant?[size.Replicas];

    public IEnumerable<Said> Known => _known.SelectMany(known => known);

    public void Recall(IEnumerable<JournalRecord> records)
    {
        foreach (var record in records.Where(record => record.Kind == JournalRecordKind.PeerLife))
        {
            TryKeep(LifeRecords.ReadPeer(record.Body));
        }
    }

    /// <summary>Writes down what is new, and answers.</summary>
    /// <param name="words">What this replica holds of the asker's words.</param>
    /// <returns>Whether it is the first time that this process of the peer is heard: it may not know of this
    /// replica's.</returns>
    public bool OnInquiry(Instant now, Said said, IEnumerable<Said> words, SiteSequence place, Effects effects)
    {
        var (replica, word) = (said.Replica, (Inquiry)said.Word);
        if (replica == self || (_answeredAt[replica] is { } at && now - at < AnswerGap))
        {
            effects.Reject(replica, Rejection.TooSoon);
            return false;
        }

        _answeredAt[replica] = now;
        if (TryKeep(said))
        {
            effects.Persist(LifeRecords.Peer(place, said));
        }

        var shown = _known[replica].Where(known => ((Inquiry)known.Word).Run != word.Run).Concat(words)
            .Select(own => new RecalledWord(own.Word, own.Signature));
        effects.Send(replica, new Recollection(word.Run, ValueList.From(shown)));
        var isNew = _runs[replica] != word.Run;
        _runs[replica] = word.Run;
        return isNew;
    }

    /// <summary>One inquiry of each process; with too many the oldest goes, so that old ones that somebody says again
    /// push out none.</summary>
    private bool TryKeep(Said said)
    {
        var (known, word) = (_known[said.Replica], (Inquiry)said.Word);
        if (known.Exists(other => other.Word == word))
        {
            return false;
        }

        known.RemoveAll(other => ((Inquiry)other.Word).Run == word.Run && Age(other).CompareTo(Age(said)) < 0);
        known.Add(said);
        known.Sort((left, right) => Age(left).CompareTo(Age(right)));
        if (known.Count > Limits.PeerRunsKept)
        {
            known.RemoveAt(0);
        }

        return known.Contains(said);
    }

    private static (uint Life, ulong Start) Age(Said said) => (((Inquiry)said.Word).Life, ((Inquiry)said.Word).Start);
}
