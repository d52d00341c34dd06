using System.CommandLine;
using System.Globalization;
using Holdfast.Cli.Bench;
using Holdfast.Cli.Bench.Plots;
using Holdfast.Cli.Demo;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast bench curve</c>: throughput against latency, from one client to many.</summary>
internal static class BenchCurve
{
    private const double SecondsMax = 600;
    private const int LoadsMax = 20;

    private static readonly Option<string[]> Measured = new("--system")
    {
        Description = $"What is measured, as often as needed: {BenchSystems.Told}.",
        HelpName = "NAME",
        DefaultValueFactory = _ => [BenchSystems.Own],
    };

    private static readonly Option<string> Clients = new("--clients")
    {
        Description = $"At all sites, one load after the other: up to {LoadsMax} numbers of 1 to {Workload.ClientsMax}.",
        HelpName = "N,N,N",
        DefaultValueFactory = _ => "1,3,10,30,100,300,1000",
    };

    private static readonly Option<string> Operation = new("--operation")
    {
        Description = "What they ask for: update, local, ordered or global.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "update",
    };

    private static readonly Option<int> ValueSize = BenchOptions.Count(
        "--value-size", $"Bytes of each value, 0 to {Workload.ValueSizeMax}.", "BYTES", 200);

    private static readonly Option<bool> Grouped = new("--grouped")
    {
        Description = "Operations that wait share a request and its signature; else each has its own.",
    };

    private static readonly Option<string> Delay = DemoCommand.DelayOption();
    private static readonly Option<double> WarmUp = BenchOptions.Seconds("--warm-up", "Seconds before the first load.", 40);
    private static readonly Option<double> Duration = BenchOptions.Seconds("--duration", "Seconds that each load is measured.", 8);
    private static readonly Option<FileInfo?> From =
        BenchOptions.File("--from", "Measure nothing, and draw what an earlier run wrote as JSON.");

    private static readonly Option<FileInfo?> Json = BenchOptions.File("--json", "What was measured, as JSON.");
    private static readonly Option<FileInfo?> Plot = BenchOptions.File("--plot", "The curves as an SVG picture.");

    public static Command Build()
    {
        var (sites, faults) = (InitCommand.SitesOption(), InitCommand.FaultsOption());
        var command = new Command(
            "curve", "Measure one load after the other, from one client to a thousand; two and a half minutes for each system.")
        {
            Measured, Clients, Operation, ValueSize, Grouped, sites, faults, Delay, WarmUp, Duration, From, Json, Plot,
        };
        command.SetAction(async (parsed, stop) =>
        {
            if (parsed.GetValue(From) is { } earlier)
            {
                var file = parsed.GetValue(Plot) ?? throw new CommandFailure(
                    ExitCode.Usage, $"Expected {Plot.Name} with {From.Name}, found none: there would be nothing to do.");
                var points = CurvePoint.Read(await ReadAsync(earlier, stop).ConfigureAwait(false));
                await BenchOptions.WriteAsync(file, () => CurvePlot.Draw(points)).ConfigureAwait(false);
                return ExitCode.Success;
            }

            var shape = InitCommand.FaultsOf(parsed.GetRequiredValue(sites), parsed.GetRequiredValue(faults));
            var delays = DelayMatrix.Read(parsed.GetRequiredValue(Delay), shape.Count);
            var loads = LoadsOf(parsed);
            var systems = parsed.GetRequiredValue(Measured)
                .Select(name => BenchSystems.Create(name, shape, delays)).ToList();
            var curves = new List<IReadOnlyList<BenchResult>>();
            foreach (var system in systems)
            {
                curves.Add(await MeasureAsync(system, loads, parsed.InvocationConfiguration.Output, stop).ConfigureAwait(false));
            }

            BenchTables.Show([.. curves.SelectMany(results => results)]);
            await BenchOptions.WriteAsync(
                parsed.GetValue(Json), BenchOptions.Rows(curves.SelectMany(results => results).Select(one => one.ToJson())))
                .ConfigureAwait(false);
            await BenchOptions.WriteAsync(
                parsed.GetValue(Plot),
                () => CurvePlot.Draw(curves.SelectMany(results => results).Select(CurvePoint.Of)))
                .ConfigureAwait(false);
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<IReadOnlyList<BenchResult>> MeasureAsync(
        IBenchSystem measured, IReadOnlyList<Workload> loads, TextWriter output, CancellationToken stop)
    {
        var results = new List<BenchResult>();
        await using var system = measured;
        var run = new BenchRun(system, output);
        await run.StartAsync(stop).ConfigureAwait(false);
        await run.WarmUpAsync(loads.MaxBy(load => load.Clients)!, loads[0].WarmUp, stop)
            .ConfigureAwait(false);
        foreach (var load in loads)
        {
            results.Add(await run.MeasureAsync(load with { WarmUp = load.OwnWarmUpMax }, stop).ConfigureAwait(false));
        }

        return results;
    }

    private static async Task<string> ReadAsync(FileInfo file, CancellationToken stop)
    {
        try
        {
            return await File.ReadAllTextAsync(file.FullName, stop).ConfigureAwait(false);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Usage, $"Expected a file to read after {From.Name}: {trouble.Message}");
        }
    }

    private static IReadOnlyList<Workload> LoadsOf(ParseResult parsed)
    {
        var text = parsed.GetRequiredValue(Clients);
        var counts = text.Split(',').Select(part =>
            int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                && count is >= 1 and <= Workload.ClientsMax
                ? count
                : throw NoLoads(text)).ToList();
        if (counts.Count > LoadsMax)
        {
            throw NoLoads(text);
        }

        var usual = Workload.Find("updates") with
        {
            Mix = OperationMix.Parse(parsed.GetRequiredValue(Operation)),
            ValueSize = BenchOptions.Within(parsed, ValueSize, 0, Workload.ValueSizeMax),
            IsGrouped = parsed.GetValue(Grouped),
            WarmUp = TimeSpan.FromSeconds(BenchOptions.Within(parsed, WarmUp, 0, SecondsMax)),
            Duration = TimeSpan.FromSeconds(BenchOptions.Within(parsed, Duration, 0.1, SecondsMax)),
        };
        return usual.Mix.Operations.Count() == 1
            ? [.. counts.Select(count => usual with { Name = $"{count} clients", Clients = count })]
            : throw new CommandFailure(
                ExitCode.Usage,
                $"Expected one of update, local, ordered and global after {Operation.Name}, found '{usual.Mix}'.");
    }

    private static CommandFailure NoLoads(string text) => new(
        ExitCode.Usage,
        $"Expected 1 to {LoadsMax} numbers from 1 to {Workload.ClientsMax} with commas between them after {Clients.Name}, found "
        + $"'{text}'.");
}
