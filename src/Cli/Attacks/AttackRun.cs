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

    /// <summary>What the schedule alone takes; looking at every promise at the end comes on top.</summary>
    public static TimeSpan Takes => Entry + Calm + Lasts + Rest + Calm;

    public async Task<AttackRow> RunAsync(CancellationToken cancel)
    {
        await stage.SayAsync($"{attack.Name}: {attack.Line}").ConfigureAwait(false);
        await using var flood = attack.IsFlood
            ? await Flood.PrepareAsync(stage.System.Folder.SystemPath, cancel).ConfigureAwait(false)
            : null;
        await using var load = await LoadAsync(cancel).ConfigureAwait(false);
        await load.WatchAsync(Entry, null, cancel).ConfigureAwait(false);
        var before = await TellAsync("before", load.WatchAsync(Calm, null, cancel)).ConfigureAwait(false);
        var reports = await stage.System.ReportAsync(cancel).ConfigureAwait(false);
        var then = SiteRoles.Of(reports, []);
        var culprits = Culprit.Of(attack, then, stage.System.Topology.Genesis);
        var apart = culprits.Select(culprit => culprit.Replica).ToList();
        var who = flood is null
            ? string.Join(", ", culprits.Select(culprit => culprit.Describe(then)))
            : $"{Flood.Clients} bad clients, {Flood.Rate} updates/s";
        await stage.SayAsync($"begins: {who}").ConfigureAwait(false);
        var refusedBefore = Refused(reports, apart);
        SiteId? without = attack.Seats == AttackSeats.LeadingSite ? then[0].Leading : null;
        var watching = load.WatchAsync(Lasts, without, cancel);
        var died = await Task.WhenAll(culprits.Select(culprit => BeginAsync(culprit, cancel))).ConfigureAwait(false);
        await (flood?.BeginAsync() ?? Task.CompletedTask).ConfigureAwait(false);
        var during = await TellAsync("during", watching).ConfigureAwait(false);
        reports = await stage.System.ReportAsync(cancel).ConfigureAwait(false);
        var now = SiteRoles.Of(reports, apart);
        var replaced = Changes(then, now).ToList();
        var noticed = Noticed(then, now, refusedBefore, Refused(reports, apart)).ToList();
        await stage.SayAsync($"replaced: {Some(replaced)}; noticed: {Some(noticed)}").ConfigureAwait(false);
        var did = new SortedDictionary<string, Deeds>(StringComparer.Ordinal);
        if (flood is not null)
        {
            var (flooded, told) = await flood.EndAsync(cancel).ConfigureAwait(false);
            did.Add("bad clients", flooded);
            await stage.SayAsync($"the flood ends: {told}").ConfigureAwait(false);
        }

        var ended = await Task.WhenAll(culprits.Select(culprit => EndAsync(culprit, cancel))).ConfigureAwait(false);
        foreach (var (at, culprit) in culprits.Index())
        {
            did.Add($"{culprit.Replica}", died[at] + ended[at]);
        }

        await stage.SayAsync($"done by {string.Join("; by ", did.Select(one => $"{one.Key}: {one.Value}"))}")
            .ConfigureAwait(false);
        await load.WatchAsync(Rest, null, cancel).ConfigureAwait(false);
        var after = await TellAsync("after", load.WatchAsync(Calm, null, cancel)).ConfigureAwait(false);
        await ConcludeAsync(load, apart, cancel).ConfigureAwait(false);
        var (bar, holds) = Judge(before, during, after);
        var row = new AttackRow(
            attack, before, during, after, _safety, Found(apart, then, now), replaced, noticed, bar, holds)
        {
            Did = did,
        };
        await stage.SayAsync(row.Verdict).ConfigureAwait(false);
        return row;
    }

    private async Task<AttackLoad> LoadAsync(CancellationToken cancel)
    {
        if (!attack.IsFlood && !attack.IsAmongStrangers)
        {
            return stage.Load(cancel);
        }

        var count = attack.IsFlood ? Flood.GoodClients : AttackLoad.ClientsPerSite * stage.System.Topology.Sites.Count;
        return await stage.LoadOfStrangersAsync(count, cancel).ConfigureAwait(false);
    }

    /// <returns>Who died of it, if that is the attack.</returns>
    private async Task<Deeds> BeginAsync(Culprit culprit, CancellationToken cancel)
    {
        var replica = stage.System[culprit.Replica];
        if (culprit.Order is not { } order)
        {
            var ran = replica.ProcessId is not null;
            await replica.KillAsync().ConfigureAwait(false);
            return new(Killed: ran && replica.ProcessId is null ? 1 : 0);
        }

        var answer = await replica.AskAsync(order.ToLine(), cancel).ConfigureAwait(false);
        return answer == InsiderProgram.Began
            ? default
            : throw new CommandFailure(
                ExitCode.Unexpected, $"Expected {culprit.Replica} to begin, found that it said '{answer}'.");
    }

    /// <returns>What it says that it did; of one that was killed that is known already.</returns>
    private async Task<Deeds> EndAsync(Culprit culprit, CancellationToken cancel)
    {
        var replica = stage.System[culprit.Replica];
        if (culprit.Order is not null)
        {
            return Deeds.Read(await replica.AskAsync(InsiderProgram.End, cancel).ConfigureAwait(false));
        }

        await replica.StartAsync(cancel).ConfigureAwait(false);
        return default;
    }

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
        var verdicts = culprits.Select(culprit => then
                .First(site => site.Site == culprit.Site)
                .IsFound(culprit.Index, now.FirstOrDefault(site => site.Site == culprit.Site)))
            .OfType<bool>()
            .ToList();
        return verdicts.Count == 0 ? null : verdicts.TrueForAll(verdict => verdict);
    }

    private static IEnumerable<string> Noticed(
        IReadOnlyList<SiteRoles> then,
        IReadOnlyList<SiteRoles> now,
        SortedDictionary<string, double> before,
        SortedDictionary<string, double> after)
    {
        foreach (var site in now)
        {
            var banned = site.BannedSince(then.First(earlier => earlier.Site == site.Site)).ToList();
            if (banned.Count > 0)
            {
                yield return $"{site.Site}: banned from signing {string.Join(' ', banned)}";
            }
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
