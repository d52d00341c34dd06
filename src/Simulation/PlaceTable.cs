namespace Holdfast.Simulation;

/// <summary>Who sits where in the network: first the replicas, site by site, then the clients.</summary>
/// <param name="hasSharedKey">Last comes one more program with the first client's key.</param>
internal sealed class PlaceTable(Genesis genesis, int clientsPerSite, bool hasSharedKey = false)
{
    private readonly int _replicasPerSite = genesis.Sites[0].Size.Replicas;
    private readonly SortedDictionary<Bytes, int> _clients = new(genesis.Clients
        .Select((client, index) => (client.PublicKey, index))
        .ToDictionary(entry => entry.PublicKey, entry => entry.index));

    public int Replicas => genesis.Sites.Count * _replicasPerSite;

    public int Count => Replicas + genesis.Clients.Count + (hasSharedKey ? 1 : 0);

    public int Of(ReplicaId replica) => (replica.Site.Index * _replicasPerSite) + replica.Index;

    public int OfClient(int client) => Replicas + client;

    /// <summary>All that have this key.</summary>
    public IEnumerable<int> AllOf(Bytes key)
    {
        if (_clients.TryGetValue(key, out var client))
        {
            yield return OfClient(client);
            if (hasSharedKey && client == 0)
            {
                yield return Count - 1;
            }
        }
    }

    public ReplicaId? ReplicaAt(int place) => place < Replicas
        ? new ReplicaId(new SiteId(place / _replicasPerSite), place % _replicasPerSite)
        : null;

    public Bytes ClientAt(int place) => genesis.Clients[ClientOf(place)].PublicKey;

    public int SiteAt(int place) =>
        place < Replicas ? place / _replicasPerSite : SiteOfClient(ClientOf(place));

    /// <summary>Those beyond the clients of the sites begin with the first site again; a world may have no others.</summary>
    public int SiteOfClient(int client) => client / Math.Max(1, clientsPerSite) % genesis.Sites.Count;

    private int ClientOf(int place) => place - Replicas < genesis.Clients.Count ? place - Replicas : 0;

    public string NameOf(int place) => ReplicaAt(place)?.ToString() ?? $"client {place - Replicas}";
}
