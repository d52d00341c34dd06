using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>Whether this replica may vote. Before its first vote it asks its peers whether it has said anything that its
/// disk does not know. If so, the disk was lost, or is an old copy: then it says nothing but requests until the site has
/// ordered its return, and a checkpoint behind that is stable.</summary>
/// <remarks>
/// <code>
/// disk      | 2f peers answer, no word is unknown | one shows an unknown word  | the return is ordered | stable behind it
/// as it was | votes                               | lost: disk, a new name     | -                     | -
/// lost      | asks its site to let it return      | -                          | disk, the next life   | -
/// next life | waits for the checkpoint            | lost once more             | -                     | votes
/// </code>
/// Any two sets of 2f peers share one that is correct while this replica is one of the f, and each has written down which
/// process it let vote.</remarks>
internal sealed class OwnLife(SiteSize size, int self, Digest run)
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan AskOn = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OfferAgain = TimeSpan.FromMilliseconds(500);

    private readonly bool[] _answered = new bool[size.Replicas];
    private OwnDisk _own = new(0, run, Start: 1, Cleared: 0, [run], IsLost: false);
    private DiskWords _words = DiskWords.None;
    private uint _lifeShown;
    private bool _isAnswered;
    private bool _hasJustLost;
    private Instant _askAt;
    private Instant _offerAt;

    public bool IsLost => _own.IsLost;

    public OwnDisk Disk => _own;

    /// <summary>When <see cref="Advance"/> has something to do though nothing happens.</summary>
    public Instant NextWake => Instant.Earlier(
        AllAnswered ? Instant.Never : _askAt, IsLost ? _offerAt : Instant.Never);

    private Inquiry Question => new(_own.Life, _own.Start, run);

    private bool AllAnswered => _answered.Count(answered => answered) >= size.Replicas - 1;

    /// <summary>After a start: which disk this is.</summary>
    public void Recall(IEnumerable<JournalRecord> records)
    {
        if (records.LastOrDefault(record => record.Kind == JournalRecordKind.Life) is { } record)
        {
            var known = LifeRecords.ReadOwn(record.Body);
            var runs = known.Runs.Append(run).TakeLast(Limits.OwnRunsKept);
            _own = known with { Start = known.Start + 1, Runs = ValueList.From(runs) };
        }
    }

    /// <summary>The start is on disk before it is spoken of.</summary>
    /// <param name="words">What the disk knows of the own words.</param>
    public void Begin(Instant now, DiskWords words, SiteSequence place, Effects effects)
    {
        _words = words;
        _isAnswered = size.Replicas == 1;
        effects.Persist(LifeRecords.Own(place, _own));
        Ask(now, effects);
    }

    public void OnRecollection(Said said, ReplicaLife? life, SiteSequence place, Effects effects)
    {
        var word = (Recollection)said.Word;
        if (word.Run != run || said.Replica == self)
        {
            effects.Reject(said.Replica, Rejection.NotForUs);
            return;
        }

        if (_own.Life > 0 && !(life?.Life >= _own.Life))
        {
            // The own machine is not where this life began, so of which life a word is cannot be told yet.
            effects.Reject(said.Replica, Rejection.TooSoon);
            return;
        }

        // What it said since it began to vote is no news to it.
        if (!_isAnswered)
        {
            foreach (var recalled in word.Words)
            {
                Judge(recalled.Word, life, place, effects);
            }
        }

        _answered[said.Replica] = true;
        if (!_isAnswered && _answered.Count(answered => answered) >= size.Quorum - 1)
        {
            _isAnswered = true;
            Clear(place, effects);
        }
    }

    /// <summary>Asks what is to be asked. To be called after every step.</summary>
    /// <param name="life">The present life of this replica as its own machine knows it.</param>
    /// <returns>Whether this replica may vote.</returns>
    public bool Advance(Instant now, ReplicaLife? life, SiteSequence stable, SiteSequence place, Effects effects)
    {
        if (life is { } ordered)
        {
            OnOrdered(now, ordered, place, effects);
        }

        if (!AllAnswered && now >= _askAt)
        {
            Ask(now, effects);
        }

        if (IsLost && now >= _offerAt)
        {
            // Again and again: it may have been wrong about its life, or nobody heard it.
            _offerAt = now + OfferAgain;
            var next = Math.Max(Math.Max(_own.Life, _lifeShown), life?.Life ?? 0) + 1;
            effects.Add(new Effect.SignInput(new ReplicaReturns(self, next, _own.Disk, default)));
        }

        return _isAnswered && !IsLost
            && (_own.Life == 0 || (life is { } present && present.Disk == _own.Disk && stable >= present.VotesBehind));
    }

    /// <summary>True once after a loss was found: what the disk promises is not all, and is forgotten.</summary>
    public bool TakeLoss()
    {
        var hasJustLost = _hasJustLost;
        _hasJustLost = false;
        return hasJustLost;
    }

    /// <summary>The own return, signed, for all to see.</summary>
    public void HandOn(ReplicaReturns returns, Effects effects)
    {
        for (var replica = 0; replica < size.Replicas; replica++)
        {
            if (replica != self)
            {
                effects.Send(replica, new HandOn(returns));
            }
        }
    }

    /// <summary>A peer has just started: it may not know yet on which disk this replica is, or not any more, if it lost
    /// its own. So it is asked until it answers, for then it has written it down.</summary>
    public void TellAgain(Instant now, int replica, Effects effects)
    {
        if (_isAnswered)
        {
            _askAt = AllAnswered ? now + AskOn : _askAt;
            _answered[replica] = false;
        }

        effects.Send(replica, Question);
    }

    public JournalRecord Record(SiteSequence place) => LifeRecords.Own(place, _own);

    /// <summary>The record has time until it is written anyway, unless names of processes are forgotten by
    /// then.</summary>
    private void Clear(SiteSequence place, Effects effects)
    {
        if (!IsLost)
        {
            _own = _own with { Cleared = _own.Start };
            if (_own.Runs.Count == Limits.OwnRunsKept)
            {
                effects.Persist(LifeRecords.Own(place, _own));
            }
        }
    }

    private void Judge(SiteWord word, ReplicaLife? life, SiteSequence place, Effects effects)
    {
        if (word is Inquiry other)
        {
            _lifeShown = Math.Max(_lifeShown, other.Life);
        }

        var isKnown = word is Inquiry inquiry
            ? inquiry.Life < _own.Life
                || (inquiry.Life == _own.Life && inquiry.Start <= _own.Cleared)
                || _own.Runs.Contains(inquiry.Run)
            : _words.Knows(word, life);
        if (!IsLost && !isKnown)
        {
            Lose(place, effects);
        }
    }

    private void OnOrdered(Instant now, ReplicaLife ordered, SiteSequence place, Effects effects)
    {
        if (ordered.Disk == _own.Disk && IsLost)
        {
            // The next life begins: peers write it down, before its first vote.
            _own = _own with { Life = ordered.Life, IsLost = false };
            effects.Persist(LifeRecords.Own(place, _own));
            effects.Add(new Effect.Note(
                $"its site takes this replica back: it votes again behind {ordered.VotesBehind}, in its life {ordered.Life}"));
            Array.Clear(_answered);
            _isAnswered = false;
            Ask(now, effects);
        }
        else if (ordered.Disk != _own.Disk && ordered.Life >= _own.Life && !IsLost)
        {
            // It came back on another disk since this one was in use.
            Lose(place, effects);
        }
    }

    private void Lose(SiteSequence place, Effects effects)
    {
        (_own, _hasJustLost) = (_own with { Disk = run, Cleared = 0, Runs = [run], IsLost = true }, true);
        effects.Persist(LifeRecords.Own(place, _own));
        effects.Add(new Effect.Note(
            "this replica has said more than its disk knows: it says nothing but requests until its site has taken it "
            + "back"));
    }

    private void Ask(Instant now, Effects effects)
    {
        _askAt = now + (_isAnswered ? AskOn : AskAgain);
        for (var replica = 0; replica < size.Replicas; replica++)
        {
            if (replica != self && !_answered[replica])
            {
                effects.Send(replica, Question);
            }
        }
    }
}
