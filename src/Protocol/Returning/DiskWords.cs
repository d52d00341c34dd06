using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>What a replica's disk knew of its own words when it started. All that is said is written down before, so a
/// word that is not here was said from another disk, or from this one after a copy of it was made.</summary>
/// <param name="stable">What lies at or below needs no promise any more.</param>
/// <param name="executed">The last place that is committed on the disk.</param>
/// <param name="accepted">By place, the highest view in which something was accepted or offered there.</param>
internal sealed class DiskWords(
    SiteView view, SiteSequence stable, SiteSequence executed, SortedDictionary<SiteSequence, SiteView> accepted)
{
    public static readonly DiskWords None = new(default, default, default, []);

    /// <param name="life">The life in which this replica has come back last: what it said before does not concern this
    /// disk.</param>
    public bool Knows(SiteWord word, ReplicaLife? life) => word switch
    {
        PrePrepare offer => KnowsVote(offer.View, offer.Sequence, life),
        Prepare vote => KnowsVote(vote.View, vote.Sequence, life),
        Checkpoint checkpoint => checkpoint.Sequence <= executed || checkpoint.Sequence <= stable
            || checkpoint.Sequence <= life?.VotesBehind,
        ViewChange change => change.View <= view || change.Stable.Sequence < life?.VotesBehind,
        _ => true,
    };

    private bool KnowsVote(SiteView votedIn, SiteSequence place, ReplicaLife? life) =>
        place <= stable
        || place <= life?.VotesBehind
        || (accepted.TryGetValue(place, out var known) && votedIn <= known);
}
