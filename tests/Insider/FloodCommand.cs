using System.CommandLine;
using System.Globalization;
using Holdfast.Cli;
using Holdfast.Cli.Attacks;
using Holdfast.Cryptography;
using Holdfast.Server.Configuration;

namespace Holdfast.Insider;

/// <summary><c>holdfast-insider flood</c>: bad clients in a process of their own, spread over all sites. They get ready,
/// say so, and flood when they are told to.</summary>
internal static class FloodCommand
{
    private static readonly Option<string> System = new("--system") { Required = true };
    private static readonly Option<int> Clients = new("--clients") { DefaultValueFactory = _ => Flood.Clients };
    private static readonly Option<double> Rate = new("--rate") { DefaultValueFactory = _ => Flood.Rate };
    private static readonly Option<double> Seconds = new("--seconds") { DefaultValueFactory = _ => 15 };

    public static Command Build()
    {
        var command = new Command("flood", "Clients that ask for far more than their share, for 'holdfast attack'.")
        {
            System, Clients, Rate, Seconds,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var (count, rate) = (parsed.GetValue(Clients), parsed.GetValue(Rate));
            var each = rate / count;
            var clients = await PrepareAsync(
                parsed.GetRequiredValue(System), count, (int)(each * parsed.GetValue(Seconds)), stop)
                .ConfigureAwait(false);
            await output.WriteLineAsync(Flood.Ready).ConfigureAwait(false);
            await HeedAsync(clients, each, stop).ConfigureAwait(false);
            await output.WriteLineAsync(new Deeds(Added: clients.Sum(one => one.Written)).ToLine()).ConfigureAwait(false);
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{clients.Sum(one => one.Offered)} offered, {clients.Sum(one => one.Written)} of them written, "
                + $"{clients.Sum(one => one.Committed)} answers that one ran, "
                + $"{clients.Sum(one => one.NotTaken)} that one was not taken, {clients.Sum(one => one.Refused)} refusals"))
                .ConfigureAwait(false);
            await Task.WhenAll(clients.Select(one => one.DisposeAsync().AsTask())).ConfigureAwait(false);
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>Floods from the line that says so to the one that ends it, or to the end of the input.</summary>
    private static async Task HeedAsync(IReadOnlyList<FloodingClient> clients, double each, CancellationToken stop)
    {
        if (await Console.In.ReadLineAsync(stop).ConfigureAwait(false) is null)
        {
            return;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var floods = clients.Select(one => Task.Run(() => one.FloodAsync(each, end.Token), CancellationToken.None)).ToList();
        await Console.In.ReadLineAsync(stop).ConfigureAwait(false);
        await end.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(floods).ConfigureAwait(false);
    }

    private static async Task<IReadOnlyList<FloodingClient>> PrepareAsync(
        string system, int count, int requestsEach, CancellationToken stop)
    {
        StartupSelfTest.Run();
        var topology = HomeFiles.ReadTopology(system);
        var keys = await Enrolment.EnrolAsync(system, count, stop).ConfigureAwait(false);
        var clients = keys
            .Select((key, at) => new FloodingClient(topology, key, new(at % topology.Sites.Count)))
            .ToList();
        await Task.WhenAll(clients.Select(one => Task.Run(() => one.PrepareAsync(requestsEach, stop), stop)))
            .ConfigureAwait(false);
        return clients;
    }
}
