using Holdfast.Protocol;
using Holdfast.Server.Transport;

namespace Holdfast.Server.Hosting;

/// <summary>Which replica a transport key belongs to, and what replicas of one system greet one another with.</summary>
internal sealed class PeerDirectory
{
    private readonly Dictionary<PinHash, ReplicaId> _byPin = [];

    public PeerDirectory(Topology topology, ReplicaId self)
    {
        for (var site = 0; site < topology.Sites.Count; site++)
        {
            for (var index = 0; index < topology.Sites[site].Replicas.Count; index++)
            {
                var replica = new ReplicaId(new(site), index);
                if (replica != self)
                {
                    _byPin.Add(PinOf(topology, replica), replica);
                }
            }
        }

        var hello = new WireWriter();
        hello.Text("holdfast peer 1");
        hello.Digest(topology.Genesis.Cluster);
        Hello = hello.ToBytes();
    }

    /// <summary>Equal in every replica of a system: two systems with the same transport keys do not mix.</summary>
    public Bytes Hello { get; }

    public IEnumerable<ReplicaId> Others => _byPin.Values;

    public ReplicaId? Find(PinHash pin) => _byPin.TryGetValue(pin, out var replica) ? replica : null;

    public static PinHash PinOf(Topology topology, ReplicaId replica) => new(topology[replica].TransportPin.Span);
}
