using Holdfast.Cli.Demo;
using Holdfast.Protocol;
using Holdfast.Server.Hosting;

namespace Holdfast.Cli.Attacks;

/// <summary>Who does what in one site, as the furthest of its correct replicas says.</summary>
/// <param name="Representatives">To each other site.</param>
/// <param name="Banned">From signing.</param>
internal sealed record SiteRoles(
    SiteId Site,
    double View,
    int Primary,
    IReadOnlyDictionary<SiteId, int> Representatives,
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
            .. Representatives.Where(one => one.Value == replica).Select(one => $"representative to {one.Key}"),
        ]);

    /// <summary>What is not as it was.</summary>
    public IEnumerable<string> Changes(SiteRoles before)
    {
        if (View != before.View)
        {
            yield return $"{Site}: view {before.View} to {View}, primary {before.Primary} to {Primary}";
        }

        foreach (var (peer, replica) in Representatives.Where(one => before.Representatives[one.Key] != one.Value))
        {
            yield return $"{Site}: representative to {peer} {before.Representatives[peer]} to {replica}";
        }
    }

    private static SiteRoles Of(SiteId site, ReplicaReport report, IReadOnlyList<SiteId> sites) => new(
        site,
        report.Number(StatusNames.SiteView),
        (int)report.Number(StatusNames.Primary),
        sites.Where(peer => peer != site).ToDictionary(peer => peer, report.Representative),
        report[StatusNames.Banned],
        new((int)report.Number(StatusNames.LeadingSite)),
        report.Number(StatusNames.InstalledView));
}
