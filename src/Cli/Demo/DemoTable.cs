using System.Diagnostics;
using System.Globalization;
using Holdfast.Protocol;
using Holdfast.Server.Hosting;
using Spectre.Console;

namespace Holdfast.Cli.Demo;

/// <summary>Shows how the replicas of a demo do, once a second: as a live table on a terminal, as plain lines
/// elsewhere.</summary>
internal sealed class DemoTable(DemoSystem system)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LinesEvery = TimeSpan.FromSeconds(5);

    // Narrower, and the table shows what belongs to the protocol and leaves out what belongs to this machine.
    private const int WideTable = 110;

    private readonly Dictionary<ReplicaId, (double Executed, long At)> _before = [];

    /// <summary>Shows until it is asked to end.</summary>
    public async Task ShowAsync(TextWriter output, CancellationToken stop)
    {
        var isTerminal = ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected;
        if (isTerminal && AnsiConsole.Profile.Capabilities.Ansi)
        {
            await AnsiConsole.Live(new Table()).AutoClear(true).StartAsync(async live =>
            {
                while (!stop.IsCancellationRequested)
                {
                    live.UpdateTarget(Draw(await system.ReportAsync(stop).ConfigureAwait(false)));
                    await Task.Delay(Every, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }).ConfigureAwait(false);
            return;
        }

        while (!stop.IsCancellationRequested)
        {
            await WriteLinesAsync(output, await system.ReportAsync(stop).ConfigureAwait(false)).ConfigureAwait(false);
            await Task.Delay(LinesEvery, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static string[] WideColumns { get; } =
    [
        "site", "replica", "process", "view", "batch", "global", "to sites", "LAN sent", "WAN sent", "updates/s",
        "latency",
    ];

    private static string[] NarrowColumns { get; } =
        ["site", "replica", "view", "batch", "global", "to", "WAN sent", "upd/s", "latency"];

    private Table Draw(IReadOnlyDictionary<ReplicaId, ReplicaReport?> reports)
    {
        var isWide = AnsiConsole.Profile.Width >= WideTable;
        var table = new Table().Border(isWide ? TableBorder.Rounded : TableBorder.Simple);
        table.AddColumns(isWide ? WideColumns : NarrowColumns);
        foreach (var site in reports.GroupBy(one => one.Key.Site))
        {
            if (table.Rows.Count > 0)
            {
                table.AddEmptyRow();
            }

            var known = site.Where(one => one.Value is not null).Select(one => one.Value!).ToList();
            var rate = Rate([.. site]);
            var isFirst = true;
            foreach (var (id, report) in site)
            {
                string[] ofSite = isFirst
                    ? [$"[bold]{site.Key.Index}[/]", $"{rate:F1}", Latency(known)]
                    : [string.Empty, string.Empty, string.Empty];
                table.AddRow([ofSite[0], .. Cells(id, report, isWide), ofSite[1], ofSite[2]]);
                isFirst = false;
            }
        }

        return table.Caption(Markup.Escape(Caption(reports.Values)));
    }

    private static string Caption(IEnumerable<ReplicaReport?> reports)
    {
        var furthest = reports.OfType<ReplicaReport>().MaxBy(report => report.Number(StatusNames.InstalledView));
        return furthest is null
            ? "no replica answers yet"
            : $"global view {furthest[StatusNames.InstalledView]}: site {furthest[StatusNames.LeadingSite]} leads. "
                + "Ctrl-C ends the demo; its state is kept.";
    }

    private string[] Cells(ReplicaId id, ReplicaReport? report, bool isWide)
    {
        if (report is null)
        {
            var trouble = system[id].Trouble ?? (system[id].ProcessId is null ? "stopped" : "silent");
            var shown = $"[red]{Markup.Escape(trouble)}[/]";
            return isWide
                ? [$"{id.Index}", $"{system[id].ProcessId}", shown, "", "", "", "", ""]
                : [$"{id.Index}", shown, "", "", "", ""];
        }

        var isPrimary = report[StatusNames.Primary] == id.Index.ToString(CultureInfo.InvariantCulture);
        var name = isPrimary ? $"[bold]{id.Index} primary[/]" : $"{id.Index}";
        string[] order =
        [
            report[StatusNames.SiteView],
            report[StatusNames.SiteSequence],
            report[StatusNames.GlobalSequence],
            Speaks(id, report),
        ];
        var toSites = Size(report.Number(StatusNames.SiteBytesSent));
        return isWide
            ? [name, report[StatusNames.Process], .. order, Size(report.Number(StatusNames.PeerBytesSent)), toSites]
            : [name, .. order, toSites];
    }

    /// <summary>The sites to which this replica is its site's representative.</summary>
    private static string Speaks(ReplicaId id, ReplicaReport report) => string.Join(' ', report.Representatives()
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Where(one => one.StartsWith($"{id.Index}->", StringComparison.Ordinal))
        .Select(one => one.Split('>')[1]));

    private async Task WriteLinesAsync(TextWriter output, IReadOnlyDictionary<ReplicaId, ReplicaReport?> reports)
    {
        foreach (var site in reports.GroupBy(one => one.Key.Site))
        {
            await output.WriteLineAsync(Summary(site.Key, [.. site])).ConfigureAwait(false);
            foreach (var id in site.Where(one => one.Value is null).Select(one => one.Key))
            {
                await output.WriteLineAsync($"  {id}: {system[id].Trouble ?? "does not answer"}").ConfigureAwait(false);
            }
        }
    }

    private string Summary(SiteId site, IReadOnlyList<KeyValuePair<ReplicaId, ReplicaReport?>> reports)
    {
        var known = reports.Where(one => one.Value is not null).Select(one => one.Value!).ToList();
        if (known.Count == 0)
        {
            return $"{site}: no replica answers";
        }

        var furthest = known.MaxBy(report => report.Number(StatusNames.SiteSequence))!;
        return $"{site}: {known.Count}/{reports.Count} up, view {furthest[StatusNames.SiteView]}, "
            + $"primary {furthest[StatusNames.Primary]}, batch {furthest[StatusNames.SiteSequence]}, "
            + $"global {furthest[StatusNames.GlobalSequence]} (view {furthest[StatusNames.InstalledView]}, "
            + $"site {furthest[StatusNames.LeadingSite]} leads), speaks {furthest.Representatives()}, "
            + $"{Rate(reports):F1} updates/s, latency {Latency(known)}";
    }

    private static string Latency(List<ReplicaReport> known)
    {
        var latencies = known
            .Select(report => report.Number(StatusNames.LatencyMilliseconds))
            .Where(latency => latency > 0)
            .ToList();
        return latencies.Count == 0 ? "-" : $"{latencies.Order().ElementAt(latencies.Count / 2):F0} ms";
    }

    /// <summary>Updates of the site's own clients. Each replica executes them all, so the furthest one tells; each is
    /// compared with itself, because one that started again counts from zero.</summary>
    private double Rate(IReadOnlyList<KeyValuePair<ReplicaId, ReplicaReport?>> reports)
    {
        var (rate, now) = (0.0, Stopwatch.GetTimestamp());
        foreach (var (id, report) in reports)
        {
            if (report is null)
            {
                continue;
            }

            var executed = report.Number(StatusNames.Updates);
            if (_before.TryGetValue(id, out var before))
            {
                var passed = Stopwatch.GetElapsedTime(before.At, now).TotalSeconds;
                rate = Math.Max(rate, (executed - before.Executed) / passed);
            }

            _before[id] = (executed, now);
        }

        return rate;
    }

    private static string Size(double bytes) => bytes switch
    {
        < 1024 => $"{bytes:F0} B",
        < 1024 * 1024 => $"{bytes / 1024:F1} KiB",
        _ => $"{bytes / 1024 / 1024:F1} MiB",
    };
}
