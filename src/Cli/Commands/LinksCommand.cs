using System.CommandLine;
using System.Globalization;
using Holdfast.Cli.Bench.Links;
using Holdfast.Cli.Demo;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast links</c>, which a bench starts: carries packets between the network namespaces of its places until
/// its input ends.</summary>
internal static class LinksCommand
{
    /// <summary>Said when all devices are open.</summary>
    public const string Ready = "ready";

    /// <summary>Lines that it is told: how wide roads are from now on (0 for as wide as anyone likes), and that it is to
    /// say what crossed them so far.</summary>
    public const string Widen = "widen";
    public const string Count = "count";

    private const string CommandName = "links";
    private const string DelaysName = "--delays";
    private const string LossName = "--loss";

    private static readonly Option<string> Delays = new(DelaysName) { Required = true };
    private static readonly Option<double> Loss = new(LossName);

    public static Command Build()
    {
        var command = new Command(CommandName, "Carry packets between network namespaces, for a bench.")
        {
            Delays, Loss,
        };
        command.Hidden = true;
        command.SetAction((parsed, stop) => RunAsync(
            new LinkForwarder(RowsOf(parsed.GetRequiredValue(Delays)), parsed.GetValue(Loss)),
            Console.In,
            parsed.InvocationConfiguration.Output,
            stop));
        return command;
    }

    public static IReadOnlyList<string> Arguments(DelayMatrix delays, double loss) =>
    [
        CommandName,
        DelaysName,
        string.Join(';', Enumerable.Range(0, delays.Sites).Select(place => string.Join(
            ',', delays.From(place).Select(delay => delay.TotalMilliseconds.ToString(CultureInfo.InvariantCulture))))),
        LossName,
        loss.ToString(CultureInfo.InvariantCulture),
    ];

    public static LinkCounts ReadCounts(string line)
    {
        var numbers = line.Split(' ').Select(word => long.Parse(word, CultureInfo.InvariantCulture)).ToArray();
        return new(numbers[0], numbers[1], numbers[2], numbers[3]);
    }

    private static async Task<int> RunAsync(
        LinkForwarder forwarder, TextReader input, TextWriter output, CancellationToken stop)
    {
        forwarder.Start();
        await forwarder.Opened.ConfigureAwait(false);
        await output.WriteLineAsync(Ready).ConfigureAwait(false);
        while (await input.ReadLineAsync(stop).ConfigureAwait(false) is { } line)
        {
            if (line == Count)
            {
                var (packets, bytes, lost, late) = forwarder.Counts;
                await output.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture, $"{packets} {bytes} {lost} {late}")).ConfigureAwait(false);
            }
            else if (line.Split(' ') is [Widen, var megabits])
            {
                var number = double.Parse(megabits, CultureInfo.InvariantCulture);
                forwarder.Widen(number > 0 ? number : null);
            }
        }

        forwarder.Stop();
        return ExitCode.Success;
    }

    private static IReadOnlyList<IReadOnlyList<TimeSpan>> RowsOf(string text) =>
        [.. text.Split(';').Select(row => (IReadOnlyList<TimeSpan>)[.. row.Split(',').Select(
            cell => TimeSpan.FromMilliseconds(double.Parse(cell, CultureInfo.InvariantCulture)))])];
}
