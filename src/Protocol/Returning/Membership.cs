using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>Joins what a replica knows of its own disk and of its peers' with the log in which it votes or is
/// silent.</summary>
internal sealed class Membership
{
    private readonly SiteLog _log;
    private readonly OwnLife _own;
    private readonly PeerLives _peers;
    private SiteSequence _keptAt;

    /// <param name="log">Not recovered yet.</param>
    /// <param name="run">The name of this process.</param>
    public Membership(SiteSize size, int self, SiteLog log, Digest run, IReadOnlyList<JournalRecord> records)
    {
        (_log, _own, _peers) = (log, new(size, self, run), new(size, self));
        _own.Recall(records);
        _peers.Recall(records);
        if (size.Replicas > 1)
        {
            _log.FallSilent();
        }
    }

    /// <summary>When <see cref="Conclude"/> has something to do though nothing happens.</summary>
    public Instant NextWake => _own.NextWake;

    /// <summary>How often this replica has come back.</summary>
    public uint Life => _own.Disk.Life;

    /// <summary>Behind what the journal may be cut to.</summary>
    private SiteSequence Place => _log.Stable.Next;

    /// <summary>Asks the first time, when the log is recovered.</summary>
    public void Begin(Instant now, Effects effects) => _own.Begin(now, _log.DiskWords, Place, effects);

    /// <param name="ordered">The present life of this replica as its own machine knows it.</param>
    public void OnHeard(Instant now, Said said, ReplicaLife? ordered, Effects effects)
    {
        if (said.Word is Recollection)
        {
            _own.OnRecollection(said, ordered, Place, effects);
        }
        else if (_peers.OnInquiry(now, said, _log.WordsOf(said.Replica), Place, effects))
        {
            _own.TellAgain(now, said.Replica, effects);
        }
    }

    /// <summary>The own return, signed, for all to see.</summary>
    public void HandOn(ReplicaReturns returns, Effects effects) => _own.HandOn(returns, effects);

    /// <summary>Votes as soon as it may, and no longer.</summary>
    /// <param name="ordered">The present life of this replica as its own machine knows it.</param>
    public void Conclude(Instant now, ReplicaLife? ordered, Effects effects)
    {
        var mayVote = _own.Advance(now, ordered, _log.Stable, Place, effects);
        if (_own.TakeLoss())
        {
            _log.ForgetPromises();
        }

        if (mayVote && !_log.IsVoting)
        {
            _log.BeginVoting(now, effects);
        }
        else if (!mayVote && _log.IsVoting)
        {
            _log.FallSilent();
        }
    }

    /// <summary>The journal may be cut behind the stored state: what is known of lives must not go with it.</summary>
    public void Keep(Effects effects)
    {
        if (_log.StableState is { } stable && stable.Sequence > _keptAt)
        {
            _keptAt = stable.Sequence;
            effects.Persist(_own.Record(stable.Sequence.Next));
            foreach (var said in _peers.Known)
            {
                effects.Persist(LifeRecords.Peer(stable.Sequence.Next, said));
            }
        }
    }
}
