using System.Globalization;
using Holdfast.Cli.Check;
using Holdfast.Cli.Demo;
using Holdfast.Protocol;
using Holdfast.Server.Hosting;

namespace Holdfast.Cli.Attacks;

/// <summary>Plays one attack on a system that runs, under load: before it, while it lasts, after it; and looks at every
/// promise at the end.</summary>
internal sealed class AttackRun(Attack attack, AttackStage stage)
{
    private static readonly TimeSpan Entry = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(4);
    private readonly CheckReport _safety = new();

    public async Task<AttackRow> RunAsync(CancellationToken cancel)
    {
        await stage.SayAsync($"{attack.Name}: {attack.Line}").ConfigureAwait(false);
        await using var flood = attack.IsFlood
            ? await Flood.PrepareAsync(stage.System.Folder.SystemPath, cancel).ConfigureAwait(false)
            : null;
        await using var load = flood is null
            ? stage.Load(cancel)
            : await stage.LoadOfStrangersAsync(Flood.GoodClients, cancel).ConfigureAwait(false);
        await load.WatchAsync(Entry, null, cancel).ConfigureAwait(false);
        var before = await TellAsync("before", load.WatchAsync(Calm, null, cancel)).ConfigureAwait(false);
        var reports = await stage.System.ReportAsync(cancel).ConfigureAwait(false);
        var then = SiteRoles.Of(reports, []);
        var culprits = Culprits(then).ToList();
        var who = flood is null
            ? string.Join(", ", culprits.Select(replica => Describe(replica, then)))
            : $"{Flood.Clients} bad clients, {Flood.Rate} updates/s";
        await stage.SayAsync($"begins: {who}").ConfigureAwait(false);
        var refusedBefore = Refused(reports, culprits);
        SiteId? without = attack.Seats == AttackSeats.LeadingSite ? then[0].Leading : null;
        var watching = load.WatchAsync(Lasts, without, cancel);
        await (flood?.BeginAsync() ?? BeginAsync(culprits)).ConfigureAwait(false);
        var during = await TellAsync("during", watching).ConfigureAwait(false);
        reports = await stage.System.ReportAsync(cancel).ConfigureAwait(false);
        var now = SiteRoles.Of(reports, culprits);
        var replaced = Changes(then, now).ToList();
        var noticed = Noticed(now, refusedBefore, Refused(reports, culprits)).ToList();
        await stage.SayAsync($"replaced: {Some(replaced)}; noticed: {Some(noticed)}").ConfigureAwait(false);
        if (flood is not null)
        {
            await stage.SayAsync($"the flood ends: {await flood.EndAsync(cancel).ConfigureAwait(false)}")
                .ConfigureAwait(false);
        }

        await EndAsync(culprits, cancel).ConfigureAwait(false);
        await load.WatchAsync(Rest, null, cancel).ConfigureAwait(false);
        var after = await TellAsync("after", load.WatchAsync(Calm, null, cancel)).ConfigureAwait(false);
        await ConcludeAsync(load, culprits, cancel).ConfigureAwait(false);
        var (bar, holds) = Judge(before, during, after);
        var row = new AttackRow(
            attack, before, during, after, _safety, Found(culprits, then, now), replaced, noticed, bar, holds);
        await stage.SayAsync(row.Verdict).ConfigureAwait(false);
        return row;
    }

    /// <summary>At most f of each site, but for a site that dies as a whole.</summary>
    private IEnumerable<ReplicaId> Culprits(IReadOnlyList<SiteRoles> roles)
    {
        if (attack.Seats == AttackSeats.Nobody)
        {
            yield break;
        }

        foreach (var site in roles)
        {
            var size = stage.System.Topology.Genesis[site.Site].Size;
            var isLeading = site.Site == site.Leading;
            var next = new SiteId((site.Leading.Index + 1) % roles.Count);
            var first = attack.Seats switch
            {
                AttackSeats.Primaries => site.Primary,
                AttackSeats.Representatives => site.Representatives[isLeading ? next : site.Leading],
                AttackSeats.Mixed when isLeading => site.Primary,
                AttackSeats.Mixed when site.Site == next => site.Representatives[site.Leading],
                _ => (site.Primary + 1) % size.Replicas,
            };
            var count = attack.Seats != AttackSeats.LeadingSite ? size.Faults : isLeading ? size.Replicas : 0;
            for (var other = 0; other < count; other++)
            {
                yield return new(site.Site, (first + other) % size.Replicas);
            }
        }
    }

    private Task BeginAsync(IReadOnlyList<ReplicaId> culprits) => Task.WhenAll(culprits.Select(culprit =>
        attack.Adversary is null
            ? stage.System[culprit].KillAsync()
            : stage.System[culprit].SayAsync($"{InsiderProgram.Begin}{attack.Adversary}")));

    private Task EndAsync(IReadOnlyList<ReplicaId> culprits, CancellationToken cancel) =>
        Task.WhenAll(culprits.Select(culprit => attack.Adversary is null
            ? stage.System[culprit].StartAsync(cancel)
            : stage.System[culprit].SayAsync(InsiderProgram.End)));

    private async Task ConcludeAsync(
        AttackLoad load, IReadOnlyList<ReplicaId> culprits, CancellationToken cancel)
    {
        var client = await load.StopAsync().ConfigureAwait(false);
        stage.History.Conclude(await client.MarkersAsync(cancel).ConfigureAwait(false), _safety);

        // Who only died has to come back; of who lied nothing is promised.
        var apart = attack.Adversary is null ? [] : culprits;
        await new Settling(stage.System, apart).ConcludeAsync(_safety, cancel).ConfigureAwait(false);
        foreach (var check in _safety.Checks)
        {
            await stage.SayAsync($"{(check.Ok ? "holds" : "DOES NOT HOLD")}: {check.Name} ({check.Detail})")
                .ConfigureAwait(false);
        }
    }

    private (string Bar, bool Holds) Judge(Stretch before, Stretch during, Stretch after)
    {
        if (attack.Pause is not { } pause)
        {
            return (
                string.Create(CultureInfo.InvariantCulture, $"keeps {attack.Keeps * 100:0} %"),
                AttackRow.Share(before, during, after) >= attack.Keeps);
        }

        var most = pause + (attack.PauseRoundTrips * stage.RoundTrip);
        return (
            string.Create(CultureInfo.InvariantCulture, $"pause < {most.TotalMilliseconds:0} ms"),
            during.LongestPause < most);
    }

    private static IEnumerable<string> Changes(IReadOnlyList<SiteRoles> then, IReadOnlyList<SiteRoles> now)
    {
        var (leading, global) = (now.MaxBy(site => site.GlobalView), then.MaxBy(site => site.GlobalView));
        if (leading is not null && global is not null && leading.GlobalView > global.GlobalView)
        {
            yield return $"global view {global.GlobalView} to {leading.GlobalView}, {leading.Leading} leads";
        }

        foreach (var change in now.SelectMany(
            site => site.Changes(then.First(before => before.Site == site.Site))))
        {
            yield return change;
        }
    }

    private static bool? Found(
        IReadOnlyList<ReplicaId> culprits, IReadOnlyList<SiteRoles> then, IReadOnlyList<SiteRoles> now)
    {
        var verdicts = culprits.Select(culprit => IsFound(
                culprit,
                then.First(site => site.Site == culprit.Site),
                now.FirstOrDefault(site => site.Site == culprit.Site)))
            .OfType<bool>()
            .ToList();
        return verdicts.Count == 0 ? null : verdicts.TrueForAll(verdict => verdict);
    }

    /// <summary>Null for one that had nothing to lose, or whose whole site is gone.</summary>
    internal static bool? IsFound(ReplicaId culprit, SiteRoles then, SiteRoles? now)
    {
        if (now is null || now.Banned.Split(' ').Contains($"{culprit.Index}"))
        {
            return now is null ? null : true;
        }

        return then.TasksOf(culprit.Index).Length == 0 ? null : now.TasksOf(culprit.Index).Length == 0;
    }

    private static IEnumerable<string> Noticed(
        IReadOnlyList<SiteRoles> now, SortedDictionary<string, double> before, SortedDictionary<string, double> after)
    {
        foreach (var site in now.Where(site => site.Banned.Length > 0))
        {
            yield return $"{site.Site}: banned from signing {site.Banned}";
        }

        foreach (var (reason, count) in after.Where(one => one.Value > before.GetValueOrDefault(one.Key)))
        {
            yield return string.Create(
                CultureInfo.InvariantCulture, $"{count - before.GetValueOrDefault(reason):0} {reason}");
        }
    }

    /// <summary>What correct replicas refused so far, by name.</summary>
    private static SortedDictionary<string, double> Refused(
        IReadOnlyDictionary<ReplicaId, ReplicaReport?> reports, IReadOnlyList<ReplicaId> culprits)
    {
        var refused = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var (_, report) in reports.Where(one => one.Value is not null && !culprits.Contains(one.Key)))
        {
            foreach (var field in report!.Fields.Where(
                field => field.Name.StartsWith(StatusNames.Refused, StringComparison.Ordinal)))
            {
                refused[field.Name] = refused.GetValueOrDefault(field.Name) + report.Number(field.Name);
            }
        }

        return refused;
    }

    private static string Describe(ReplicaId replica, IReadOnlyList<SiteRoles> roles)
    {
        var tasks = roles.First(site => site.Site == replica.Site).TasksOf(replica.Index);
        return tasks.Length == 0 ? $"{replica}, a backup" : $"{replica}, {tasks}";
    }

    private static string Some(List<string> lines) =>
        lines.Count == 0 ? "nothing" : string.Join("; ", lines);

    private async Task<Stretch> TellAsync(string name, Task<Stretch> stretch)
    {
        var got = await stretch.ConfigureAwait(false);
        await stage.SayAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: {got.UpdatesPerSecond:0.0} updates/s, median {got.Median:0} ms, 99 % within "
            + $"{got.Percentile99:0} ms, longest pause {got.LongestPause.TotalMilliseconds:0} ms"))
            .ConfigureAwait(false);
        return got;
    }
}
