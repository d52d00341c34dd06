namespace Holdfast.Simulation;

/// <summary>Who sits where in the network: first the replicas, site by site, then the clients.</summary>
internal sealed class PlaceTable(Genesis genesis, int clientsPerSite)
{
    private readonly int _replicasPerSite = genesis.Sites[0].Size.Replicas;
    private readonly SortedDictionary<Bytes, int> _clients = new(genesis.Clients
        .Select((client, index) => (client.PublicKey, index))
        .ToDictionary(entry => entry.PublicKey, entry => entry.index));

    public int Replicas => genesis.Sites.Count * _replicasPerSite;

    public int Count => Replicas + genesis.Clients.Count;

    public int Of(ReplicaId replica) => (replica.Site.Index * _replicasPerSite) + replica.Index;

    public int OfClient(int client) => Replicas + client;

    public int? OfClient(Bytes key) => _clients.TryGetValue(key, out var client) ? OfClient(client) : null;

    public ReplicaId? ReplicaAt(int place) => place < Replicas
        ? new ReplicaId(new SiteId(place / _replicasPerSite), place % _replicasPerSite)
        : null;

    public Bytes ClientAt(int place) => genesis.Clients[place - Replicas].PublicKey;

    public int SiteAt(int place) =>
        place < Replicas ? place / _replicasPerSite : SiteOfClient(place - Replicas);

    /// <summary>Those beyond the clients of the sites begin with the first site again; a world may have no others.</summary>
    public int SiteOfClient(int client) => client / Math.Max(1, clientsPerSite) % genesis.Sites.Count;

    public string NameOf(int place) => ReplicaAt(place)?.ToString() ?? $"client {place - Replicas}";
}
