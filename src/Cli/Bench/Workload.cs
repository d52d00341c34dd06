using Holdfast.Protocol;

namespace Holdfast.Cli.Bench;

/// <summary>What clients do to a system, and for how long.</summary>
/// <param name="Clients">Closed loop: each has one operation under way at any time.</param>
/// <param name="Rate">Open loop: so many operations a second begin, whatever becomes of those before; null for a closed
/// loop.</param>
/// <param name="Site">Where the clients are; null for evenly spread.</param>
/// <param name="IsGrouped">Operations that wait share a request and its signature; else each has its own.</param>
internal sealed record Workload(
    string Name,
    int Clients,
    double? Rate,
    int? Site,
    OperationMix Mix,
    int ValueSize,
    bool IsGrouped,
    TimeSpan WarmUp,
    TimeSpan Duration)
{
    /// <summary>Megabits a second out of each place; null for as many as anyone likes.</summary>
    public double? Uplink { get; init; }

    public const int ClientsMax = 1000;
    public const int ValueSizeMax = 64 * 1024;

    public const int KeysUsual = 1000;

    /// <summary>Keys that are written and read, without order.</summary>
    public int Keys { get; init; } = KeysUsual;

    /// <summary>The name of one of them.</summary>
    public static Bytes KeyOf(int number) => Bytes.FromText($"key/{number}");

    private static readonly Workload Leading = new(
        "leading",
        Clients: 1,
        Rate: null,
        Site: 0,
        OperationMix.Parse("update"),
        ValueSize: 200,
        IsGrouped: false,
        WarmUp: TimeSpan.FromSeconds(30),
        Duration: TimeSpan.FromSeconds(20));

    /// <summary>The named ones. Each can be changed by options.</summary>
    public static readonly IReadOnlyList<(Workload Load, string Line)> Named =
    [
        (Leading, "one client at the leading site, updates"),
        (Leading with { Name = "elsewhere", Site = 1 }, "one client at another site, updates"),
        (Leading with { Name = "updates", Clients = 300, Site = null },
            "300 clients at all sites, updates, a signature for each"),
        (Leading with { Name = "grouped", Clients = 1000, Site = null, IsGrouped = true },
            "1000 clients at all sites, updates, requests that group what waits"),
        (Leading with { Name = "queries", Clients = 60, Site = null, Mix = OperationMix.Parse("local") },
            "60 clients at all sites, local queries"),
        (Leading with
        {
            Name = "mixed",
            Clients = 60,
            Site = null,
            Mix = OperationMix.Parse("update=2,local=16,ordered=1,global=1"),
        }, "60 clients at all sites, updates and queries of each level"),
        (Leading with { Name = "idle", Clients = 0, WarmUp = TimeSpan.FromSeconds(45) },
            "no client; the warm-up has some, and ends with a rest of 25 s"),
    ];

    /// <summary>The last part of a warm-up that is the workload's own, if there is so much of it. A system takes a while
    /// to come to rest: what was begun goes to disk and what ran often is compiled once more.</summary>
    public TimeSpan OwnWarmUpMax => TimeSpan.FromSeconds(Clients == 0 ? 25 : 5);

    /// <summary>The same clients at all sites: processes compile what they do most, and one client alone would be
    /// measured with the compiler.</summary>
    public Workload ForWarmUp => this with { Clients = Math.Max(Clients, 24), Site = null, Rate = null };

    public bool IsOpenLoop => Rate is not null;

    /// <exception cref="CommandFailure">There is none of this name.</exception>
    public static Workload Find(string name) =>
        Named.Select(one => one.Load).FirstOrDefault(load => load.Name == name)
        ?? throw new CommandFailure(
            ExitCode.Usage,
            $"Expected the name of a workload ({string.Join(", ", Named.Select(one => one.Load.Name))}), found "
            + $"'{name}'.");
}
