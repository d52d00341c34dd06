using System.CommandLine;
using System.Globalization;
using Holdfast.Simulation.Costs;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast bench growth</c>: what an update costs each replica as sites and replicas become more.</summary>
internal static class BenchGrowth
{
    /// <summary>Of what it costs with three sites.</summary>
    private const double Bar = 1.5;

    public static Command Build()
    {
        var command = new Command(
            "growth",
            "What an update costs each replica with 3, 5 and 7 sites and f = 1 and 2, in simulated worlds under the same "
            + "load: processor time as measured here (all that replicas compute, but no sockets and no TLS), frames and "
            + $"bytes as counted. Ends with exit code {ExitCode.CheckFailed} if one of them is more than {Bar} times that "
            + "of three sites.");
        command.SetAction((parsed, stop) => GrowAsync(parsed.InvocationConfiguration.Output, stop));
        return command;
    }

    private static async Task<int> GrowAsync(TextWriter output, CancellationToken stop)
    {
        // Compiles what the others would be charged for.
        Measure(CostScene.Growth[0]);
        await output.WriteLineAsync(
            "| sites | f | replicas | updates | p50 | processor time | frames | bytes | the most, against three sites |")
            .ConfigureAwait(false);
        await output.WriteLineAsync("| --- | --- | --- | --- | --- | --- | --- | --- | --- |").ConfigureAwait(false);
        var isHeld = true;
        Cost? three = null;
        foreach (var scene in CostScene.Growth)
        {
            stop.ThrowIfCancellationRequested();
            var cost = Measure(scene);
            three = scene.Sites == CostScene.Growth[0].Sites ? cost : three;
            var most = cost.MostAgainst(three!);
            isHeld &= most <= Bar;
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"| {scene.Sites} | {scene.Faults} | {scene.Replicas} | {cost.Updates} | {cost.Median:0} ms | "
                + $"{cost.Processor:0} µs | {cost.Frames:0.00} | {cost.Bytes:0} | {most:0.00} x |")).ConfigureAwait(false);
        }

        return isHeld ? ExitCode.Success : ExitCode.CheckFailed;
    }

    private static Cost Measure(CostScene scene)
    {
        var before = TimeSpan.Zero;
        var costs = CostWorld.Count(scene, counting: () => before = Environment.CpuUsage.TotalTime);
        var processor = Environment.CpuUsage.TotalTime - before;
        double PerReplica(string within, string between) => costs.Figures
            .Where(figure => figure.Name == within || figure.Name == between)
            .Sum(figure => figure.Value) / scene.Replicas;
        return new(
            costs.Updates,
            costs.MedianMilliseconds,
            processor.TotalMicroseconds / costs.Updates / scene.Replicas,
            PerReplica("frames within sites", "messages between sites"),
            PerReplica("bytes within sites", "bytes between sites"));
    }

    /// <summary>The last three for one update and replica.</summary>
    /// <param name="Median">Milliseconds of virtual time.</param>
    /// <param name="Processor">Microseconds.</param>
    private sealed record Cost(long Updates, double Median, double Processor, double Frames, double Bytes)
    {
        public double MostAgainst(Cost other) =>
            Math.Max(Processor / other.Processor, Math.Max(Frames / other.Frames, Bytes / other.Bytes));
    }
}
