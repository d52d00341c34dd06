using System.CommandLine;
using System.Globalization;
using Holdfast.Cli.Demo;
using Holdfast.Server.Hosting;
using Holdfast.Server.Metrics;
using Holdfast.Server.Transport;
using Microsoft.Extensions.Logging;

namespace Holdfast.Cli.Commands;

/// <summary>What a program that is not this one changes about a replica which it runs as this one does.</summary>
/// <param name="Answer">What it answers to a line that the parent says; null for nothing.</param>
internal sealed record ReplicaFitting(Func<HostSettings, HostSettings> Settings, Func<string, string?> Answer)
{
    public static ReplicaFitting None { get; } = new(settings => settings, _ => null);
}

/// <summary><c>holdfast replica</c>: runs one replica until it is asked to end.</summary>
internal static class ReplicaCommand
{
    /// <summary>Said on standard output when the replica listens.</summary>
    public const string Ready = "ready";

    public const string MetricsPortName = "--metrics-port";
    public const string DelayName = "--demo-delay";
    public const string PeerDelayName = "--demo-peer-delay";
    public const string UplinkName = "--demo-uplink";
    public const string ParentName = "--demo-parent";
    public const string SmallName = "--demo-journal";

    private static readonly Option<string> Home = new("--home")
    {
        Description = "The replica's folder, as 'holdfast init' made it.",
        HelpName = "DIR",
        Required = true,
    };

    private static readonly Option<int?> MetricsPort = new(MetricsPortName)
    {
        Description =
            "Show numbers for Prometheus at http://127.0.0.1:PORT/metrics; 0 takes a free port. Off by default.",
        HelpName = "PORT",
    };

    private static readonly Option<string?> LogFile = new("--log")
    {
        Description = "Write the log to this file instead of standard error.",
        HelpName = "FILE",
    };

    // For the demo only: a wide area network on one machine, and an end with the parent whatever becomes of it.
    private static readonly Option<string?> Delay = new(DelayName) { Hidden = true };
    private static readonly Option<string?> PeerDelay = new(PeerDelayName) { Hidden = true };
    private static readonly Option<string?> Uplink = new(UplinkName) { Hidden = true };
    private static readonly Option<bool> WithParent = new(ParentName) { Hidden = true };
    private static readonly Option<bool> SmallJournal = new(SmallName) { Hidden = true };

    public static Option<LogLevel> LogLevelOption() => new("--log-level")
    {
        Description = "Trace, Debug, Information, Warning, Error or None.",
        HelpName = "LEVEL",
        DefaultValueFactory = _ => LogLevel.Information,
    };

    public static Command Build(ReplicaFitting? fitting = null)
    {
        var level = LogLevelOption();
        var command = new Command("replica", "Run one replica until Ctrl-C or SIGTERM.")
        {
            Home, MetricsPort, level, LogFile, Delay, PeerDelay, Uplink, WithParent, SmallJournal,
        };
        command.SetAction((parsed, stop) => RunAsync(
            parsed, parsed.GetValue(level), fitting ?? ReplicaFitting.None, stop));
        return command;
    }

    private static async Task<int> RunAsync(
        ParseResult parsed, LogLevel level, ReplicaFitting fitting, CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        if (parsed.GetValue(WithParent))
        {
            EndWithParent(ending, fitting.Answer, parsed.InvocationConfiguration.Output);
        }

        var file = parsed.GetValue(LogFile);
        using var writer = file is null ? null : new StreamWriter(file, append: true);
        using var provider = new LineLoggerProvider(
            writer ?? parsed.InvocationConfiguration.Error, level, TimeProvider.System);
        using var loggers = LoggerFactory.Create(builder => builder.SetMinimumLevel(level).AddProvider(provider));
        using var uplink = parsed.GetValue(Uplink) is { } road ? new SharedUplink(road) : null;
        using var wideArea = parsed.GetValue(Delay) is null
            ? null
            : new EmulatedDelay(uplink is null ? null : uplink.Departure);
        await using var metrics = parsed.GetValue(MetricsPort) is { } port
            ? await MetricsEndpoint.StartAsync(port, stop).ConfigureAwait(false)
            : null;
        var settings = DemoSystem.WithJournal(
            new HostSettings
            {
                Loggers = loggers,
                WideArea = wideArea,
                OneWay = OneWayOf(parsed.GetValue(Delay)),
                OneWayToPeers = OneWayOf(parsed.GetValue(PeerDelay)),
                MetricsAt = metrics?.Address,
            },
            parsed.GetValue(SmallJournal));
        await using var host = await ReplicaHost
            .StartAsync(parsed.GetRequiredValue(Home), fitting.Settings(settings))
            .ConfigureAwait(false);
        var output = parsed.InvocationConfiguration.Output;
        await output.WriteLineAsync($"{host.Replica} {Ready}").ConfigureAwait(false);
        if (metrics is not null)
        {
            await output.WriteLineAsync($"metrics at {metrics.Address}").ConfigureAwait(false);
        }

        await Task.WhenAny(host.Ended, Task.Delay(Timeout.Infinite, ending.Token)).ConfigureAwait(false);
        if (host.Ended.IsCompleted && await host.Ended.ConfigureAwait(false) is { } failure)
        {
            throw new CommandFailure(
                ExitCode.ReplicaFailed, $"{host.Replica} stopped itself: {failure.Message} Its log says more.");
        }

        return ExitCode.Success;
    }

    /// <summary>A killed parent closes the pipe as a living one does: no child is left behind.</summary>
    private static void EndWithParent(CancellationTokenSource ending, Func<string, string?> answerTo, TextWriter output)
    {
        new Thread(Listen) { IsBackground = true, Name = "parent" }.Start();

        void Listen()
        {
            while (Console.In.ReadLine() is { } line)
            {
                if (answerTo(line) is { } answer)
                {
                    output.WriteLine(answer);
                }
            }

            try
            {
                ending.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has ended already.
            }
        }
    }

    private static TimeSpan[] OneWayOf(string? text) => text is null
        ? []
        : [.. text.Split(',').Select(
            part => TimeSpan.FromMilliseconds(double.Parse(part, CultureInfo.InvariantCulture)))];
}
