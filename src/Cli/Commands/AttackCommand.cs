using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Cli.Attacks;
using Holdfast.Cli.Demo;
using Spectre.Console;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast attack</c>: a system of real processes with adversaries inside some replicas. They are no part
/// of this program: it only starts the one that has them.</summary>
internal static class AttackCommand
{
    private static readonly TimeSpan Warmup = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan LongestAttack = TimeSpan.FromMinutes(3);
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static readonly Argument<string[]> Names = new("name")
    {
        Description = "Which attacks, one after the other on one system; of several whose names begin alike, all.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<bool> List = new("--list")
    {
        Description = "Name the attacks, a line each, and play none.",
    };

    private static readonly Option<bool> Everything = new("--all")
    {
        Description = "Play them all.",
    };

    private static readonly Option<FileInfo?> Json = new("--json")
    {
        Description = "What was found and measured, as JSON: an object for each attack.",
        HelpName = "FILE",
    };

    private static readonly Option<string> Delay = DemoCommand.DelayOption();

    public static Command Build()
    {
        var (sites, faults) = (InitCommand.SitesOption(), InitCommand.FaultsOption());
        var level = ReplicaCommand.LogLevelOption();
        var command = new Command(
            "attack", "Try a whole system of real processes with faulty replicas inside (from a checkout only).")
        {
            Names, List, Everything, Json, sites, faults, Delay, level,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var names = parsed.GetValue(Names) ?? [];
            if (parsed.GetValue(List))
            {
                await ListAsync(output).ConfigureAwait(false);
                return ExitCode.Success;
            }

            var attacks = parsed.GetValue(Everything) ? Attack.All : [.. names.SelectMany(Find)];
            if (attacks.Count == 0)
            {
                throw new CommandFailure(
                    ExitCode.Usage, "Expected the name of an attack or --all, found neither; --list names them.");
            }

            var shape = InitCommand.FaultsOf(parsed.GetRequiredValue(sites), parsed.GetRequiredValue(faults));
            if (shape.Count < 3 || shape.Contains(0))
            {
                throw new CommandFailure(
                    ExitCode.Usage,
                    "Expected three sites or more that each tolerate a fault: less has no insider to survive; leave "
                    + "out --sites and --faults, or raise them.");
            }

            var settings = new DemoSettings(
                DelayMatrix.Read(parsed.GetRequiredValue(Delay), shape.Count),
                InProcesses: true,
                parsed.GetValue(level));
            return await RunAsync(attacks, shape, settings, parsed.GetValue(Json), output, stop).ConfigureAwait(false);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        IReadOnlyList<Attack> attacks,
        IReadOnlyList<int> shape,
        DemoSettings settings,
        FileInfo? json,
        TextWriter output,
        CancellationToken stop)
    {
        var rows = await PlayAsync(attacks, shape, settings, output, stop).ConfigureAwait(false);
        Show(rows);
        if (json is not null)
        {
            var document = new JsonArray([.. rows.Select(row => (JsonNode)row.ToJson())]);
            await File.WriteAllTextAsync(json.FullName, document.ToJsonString(Indented) + "\n", CancellationToken.None)
                .ConfigureAwait(false);
        }

        return rows.TrueForAll(row => row.Ok) ? ExitCode.Success : ExitCode.CheckFailed;
    }

    /// <summary>One after the other on one system, which is warm from the second on.</summary>
    private static async Task<List<AttackRow>> PlayAsync(
        IReadOnlyList<Attack> attacks,
        IReadOnlyList<int> shape,
        DemoSettings settings,
        TextWriter output,
        CancellationToken stop)
    {
        // Where dying is all that replicas do, it is the shipped program that dies.
        var other = attacks.All(attack => attack.Adversary is null) ? null : InsiderProgram.Find();
        using var scratch = new ScratchFolder("holdfast-attack-", shape);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Warmup + (attacks.Sum(attack => attack.Runs) * LongestAttack));
        var rows = new List<AttackRow>();
        await using (var system = new DemoSystem(scratch.Demo, settings with { Other = other }))
        {
            var stage = new AttackStage(system, 2 * settings.Delays.From(0).Max(), output);
            await stage.PrepareAsync(limit.Token).ConfigureAwait(false);
            foreach (var attack in attacks)
            {
                var runs = new List<AttackRow>();
                while (runs.Count < attack.Runs)
                {
                    runs.Add(await new AttackRun(attack, stage).RunAsync(limit.Token).ConfigureAwait(false));
                    await output.WriteLineAsync().ConfigureAwait(false);
                }

                rows.Add(AttackRow.Median(runs));
            }
        }

        if (rows.TrueForAll(row => row.Ok))
        {
            scratch.Unwanted();
        }
        else
        {
            await output.WriteLineAsync($"Keys, state and logs are kept in {scratch.Path}.").ConfigureAwait(false);
        }

        return rows;
    }

    private static IReadOnlyList<Attack> Find(string name) => Attack.Named(name) is { Count: > 0 } found
        ? found
        : throw new CommandFailure(
            ExitCode.Usage, $"Expected the name of an attack, found '{name}'; 'attack --list' names them.");

    private static async Task ListAsync(TextWriter output)
    {
        foreach (var attack in Attack.All)
        {
            await output.WriteLineAsync($"{attack.Name,-26} {attack.Line}").ConfigureAwait(false);
        }
    }

    private static void Show(List<AttackRow> rows)
    {
        var table = new Table().AddColumns(
            "attack", "before", "during", "after", "updates/s kept", "pause ms", "did", "safe", "found", "bar", "held");
        foreach (var row in rows)
        {
            table.AddRow(
                row.Attack.Name,
                Number(row.Before.UpdatesPerSecond),
                Number(row.During.UpdatesPerSecond),
                Number(row.After.UpdatesPerSecond),
                $"{string.Join(' ', row.KeptByRun.Select(kept => Number(100 * kept)))} %",
                string.Join(' ', row.Pauses.Select(pause => Number(pause.TotalMilliseconds))),
                row.TookPlace ? row.DidInAll.ToString() : "NOT ENOUGH",
                row.Safety.Ok ? "yes" : "NO",
                row.Found switch { true => "yes", false => "no", _ => "-" },
                row.Bar,
                row.BarHolds ? "yes" : "NO");
        }

        // Where it goes to a file nobody has said how wide that is.
        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 160);
        AnsiConsole.Write(table);
    }

    private static string Number(double value) => value.ToString("0", CultureInfo.InvariantCulture);
}
