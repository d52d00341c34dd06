using System.Diagnostics;
using Holdfast.Cli.Demo;
using Holdfast.Protocol;
using Holdfast.Server.Hosting;

namespace Holdfast.Cli.Check;

/// <summary>Waits until the replicas of a system have come to the same state, and says whether they did.</summary>
/// <param name="apart">Replicas of which nothing is promised.</param>
internal sealed class Settling(DemoSystem system, IReadOnlyCollection<ReplicaId> apart)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(45);

    /// <summary>Checks that all are at the same global state within a while.</summary>
    public async Task CheckAsync(string name, CheckReport report, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        var reports = await WaitAsync(AreEqual, cancel).ConfigureAwait(false);
        report.Check(
            name,
            AreEqual(reports),
            $"after {watch.Elapsed.TotalSeconds:0.0} s: "
            + string.Join(" ", Values(reports, StatusNames.GlobalSequence).Distinct()));
    }

    /// <summary>Checks the digests at the end of a run.</summary>
    public async Task ConcludeAsync(CheckReport report, CancellationToken cancel)
    {
        var reports = await WaitAsync(AreEqual, cancel).ConfigureAwait(false);
        report.Check(
            "global digests are equal on all replicas at the same global sequence",
            AreEqual(reports),
            string.Join("; ", Values(reports, StatusNames.GlobalSequence, StatusNames.StateDigest).Distinct()));
        reports = await WaitAsync(HaveEqualCheckpoints, cancel).ConfigureAwait(false);
        report.Check(
            "machine digests are equal within each site at the same site sequence",
            HaveEqualCheckpoints(reports),
            string.Join("; ", reports.Where(one => one.Value is not null).Select(one =>
                    $"{one.Key}: {one.Value![StatusNames.CheckpointSequence]} "
                    + one.Value[StatusNames.CheckpointDigest])
                .Distinct()));
    }

    private async Task<IReadOnlyDictionary<ReplicaId, ReplicaReport?>> WaitAsync(
        Func<IReadOnlyDictionary<ReplicaId, ReplicaReport?>, bool> isReached, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var all = await system.ReportAsync(cancel).ConfigureAwait(false);
            var reports = new SortedDictionary<ReplicaId, ReplicaReport?>(
                all.Where(one => !apart.Contains(one.Key)).ToDictionary(one => one.Key, one => one.Value));
            if (isReached(reports) || watch.Elapsed > Longest)
            {
                return reports;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(250), cancel).ConfigureAwait(false);
        }
    }

    private static bool AreEqual(IReadOnlyDictionary<ReplicaId, ReplicaReport?> reports) =>
        reports.Values.All(report => report is not null)
        && Values(reports, StatusNames.GlobalSequence, StatusNames.StateDigest).Distinct().Count() == 1;

    private static bool HaveEqualCheckpoints(IReadOnlyDictionary<ReplicaId, ReplicaReport?> reports) =>
        reports.Values.All(report => report is not null)
        && reports.GroupBy(one => one.Key.Site).All(site => site
            .Select(one => $"{one.Value![StatusNames.CheckpointSequence]} {one.Value[StatusNames.CheckpointDigest]}")
            .Distinct().Count() == 1);

    private static IEnumerable<string> Values(
        IReadOnlyDictionary<ReplicaId, ReplicaReport?> reports, params string[] names) =>
        reports.Values.Select(report => report is null
            ? "no answer"
            : string.Join(' ', names.Select(name => report[name])));
}
