namespace Holdfast.Simulation.Costs;

/// <summary>A calm world and its load, fixed to the last event, in which updates are counted out.</summary>
/// <param name="Clients">Each has one update under way at any time; none for what an idle system does.</param>
/// <param name="Site">Where all of them are; null for evenly spread.</param>
/// <param name="Seconds">Of virtual time that are counted.</param>
public sealed record CostScene(string Name, int Sites, int Faults, int Clients, int? Site, int Seconds)
{
    /// <summary>Those with stated ceilings.</summary>
    public static readonly IReadOnlyList<CostScene> All =
    [
        new("idle", 3, 1, 0, null, 20),
        new("leading", 3, 1, 1, 0, 5),
        new("elsewhere", 3, 1, 1, 1, 5),
        new("load", 3, 1, 51, null, 1),
        new("five sites", 5, 1, 1, 1, 3),
    ];

    /// <summary>Systems that grow, first in sites and then in replicas of each, with as many clients as it takes to have
    /// nearly as many updates a second in all of them: what is far takes longer.</summary>
    public static readonly IReadOnlyList<CostScene> Growth =
    [
        .. from faults in (int[])[1, 2]
           from size in ((int Sites, int Clients)[])[(3, 105), (5, 145), (7, 154)]
           select new CostScene($"{size.Sites} sites, f = {faults}", size.Sites, faults, size.Clients, null, 1),
    ];

    public int Replicas => Sites * new SiteSize(Faults).Replicas;

    internal int ClientsPerSite => Site is null ? (Clients + Sites - 1) / Sites : Clients;

    /// <summary>The clients' numbers among those that a world has keys for.</summary>
    internal IEnumerable<int> ClientNumbers => Enumerable.Range((Site ?? 0) * ClientsPerSite, Clients);
}
