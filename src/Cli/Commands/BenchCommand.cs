using System.CommandLine;
using Holdfast.Cli.Bench;
using Holdfast.Cli.Bench.Links;
using Holdfast.Cli.Bench.Plots;
using Holdfast.Cli.Demo;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast bench</c>: what operations take and cost on a real system of processes on this
/// machine.</summary>
internal static class BenchCommand
{
    private const string Spread = "spread";
    private const double SecondsMax = 3600;
    private const double RateMax = 100_000;
    private const double LossMax = 50;

    private static readonly Argument<string> Name = new("workload")
    {
        Description = "One of: " + string.Join("; ", Workload.Named.Select(one => $"{one.Load.Name} ({one.Line})"))
            + ".",
        DefaultValueFactory = _ => Workload.Named[0].Load.Name,
    };

    private static readonly Option<int> Clients = new("--clients")
    {
        Description = $"Closed loop: so many clients, 1 to {Workload.ClientsMax}, with one operation under way each.",
        HelpName = "N",
    };

    private static readonly Option<double> Rate = new("--rate")
    {
        Description =
            "Open loop instead: so many operations begin each second, and latency counts from when one was to begin.",
        HelpName = "PER-SECOND",
    };

    private static readonly Option<string> Site = new("--site")
    {
        Description = $"Where the clients are: a site's number, or '{Spread}'.",
        HelpName = $"N|{Spread}",
    };

    private static readonly Option<string> Mix = new("--mix")
    {
        Description = "What they ask for, by weight: update, local, ordered, global; such as update=1,local=9.",
        HelpName = "MIX",
    };

    private static readonly Option<int> ValueSize = new("--value-size")
    {
        Description = $"Bytes of each value, 0 to {Workload.ValueSizeMax}.",
        HelpName = "BYTES",
    };

    private static readonly Option<bool> Grouped = new("--grouped")
    {
        Description = "Operations that wait share a request and its signature; else each has its own.",
    };

    private static readonly Option<double> WarmUp = Seconds("--warm-up", "Seconds before the measurement.");
    private static readonly Option<double> Duration = Seconds("--duration", "Seconds that are measured.");

    private static readonly Option<string> Delay = DemoCommand.DelayOption();

    private static readonly Option<double> Uplink = new("--uplink")
    {
        Description =
            "Megabits a second by which each site or place reaches the others, all its replicas together, for the last five "
            + "seconds of the warm-up and from then on. As many as anyone likes by default.",
        HelpName = "MBIT",
    };

    private static readonly Option<string> Measured = new("--system")
    {
        Description = $"What is measured: {BenchSystems.Told}.",
        HelpName = "NAME",
        DefaultValueFactory = _ => BenchSystems.Own,
    };

    private static readonly Option<bool> RealLinks = new("--real-links")
    {
        Description =
            "Put each place into a network namespace of its own and join them by links that TCP feels as it does a wide area, "
            + "instead of holding back what goes far. Needs root.",
    };

    private static readonly Option<double> Loss = new("--loss")
    {
        Description = $"With {RealLinks.Name}: so many packets in a hundred are lost, 0 to {LossMax}.",
        HelpName = "PERCENT",
    };

    private static readonly Option<string[]> Sysctl = new("--sysctl")
    {
        Description = $"With {RealLinks.Name}: a setting of the kernel in each namespace, as often as needed.",
        HelpName = "NAME=VALUE",
    };

    private static readonly Option<FileInfo?> Json = BenchOptions.File("--json", "What was measured, as JSON.");

    private static readonly Option<FileInfo?> Plot =
        BenchOptions.File("--plot", "The distributions of the latencies, as an SVG picture.");

    private static readonly Option<FileInfo?> PlotCosts =
        BenchOptions.File("--plot-costs", "Processor time for an update by replica, as an SVG picture.");

    public static Command Build()
    {
        var (sites, faults) = (InitCommand.SitesOption(), InitCommand.FaultsOption());
        var command = new Command(
            "bench", "Measure what operations take and cost, on a system of processes that this command starts.")
        {
            Name, Clients, Rate, Site, Mix, ValueSize, Grouped, WarmUp, Duration, sites, faults, Delay, Uplink,
            RealLinks, Loss, Sysctl, Measured, Json, Plot, PlotCosts,
            BenchCounts.Build(),
            BenchGrowth.Build(),
            BenchPauses.Build(),
            BenchAttacked.Build(),
            BenchBars.Build(),
            BenchCurve.Build(),
            BenchKeys.Build(),
            BenchReturn.Build(),
            BenchSoak.Build(),
        };
        command.SetAction(async (parsed, stop) =>
        {
            var shape = InitCommand.FaultsOf(parsed.GetRequiredValue(sites), parsed.GetRequiredValue(faults));
            var delays = DelayMatrix.Read(parsed.GetRequiredValue(Delay), shape.Count);
            var workload = WorkloadOf(parsed, shape.Count, delays);
            var result = await RunAsync(
                workload,
                BenchSystems.Create(parsed.GetRequiredValue(Measured), shape, delays, LinksOf(parsed)),
                parsed.InvocationConfiguration.Output,
                stop).ConfigureAwait(false);
            BenchTables.Show(result);
            await BenchOptions.WriteAsync(parsed.GetValue(Json), result.ToJson()).ConfigureAwait(false);
            await BenchOptions.WriteAsync(
                parsed.GetValue(Plot), () => LatencyPlot.Draw(TitleOf(result), LatencyPlot.LinesOf(result)))
                .ConfigureAwait(false);
            await BenchOptions.WriteAsync(parsed.GetValue(PlotCosts), () => CostPlot.Draw(TitleOf(result), result))
                .ConfigureAwait(false);
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<BenchResult> RunAsync(
        Workload workload, IBenchSystem measured, TextWriter output, CancellationToken stop)
    {
        await using var system = measured;
        var run = new BenchRun(system, output);
        await run.StartAsync(stop).ConfigureAwait(false);
        return await run.MeasureAsync(workload, stop).ConfigureAwait(false);
    }

    private static string TitleOf(BenchResult result) =>
        $"{result.System}, {result.Workload.Name}: {result.Workload.Mix}, {result.Workload.ValueSize} bytes";

    private static LinkSettings? LinksOf(ParseResult parsed)
    {
        if (parsed.GetValue(RealLinks))
        {
            return new(Within(parsed, Loss, 0, 0, LossMax) / 100, parsed.GetValue(Sysctl) ?? []);
        }

        return parsed.GetResult(Loss) is null or { Implicit: true } && parsed.GetValue(Sysctl) is null or []
            ? null
            : throw new CommandFailure(
                ExitCode.Usage, $"Expected {RealLinks.Name} with {Loss.Name} or {Sysctl.Name}, found none.");
    }

    /// <summary>The named one, changed by what was said beside its name.</summary>
    private static Workload WorkloadOf(ParseResult parsed, int sites, DelayMatrix delays)
    {
        var named = Workload.Find(parsed.GetRequiredValue(Name));
        var site = Given(parsed, Site) is { } text ? SiteOf(text, sites) : named.Site;
        return named with
        {
            Clients = Within(parsed, Clients, named.Clients, Math.Min(named.Clients, 1), Workload.ClientsMax),
            Rate = parsed.GetResult(Rate) is { Implicit: false }
                ? Within(parsed, Rate, 1, double.Epsilon, RateMax)
                : named.Rate,
            Site = site < sites ? site : null,
            Mix = Given(parsed, Mix) is { } mix ? OperationMix.Parse(mix) : named.Mix,
            ValueSize = Within(parsed, ValueSize, named.ValueSize, 0, Workload.ValueSizeMax),
            IsGrouped = named.IsGrouped || parsed.GetValue(Grouped),
            Uplink = UplinkOf(parsed, delays),
            WarmUp = TimeSpan.FromSeconds(Within(parsed, WarmUp, named.WarmUp.TotalSeconds, 0, SecondsMax)),
            Duration = TimeSpan.FromSeconds(Within(parsed, Duration, named.Duration.TotalSeconds, 0.1, SecondsMax)),
        };
    }

    private static double? UplinkOf(ParseResult parsed, DelayMatrix delays)
    {
        if (parsed.GetResult(Uplink) is not { Implicit: false })
        {
            return null;
        }

        // A road is narrow where it is long: without a delay nobody could say what leaves the place.
        return delays.Least > TimeSpan.Zero
            ? Within(parsed, Uplink, 0, 0.001, Uplinks.MegabitsMax)
            : throw new CommandFailure(
                ExitCode.Usage, $"Expected delays above 0 between sites with {Uplink.Name}, found one of 0 after --delay.");
    }

    private static int? SiteOf(string text, int sites)
    {
        if (text == Spread)
        {
            return null;
        }

        return int.TryParse(text, out var site) && site >= 0 && site < sites
            ? site
            : throw new CommandFailure(
                ExitCode.Usage, $"Expected a site from 0 to {sites - 1} or '{Spread}' after --site, found '{text}'.");
    }

    private static string? Given(ParseResult parsed, Option<string> option) =>
        parsed.GetResult(option) is { Implicit: false } ? parsed.GetRequiredValue(option) : null;

    private static T Within<T>(ParseResult parsed, Option<T> option, T usual, T least, T most)
        where T : struct, IComparable<T>
    {
        if (parsed.GetResult(option) is not { Implicit: false })
        {
            return usual;
        }

        var value = parsed.GetRequiredValue(option);
        return value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0
            ? value
            : throw new CommandFailure(
                ExitCode.Usage, $"Expected {least} to {most} after {option.Name}, found {value}.");
    }

    private static Option<double> Seconds(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "S",
    };
}
