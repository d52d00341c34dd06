using Holdfast.Cli.Demo;
using Holdfast.Protocol;
using Holdfast.Server.Hosting;

namespace Holdfast.Cli.Attacks;

/// <summary>Who speaks for a site on one of its links.</summary>
/// <param name="Since">When the link's epoch, which names it, began.</param>
internal readonly record struct LinkSeat(int Replica, Timestamp Since)
{
    /// <summary>An epoch that ends when its time is over says nothing of who spoke in it, so it must have ended before: the
    /// newest one of all that came later has begun by then.</summary>
    public bool IsLostEarly(LinkSeat now) => now.Replica != Replica && now.Since < Since + LinkEpoch.Lasts;
}

/// <summary>Who does what in one site, as the furthest of its correct replicas says.</summary>
/// <param name="Representatives">To each other site.</param>
/// <param name="Banned">From signing.</param>
internal sealed record SiteRoles(
    SiteId Site,
    double View,
    int Primary,
    IReadOnlyDictionary<SiteId, LinkSeat> Representatives,
    string Banned,
    SiteId Leading,
    double GlobalView)
{
    /// <summary>All sites of which any correct replica answers.</summary>
    public static IReadOnlyList<SiteRoles> Of(
        IReadOnlyDictionary<ReplicaId, ReplicaReport?> reports, IReadOnlyCollection<ReplicaId> apart)
    {
        var sites = reports.Keys.Select(replica => replica.Site).Distinct().ToList();
        var roles = new List<SiteRoles>();
        foreach (var site in sites)
        {
            var furthest = reports
                .Where(one => one.Key.Site == site && !apart.Contains(one.Key) && one.Value is not null)
                .Select(one => one.Value!)
                .MaxBy(report => report.Number(StatusNames.SiteSequence));
            if (furthest is not null)
            {
                roles.Add(Of(site, furthest, sites));
            }
        }

        return roles;
    }

    /// <summary>What a replica does for its site beside voting, in words; empty for a backup.</summary>
    public string TasksOf(int replica) => string.Join(
        " and ",
        (string[])[
            .. replica == Primary ? ["primary"] : Array.Empty<string>(),
            .. Representatives.Where(one => one.Value.Replica == replica).Select(one => $"representative to {one.Key}"),
        ]);

    /// <summary>Who is banned stays so: what it did earlier is no finding of today.</summary>
    public IEnumerable<string> BannedSince(SiteRoles then) =>
        Banned.Split(' ', StringSplitOptions.RemoveEmptyEntries).Except(then.Banned.Split(' '));

    /// <summary>Whether somebody saw through a replica between then and now: it is banned since, or has none of its tasks
    /// any more, one of which at least it lost before the time of that was over. Null for one that had nothing to lose, or
    /// whose whole site is gone.</summary>
    public bool? IsFound(int replica, SiteRoles? now)
    {
        if (now is null)
        {
            return null;
        }

        if (now.BannedSince(this).Contains($"{replica}"))
        {
            return true;
        }

        var links = Representatives.Where(one => one.Value.Replica == replica).ToList();
        var isKept = (replica == Primary && replica == now.Primary)
            || links.Exists(link => now.Representatives[link.Key].Replica == replica);
        var isTaken = (replica == Primary && replica != now.Primary)
            || links.Exists(link => link.Value.IsLostEarly(now.Representatives[link.Key]));
        return replica != Primary && links.Count == 0 ? null : isTaken && !isKept;
    }

    /// <summary>What is not as it was.</summary>
    public IEnumerable<string> Changes(SiteRoles before)
    {
        if (View != before.View)
        {
            yield return $"{Site}: view {before.View} to {View}, primary {before.Primary} to {Primary}";
        }

        foreach (var (peer, now) in Representatives)
        {
            var then = before.Representatives[peer];
            if (now.Replica != then.Replica)
            {
                var cause = then.IsLostEarly(now) ? string.Empty : ", when its time was over";
                yield return $"{Site}: representative to {peer} {then.Replica} to {now.Replica}{cause}";
            }
        }
    }

    private static SiteRoles Of(SiteId site, ReplicaReport report, IReadOnlyList<SiteId> sites) => new(
        site,
        report.Number(StatusNames.SiteView),
        (int)report.Number(StatusNames.Primary),
        sites.Where(peer => peer != site).ToDictionary(
            peer => peer, peer => new LinkSeat(report.Representative(peer), report.EpochSince(peer))),
        report[StatusNames.Banned],
        new((int)report.Number(StatusNames.LeadingSite)),
        report.Number(StatusNames.InstalledView));
}
