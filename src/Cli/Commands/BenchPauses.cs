using System.CommandLine;
using System.Globalization;
using Holdfast.Simulation.Pauses;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast bench pauses</c>: how long clients wait when something breaks, in simulated worlds.</summary>
internal static class BenchPauses
{
    private const int DrawsMax = 10_000;

    private static readonly Option<int> Draws =
        BenchOptions.Count("--draws", $"Worlds a scene, 1 to {DrawsMax}.", "N", 20);

    private static readonly Option<ulong?> Draw =
        new("--draw") { Description = "Play this one draw and tell what happens.", HelpName = "K" };

    private static readonly Argument<string[]> Names =
        new("scenes") { Description = "Scenes by name; all if none is given.", Arity = ArgumentArity.ZeroOrMore };

    public static Command Build()
    {
        var command = new Command(
            "pauses",
            "How long clients wait when replicas or sites die or are cut off, in virtual time over many draws of "
            + "primaries, representatives and moments: the same on every machine.")
        {
            Names, Draws, Draw,
        };
        command.SetAction((parsed, stop) => RunAsync(
            parsed.InvocationConfiguration.Output,
            Scenes(parsed.GetValue(Names) ?? []),
            BenchOptions.Within(parsed, Draws, 1, DrawsMax),
            parsed.GetValue(Draw),
            stop));
        return command;
    }

    private static List<PauseScene> Scenes(string[] names)
    {
        var unknown = names.FirstOrDefault(name => PauseScene.All.All(scene => scene.Name != name));
        return unknown is null
            ? [.. PauseScene.All.Where(scene => names.Length == 0 || names.Contains(scene.Name))]
            : throw new CommandFailure(
                ExitCode.Usage,
                $"Expected scenes among '{string.Join("', '", PauseScene.All.Select(scene => scene.Name))}', found "
                + $"'{unknown}'.");
    }

    private static async Task<int> RunAsync(
        TextWriter output, List<PauseScene> scenes, int draws, ulong? draw, CancellationToken stop)
    {
        if (draw is { } one)
        {
            foreach (var scene in scenes)
            {
                await output.WriteLineAsync(Describe(scene, [PauseWorld.Measure(scene, one, output.WriteLine)]))
                    .ConfigureAwait(false);
            }

            return ExitCode.Success;
        }

        await output.WriteLineAsync("| scene | p50 | p90 | longest | most view changes | bar | draws above it |")
            .ConfigureAwait(false);
        await output.WriteLineAsync("| --- | --- | --- | --- | --- | --- | --- |").ConfigureAwait(false);
        foreach (var scene in scenes)
        {
            var pauses = new Pause[draws];
            await Parallel.ForAsync(0, draws, stop, (index, _) =>
            {
                pauses[index] = PauseWorld.Measure(scene, (ulong)index);
                return ValueTask.CompletedTask;
            }).ConfigureAwait(false);
            await output.WriteLineAsync(Describe(scene, pauses)).ConfigureAwait(false);
        }

        return ExitCode.Success;
    }

    private static string Describe(PauseScene scene, Pause[] pauses)
    {
        var sorted = pauses.Select(pause => pause.Longest.TotalMilliseconds).Order().ToArray();
        var bar = scene.Bar.TotalMilliseconds;
        var above = pauses.Index().Where(one => one.Item.Longest >= scene.Bar).Select(one => one.Index).ToArray();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {scene.Name} | {sorted[sorted.Length / 2]:0} ms | {sorted[sorted.Length * 9 / 10]:0} ms | "
            + $"{sorted[^1]:0} ms | {pauses.Max(pause => pause.ViewChanges)} | {bar:0} ms | {above.Length} of "
            + $"{pauses.Length}{(above.Length > 0 ? $" ({string.Join(' ', above.Take(5))})" : "")} |");
    }
}
