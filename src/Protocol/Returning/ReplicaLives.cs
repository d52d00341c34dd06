using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>The present life of a replica that has come back from a lost disk: ordered at a place, it votes again above
/// a stable checkpoint that lies two windows behind that place.</summary>
/// <remarks>Why two windows. What the former life promised of places lies within a window of a checkpoint that was
/// stable before it ended, so within a window of <see cref="At"/>: the new life has no say there, and needs none, for
/// it is behind a stable checkpoint. What the former life said of views holds a checkpoint below <see cref="At"/>.
/// Without this replica, whoever helped to decide a place a window behind <see cref="At"/> and two windows behind it
/// knows a checkpoint at or above <see cref="At"/>. So no view can begin on a word of the former life and leave out
/// what was decided with the new one: see <see cref="NewView.IsSound"/>.</remarks>
public readonly record struct ReplicaLife(uint Life, SiteSequence At, Digest Disk)
{
    public SiteSequence VotesBehind => new(At.Number + Limits.PlacesUntilVote);
}

/// <summary>The agreed part of coming back, in the site's machine: which replicas have lost their disks, when, and on
/// which disk they go on. Life 0, of a replica that never lost one, needs no entry.</summary>
public sealed class ReplicaLives(int replicas)
{
    private static readonly Bytes Key = Bytes.FromText("lives");

    private readonly SortedDictionary<int, ReplicaLife> _lives = [];

    public ReplicaLife? this[int replica] => _lives.TryGetValue(replica, out var life) ? life : null;

    /// <summary>Whether the site must go on ordering, be it nothing, so that a replica gets its vote.</summary>
    /// <param name="checkpoint">The last one.</param>
    public bool IsAwaited(SiteSequence checkpoint) => _lives.Values.Any(life => checkpoint < life.VotesBehind);

    /// <summary>One return after the other: the next one of a replica only when it may vote again.</summary>
    public InputStanding Judge(ReplicaReturns returns, SiteSequence checkpoint)
    {
        ArgumentNullException.ThrowIfNull(returns);
        var known = this[returns.Replica];
        return returns.Replica >= replicas || returns.Life != (known?.Life ?? 0) + 1 ? InputStanding.Obsolete
            : known is { } life && checkpoint < life.VotesBehind ? InputStanding.Early
            : InputStanding.Consumable;
    }

    public Rejection OnReturn(ReplicaReturns returns, SiteSequence at, SiteSequence checkpoint)
    {
        ArgumentNullException.ThrowIfNull(returns);
        if (Judge(returns, checkpoint) != InputStanding.Consumable)
        {
            return Rejection.WrongLife;
        }

        _lives[returns.Replica] = new(returns.Life, at, returns.Disk);
        return Rejection.None;
    }

    public void Save(AuthenticatedMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        if (_lives.Count == 0)
        {
            return;
        }

        var writer = new WireWriter();
        writer.Count(_lives.Count);
        foreach (var (replica, life) in _lives)
        {
            writer.Byte((byte)replica);
            writer.UInt32(life.Life);
            writer.Sequence(life.At);
            writer.Digest(life.Disk);
        }

        map.Set(Key, writer.ToBytes());
    }

    public void Load(AuthenticatedMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        if (!map.TryGet(Key, out var bytes))
        {
            return;
        }

        var reader = new WireReader(bytes.Span);
        for (var left = reader.Count(replicas); left > 0; left--)
        {
            _lives[reader.Byte()] = new(reader.UInt32(), reader.SiteSequence(), reader.Digest());
        }

        Invariant.Holds(reader.Finished, "M1");
    }
}
