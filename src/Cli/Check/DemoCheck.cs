using System.Globalization;
using Holdfast.Cli.Demo;
using Spectre.Console;

namespace Holdfast.Cli.Check;

/// <summary>What is to be checked.</summary>
/// <param name="Folder">Where to keep keys, state and logs; null for a new folder that is removed if all is
/// well.</param>
/// <param name="WithBars">The promised timings count as well.</param>
/// <param name="Json">Where to write what was found; null for nowhere.</param>
internal sealed record CheckRequest(
    IReadOnlyList<int> Faults, DemoSettings Settings, string? Folder, bool WithBars, FileInfo? Json);

/// <summary><c>holdfast demo --check</c>: a system of real processes, tried without anybody watching.</summary>
internal static class DemoCheck
{
    private static readonly TimeSpan LongestRun = TimeSpan.FromMinutes(5);

    public static async Task<int> RunAsync(CheckRequest request, TextWriter output, CancellationToken stop)
    {
        var path = request.Folder ?? Directory.CreateTempSubdirectory("holdfast-check-").FullName;
        using var folder = DemoFolder.Open(path, request.Faults, DemoPorts.Free(request.Faults));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(LongestRun);
        var report = await TryAsync(folder, request, output, limit.Token).ConfigureAwait(false);
        Show(report);
        if (request.Json is { } file)
        {
            await File.WriteAllTextAsync(file.FullName, report.ToJson() + "\n", CancellationToken.None)
                .ConfigureAwait(false);
        }

        if (request.Folder is null && report.Ok)
        {
            Directory.Delete(path, recursive: true);
        }
        else
        {
            await output.WriteLineAsync($"Keys, state and logs are kept in {path}.").ConfigureAwait(false);
        }

        return report.Ok ? ExitCode.Success : ExitCode.CheckFailed;
    }

    private static async Task<CheckReport> TryAsync(
        DemoFolder folder, CheckRequest request, TextWriter output, CancellationToken limit)
    {
        await using var system = new DemoSystem(folder, request.Settings);
        var roundTrip = request.Faults.Count == 1 ? TimeSpan.Zero : 2 * request.Settings.Delays.From(0)[1];
        var check = new SystemCheck(system, roundTrip, output);
        try
        {
            await check.RunAsync(limit).ConfigureAwait(false);
            if (request.WithBars)
            {
                check.CheckBars();
            }
        }
        catch (OperationCanceledException)
        {
            check.Report.Check(
                "the check came to its end", ok: false, $"stopped, or not done in {LongestRun.TotalMinutes} minutes");
        }

        return check.Report;
    }

    private static void Show(CheckReport report)
    {
        var figures = new Table().AddColumn("measured").AddColumn(new TableColumn("value").RightAligned());
        foreach (var (name, value) in report.Figures)
        {
            figures.AddRow(name, value.ToString("0.###", CultureInfo.InvariantCulture));
        }

        var checks = new Table().AddColumn("check").AddColumn("held").AddColumn("detail");
        foreach (var check in report.Checks)
        {
            checks.AddRow(Markup.Escape(check.Name), check.Ok ? "yes" : "NO", Markup.Escape(check.Detail));
        }

        AnsiConsole.Write(figures);
        AnsiConsole.Write(checks);
    }
}
