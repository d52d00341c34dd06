namespace Holdfast.Protocol;

/// <summary>Where one replica is reached, and by which key its transport is known.</summary>
/// <param name="Host">A name or an IP address.</param>
/// <param name="PeerPort">Other replicas connect here, of its own site and of others.</param>
/// <param name="ClientPort">Clients connect here.</param>
/// <param name="TransportPin">SHA-256 of the SubjectPublicKeyInfo of its TLS certificate.</param>
public sealed record ReplicaAddress(string Host, int PeerPort, int ClientPort, Bytes TransportPin);

/// <summary>One site's name for people, and its replicas' addresses in their order.</summary>
public sealed record SiteAddresses(string Name, ValueList<ReplicaAddress> Replicas);

/// <summary>A system: the genesis that all agree on, and where its replicas are. Addresses are not part of the
/// genesis, so that a replica can move.</summary>
public sealed record Topology(Genesis Genesis, ValueList<SiteAddresses> Sites)
{
    public ReplicaAddress this[ReplicaId replica] => Sites[replica.Site.Index].Replicas[replica.Index];
}
