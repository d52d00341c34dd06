using Holdfast.Protocol;

namespace Holdfast.Node;

/// <summary>
/// Where a replica's words go. Every call hands bytes over and returns at once: a road that is full or down loses them,
/// and the protocol sends again what matters. All frames of one turn to one receiver come one after the other.
/// </summary>
public interface IReplicaNetwork
{
    /// <summary>To another replica of the own site.</summary>
    void ToPeer(int replica, Bytes frame);

    /// <summary>To one replica of another site, over the wide area.</summary>
    void ToSite(ReplicaId receiver, Bytes frame);

    /// <summary>To a client by its public key, if it is connected here.</summary>
    void ToClient(Bytes client, Bytes frame);

    /// <summary>A pass is over: what it handed over need not wait for more.</summary>
    void Depart();
}
