namespace Holdfast.Cli.Bench.Plots;

/// <summary>What an update costs each process: processor time, a bar for each, in the colour of its site.</summary>
internal static class CostPlot
{
    private const int Ticks = 5;
    private const double Gap = 0.25;

    public static string Draw(string title, BenchResult result)
    {
        var processes = result.Processes().ToList();
        var most = Math.Max(0.001, processes.Select(process => process.MillisecondsPerUpdate).DefaultIfEmpty().Max());
        var chart = new SvgChart(
            title,
            "replicas, and their processor time",
            result.HasUpdates ? "ms for an update" : "ms for an operation");
        for (var tick = 0; tick <= Ticks; tick++)
        {
            chart.MarkUp((double)tick / Ticks, BenchTables.Number(most * tick / Ticks));
        }

        var width = 1.0 / Math.Max(1, processes.Count);
        var (site, colour) = (string.Empty, string.Empty);
        for (var index = 0; index < processes.Count; index++)
        {
            var (name, milliseconds, _, _) = processes[index];
            if (SiteOf(name) != site)
            {
                site = SiteOf(name);
                colour = chart.Legend(site);
            }

            chart.Bar(
                (index + (Gap / 2)) * width,
                (1 - Gap) * width,
                milliseconds / most,
                colour,
                $"{name}: {BenchTables.Number(milliseconds)} ms");
        }

        return chart.ToString();
    }

    /// <summary>A replica's name has its number in its site behind the last dot.</summary>
    private static string SiteOf(string process) =>
        process.LastIndexOf('.') is > 0 and var dot ? $"{process[..dot]}.x" : process;
}
