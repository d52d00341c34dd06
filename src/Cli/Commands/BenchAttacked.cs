using System.CommandLine;
using System.Globalization;
using Holdfast.Simulation.Throughput;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast bench attacked</c>: what good clients still get done while others do their worst, in simulated
/// worlds.</summary>
internal static class BenchAttacked
{
    private const int DrawsMax = 1_000;

    private static readonly Option<int> Draws =
        BenchOptions.Count("--draws", $"Pairs of worlds a scene, 1 to {DrawsMax}.", "N", 5);

    private static readonly Argument<string[]> Names =
        new("scenes") { Description = "Scenes by name; all if none is given.", Arity = ArgumentArity.ZeroOrMore };

    public static Command Build()
    {
        var command = new Command(
            "attacked",
            "The share of their throughput that ten good clients keep under attack, in virtual time: pairs of worlds "
            + "with it and without, the same on every machine.")
        {
            Names, Draws,
        };
        command.SetAction((parsed, stop) => RunAsync(
            parsed.InvocationConfiguration.Output,
            Scenes(parsed.GetValue(Names) ?? []),
            BenchOptions.Within(parsed, Draws, 1, DrawsMax),
            stop));
        return command;
    }

    private static List<ThroughputScene> Scenes(string[] names)
    {
        var unknown = names.FirstOrDefault(name => ThroughputScene.All.All(scene => scene.Name != name));
        return unknown is null
            ? [.. ThroughputScene.All.Where(scene => names.Length == 0 || names.Contains(scene.Name))]
            : throw new CommandFailure(
                ExitCode.Usage,
                $"Expected scenes among '{string.Join("', '", ThroughputScene.All.Select(scene => scene.Name))}', "
                + $"found '{unknown}'.");
    }

    private static async Task<int> RunAsync(
        TextWriter output, List<ThroughputScene> scenes, int draws, CancellationToken stop)
    {
        await output.WriteLineAsync("| scene | updates without it | with it | kept: median | least | longest wait | bar |")
            .ConfigureAwait(false);
        await output.WriteLineAsync("| --- | --- | --- | --- | --- | --- | --- |").ConfigureAwait(false);
        var ok = true;
        foreach (var scene in scenes)
        {
            var kept = new KeptThroughput[draws];
            await Parallel.ForAsync(0, draws, stop, (index, _) =>
            {
                kept[index] = ThroughputWorld.Measure(scene, (ulong)index);
                return ValueTask.CompletedTask;
            }).ConfigureAwait(false);
            Array.Sort(kept, (one, other) => one.Share.CompareTo(other.Share));
            var median = kept[draws / 2];
            ok &= median.Share >= scene.Keeps;
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"| {scene.Name} | {median.Without.Updates} | {median.With.Updates} | {median.Share:P0} | {kept[0].Share:P0} | "
                + $"{kept.Max(one => one.With.Longest).TotalMilliseconds:0} ms | {scene.Keeps:P0}: "
                + $"{(median.Share >= scene.Keeps ? "held" : "**missed**")} |")).ConfigureAwait(false);
        }

        return ok ? ExitCode.Success : ExitCode.CheckFailed;
    }
}
