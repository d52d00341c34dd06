using System.Diagnostics;
using System.Globalization;
using Holdfast.Cli.Check;
using Holdfast.Cli.Demo;
using Holdfast.Client;
using Holdfast.Server.Configuration;

namespace Holdfast.Cli.Attacks;

/// <summary>A system on which one attack is played after the other, and all that its clients ever saw.</summary>
internal sealed class AttackStage(DemoSystem system, TimeSpan roundTrip, TextWriter output)
{
    private static readonly TimeSpan WarmupStep = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WarmupAtLeast = TimeSpan.FromSeconds(45);
    public static readonly TimeSpan WarmupAtMost = TimeSpan.FromSeconds(75);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private int _clients;

    public DemoSystem System { get; } = system;

    public TimeSpan RoundTrip { get; } = roundTrip;

    public CheckHistory History { get; } = new();

    /// <summary>Processes compile what they do most for most of a minute, and the figures of that time are those of the
    /// compiler: the stage is ready when the rate grows no more.</summary>
    public async Task PrepareAsync(CancellationToken cancel)
    {
        await System.StartAsync(cancel).ConfigureAwait(false);
        await using var load = Load(cancel);
        var (took, best, stepsAtRest) = (TimeSpan.Zero, 0.0, 0);
        while (took < WarmupAtLeast || (stepsAtRest < 2 && took < WarmupAtMost))
        {
            var rate = (await load.WatchAsync(WarmupStep, null, cancel).ConfigureAwait(false)).UpdatesPerSecond;
            stepsAtRest = rate > best * 1.05 ? 0 : stepsAtRest + 1;
            best = Math.Max(best, rate);
            took += WarmupStep;
        }

        await SayAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"warmed up for {took.TotalSeconds:0} s, the rate {(stepsAtRest < 2 ? "still grows" : "is steady")}"))
            .ConfigureAwait(false);
    }

    /// <summary>Clients that work until they are stopped.</summary>
    public AttackLoad Load(CancellationToken cancel)
    {
        var count = System.Topology.Sites.Count * AttackLoad.ClientsPerSite;
        var home = HomeFiles.ClientHome(System.Folder.SystemPath, "first");
        return Load(Enumerable.Range(0, count).Select(_ => ClientSettings.FromFolder(home)), count, cancel);
    }

    /// <summary>The same for clients with a key each: a system deals fairly between keys, not between those who share
    /// one.</summary>
    public async Task<AttackLoad> LoadOfStrangersAsync(int count, CancellationToken cancel)
    {
        var keys = await Enrolment.EnrolAsync(System.Folder.SystemPath, count, cancel).ConfigureAwait(false);
        return Load(keys.Select(key => new ClientSettings { Topology = System.Topology, Key = key }), count, cancel);
    }

    private AttackLoad Load(IEnumerable<ClientSettings> clients, int count, CancellationToken cancel)
    {
        var first = _clients;
        _clients += count;
        return new(clients, System.Topology.Sites.Count, History, first, cancel);
    }

    public async Task SayAsync(string text) => await output.WriteLineAsync(
            string.Create(CultureInfo.InvariantCulture, $"{_clock.Elapsed.TotalSeconds,6:0.0} s  {text}"))
        .ConfigureAwait(false);
}
