using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>What a site tells of its state in the registers, what others tell of theirs, and which of those it has to
/// take over.</summary>
internal sealed class StatesOfSites(Links links, Retention retention)
{
    private readonly ToldStates _told = new(retention);
    private readonly StateWish _wish = new(retention);

    /// <summary>The newest one of the own.</summary>
    public ToldState Told => _told.Newest;

    /// <summary>The one that this site has to take over; null while the logs of others reach back to its own.</summary>
    public WishedState? Wanted => _wish.Wanted;

    /// <summary>Counts an executed entry. True if the state after it is to be told.</summary>
    public bool IsDueAfter(FilledEntry filled) => _told.IsDueAfter(filled);

    public void Tell(KeptState state, GlobalSequence at, Timestamp time)
    {
        var told = new ToldState(at, ToldState.DigestOf(state.Global.Digest, state.Beside));
        _told.Tell(told, time);
        foreach (var other in ToldByOthers)
        {
            HoldAgainst(other);
        }
    }

    public void OnStatus(StatusFront front) => HoldAgainst(new(front.DigestAt, front.StateDigest));

    /// <summary>To be called at the end of every batch.</summary>
    /// <param name="firstKept">The first entry that another site keeps; null if none has refused a question.</param>
    public void Judge(SiteSequence batch, Timestamp now, GlobalSequence? firstKept, GlobalSequence committed)
    {
        if (firstKept is not null || Wanted is not null)
        {
            _wish.Judge(batch, now, firstKept, committed, ToldByOthers);
        }
    }

    public void Save(WireWriter writer)
    {
        _told.Save(writer);
        _wish.Save(writer);
    }

    public void Load(ref WireReader reader)
    {
        _told.Load(ref reader);
        _wish.Load(ref reader);
    }

    private IEnumerable<ToldState> ToldByOthers => links.All
        .Select(link => link.PeerFront)
        .OfType<StatusFront>()
        .Select(front => new ToldState(front.DigestAt, front.StateDigest));

    /// <summary>Where two other sites agree on another state than the own one, this site goes no further: what it
    /// computed is wrong, and it would tell it to clients.</summary>
    private void HoldAgainst(ToldState other) =>
        Invariant.Holds(!_told.Contradicts(other) || ToldByOthers.Count(told => told == other) < 2, "X3");
}
