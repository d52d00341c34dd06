using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>Among whom states are served and fetched: replicas by number, whichever road leads to them.</summary>
/// <param name="First">Whoever comes after this one is asked first.</param>
/// <param name="Patience">So long a piece of a chunk may take.</param>
/// <param name="PieceGap">A source sends no more than a piece in such a time, whoever asks.</param>
/// <param name="Liars">So many of them may be faulty.</param>
public sealed record Audience(
    ValueList<ReplicaId> Replicas, int Self, int First, TimeSpan Patience, TimeSpan PieceGap, int Liars)
{
    private static readonly TimeSpan LanPatience = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan LanGap = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan WanPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WanGap = TimeSpan.FromMilliseconds(10);

    public int Count => Replicas.Count;

    /// <summary>The replicas of one site.</summary>
    public static Audience OfSite(ReplicaId self, SiteSize size) =>
        new(ValueList.From(ReplicasOf(self.Site, size)), self.Index, First: 0, LanPatience, LanGap, size.Faults);

    /// <summary>All replicas of all sites; replicas of one site begin to ask with different ones.</summary>
    public static Audience OfSystem(Genesis genesis, ReplicaId self)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        var all = Enumerable.Range(0, genesis.Sites.Count)
            .SelectMany(site => ReplicasOf(new(site), genesis.Sites[site].Size));
        var replicas = ValueList.From(all);
        var place = Enumerable.Range(0, replicas.Count).First(number => replicas[number] == self);
        return new(replicas, place, place, WanPatience, WanGap, genesis.Sites.Sum(site => site.Size.Faults));
    }

    /// <summary>The number of a replica.</summary>
    public int Of(ReplicaId replica) =>
        Enumerable.Range(0, Replicas.Count).First(number => Replicas[number] == replica);

    public void Send(Effects effects, int to, SiteWord word)
    {
        ArgumentNullException.ThrowIfNull(effects);
        if (Replicas[to].Site == Replicas[Self].Site)
        {
            effects.Send(Replicas[to].Index, word);
        }
        else
        {
            effects.Add(new Effect.SendFar(Replicas[to], word));
        }
    }

    public void Reject(Effects effects, int who, Rejection reason)
    {
        ArgumentNullException.ThrowIfNull(effects);
        if (Replicas[who].Site == Replicas[Self].Site)
        {
            effects.Reject(Replicas[who].Index, reason);
        }
        else
        {
            effects.Reject(Replicas[who].ToString(), reason);
        }
    }

    private static IEnumerable<ReplicaId> ReplicasOf(SiteId site, SiteSize size) =>
        Enumerable.Range(0, size.Replicas).Select(index => new ReplicaId(site, index));
}
