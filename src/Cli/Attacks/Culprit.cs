using Holdfast.Protocol;

namespace Holdfast.Cli.Attacks;

/// <summary>A replica that is at fault in an attack.</summary>
/// <param name="Order">What is inside it; null: it is killed.</param>
internal sealed record Culprit(ReplicaId Replica, InsiderOrder? Order)
{
    /// <summary>At most f of each site, but for a site that dies as a whole.</summary>
    public static IReadOnlyList<Culprit> Of(Attack attack, IReadOnlyList<SiteRoles> roles, Genesis genesis) =>
        attack.Seats == AttackSeats.Nobody
            ? []
            : [.. roles.SelectMany(site => OfSite(attack, site, genesis.Sites.Count, genesis[site.Site].Size))];

    public string Describe(IReadOnlyList<SiteRoles> roles)
    {
        var tasks = roles.First(site => site.Site == Replica.Site).TasksOf(Replica.Index);
        return $"{Replica}, {(tasks.Length == 0 ? "a backup" : tasks)}{(Order is null ? string.Empty : $": {Order}")}";
    }

    private static IEnumerable<Culprit> OfSite(Attack attack, SiteRoles site, int sites, SiteSize size)
    {
        var isLeading = site.Site == site.Leading;
        var next = new SiteId((site.Leading.Index + 1) % sites);
        var worstLink = isLeading ? next : site.Leading;
        var first = attack.Seats switch
        {
            AttackSeats.Primaries => site.Primary,
            AttackSeats.Representatives => site.Representatives[worstLink].Replica,
            AttackSeats.Mixed when isLeading => site.Primary,
            AttackSeats.Mixed when site.Site == next => site.Representatives[site.Leading].Replica,
            _ => (site.Primary + 1) % size.Replicas,
        };
        var count = attack.Seats != AttackSeats.LeadingSite ? size.Faults : isLeading ? size.Replicas : 0;
        for (var other = 0; other < count; other++)
        {
            var index = (first + other) % size.Replicas;
            var way = attack.Ways.Count == 0
                ? null
                : attack.Ways[(site.Site.Index - site.Leading.Index + sites) % sites % attack.Ways.Count];
            int? victim = way switch
            {
                "Link" => worstLink.Index,
                "Peer" => OffsetOf(site.Representatives[worstLink].Replica, index, size),
                _ => null,
            };
            yield return new(
                new(site.Site, index), attack.Adversary is { } adversary ? new(adversary, way, victim) : null);
        }
    }

    /// <summary>The how-manieth after it another one is; the next one if it is that one itself.</summary>
    private static int OffsetOf(int victim, int self, SiteSize size) =>
        victim == self ? 0 : (victim - self - 1 + size.Replicas) % size.Replicas;
}
