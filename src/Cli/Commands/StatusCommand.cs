using System.CommandLine;
using Holdfast.Cli.Demo;
using Holdfast.Protocol;
using Holdfast.Server.Hosting;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast status</c>: what each replica says of itself.</summary>
internal static class StatusCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(100);

    public static Command Build()
    {
        var system = new SystemOptions();
        var all = new Option<bool>("--all") { Description = "Every line that replicas report." };
        var command = new Command("status", "Ask every replica how it does.") { all };
        system.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            await using var connection = system.ConnectAsClient(parsed);
            var output = parsed.InvocationConfiguration.Output;
            var reports = new List<(ReplicaId Id, ReplicaReport Report)>();
            for (var site = 0; site < connection.Topology.Sites.Count; site++)
            {
                var size = connection.Topology.Genesis.Sites[site].Size;
                var asked = Enumerable.Range(0, size.Replicas)
                    .Select(index => AskAsync(connection, new(new(site), index), cancel));
                foreach (var (id, report) in await Task.WhenAll(asked).ConfigureAwait(false))
                {
                    await output.WriteLineAsync(Line(id, report)).ConfigureAwait(false);
                    if (report is not null)
                    {
                        reports.Add((id, report));
                    }

                    foreach (var field in parsed.GetValue(all) && report is not null ? report.Fields : [])
                    {
                        await output.WriteLineAsync($"    {field.Name}: {field.Value}").ConfigureAwait(false);
                    }
                }
            }

            await TellMetricsAsync(reports, output).ConfigureAwait(false);
            return reports.Count > 0
                ? ExitCode.Success
                : throw new CommandFailure(
                    ExitCode.NoAnswer,
                    $"Expected replicas of {connection.Folder} to answer, found none that runs; start them with "
                    + "'holdfast demo'.");
        });
        return command;
    }

    /// <summary>A question to a replica that is not connected yet is lost, so it is asked again.</summary>
    private static async Task<(ReplicaId Id, ReplicaReport? Report)> AskAsync(
        Connection connection, ReplicaId id, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        while (!patience.IsCancellationRequested)
        {
            using var once = CancellationTokenSource.CreateLinkedTokenSource(patience.Token);
            once.CancelAfter(Again);
            try
            {
                if (await connection.Client.StatusAsync(id, once.Token).ConfigureAwait(false) is { } fields)
                {
                    return (id, new ReplicaReport(fields));
                }
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                continue;
            }
        }

        return (id, null);
    }

    /// <summary>Where numbers for Prometheus are: loopback addresses, each on its replica's own machine.</summary>
    private static async Task TellMetricsAsync(
        IReadOnlyList<(ReplicaId Id, ReplicaReport Report)> reports, TextWriter output)
    {
        var shown = reports.Where(one => one.Report[StatusNames.Metrics].Length > 0).ToList();
        foreach (var place in shown.GroupBy(one => one.Report[StatusNames.Metrics]))
        {
            var whose = string.Join(", ", place.Select(one => one.Id));
            await output.WriteLineAsync($"numbers for Prometheus of {whose}: {place.Key}").ConfigureAwait(false);
        }
    }

    private static string Line(ReplicaId id, ReplicaReport? report) => report is null
        ? $"{id}: does not answer"
        : $"{id}: process {report[StatusNames.Process]}, site view {report[StatusNames.SiteView]} "
            + $"(primary {report[StatusNames.Primary]}), batch {report[StatusNames.SiteSequence]}, global view "
            + $"{report[StatusNames.InstalledView]} (site {report[StatusNames.LeadingSite]} leads), global "
            + $"{report[StatusNames.GlobalSequence]}, state {report[StatusNames.StateDigest]}, "
            + $"age {report[StatusNames.AgeMilliseconds]} ms"
            + (report[StatusNames.Votes] == "no" ? ", does not vote yet" : "")
            + (report[StatusNames.StateTransfer] is { Length: > 0 } transfer ? $", fetches its state: {transfer}" : "");
}
