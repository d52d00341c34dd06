using Holdfast.Node;
using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Costs;

/// <summary>Real keys with which each replica remembers alone what it has verified, as in processes of their own, and
/// what it really computes is counted.</summary>
internal sealed class CountedKeys(WorldKeys keys) : WorldKeys
{
    private readonly SortedDictionary<ReplicaId, Ed25519Verifier> _verifiers = [];

    public override Genesis Genesis => keys.Genesis;

    public override IVerifier Verifier => keys.Verifier;

    public override IShareVerifier ShareVerifier => keys.ShareVerifier;

    /// <summary>By all replicas so far.</summary>
    public long Verified => _verifiers.Values.Sum(verifier => verifier.Verified);

    public override IVerifier VerifierOf(ReplicaId replica)
    {
        if (!_verifiers.TryGetValue(replica, out var verifier))
        {
            _verifiers[replica] = verifier = new Ed25519Verifier();
        }

        return verifier;
    }

    public override IReplicaSigner SignerOf(ReplicaId replica) => keys.SignerOf(replica);

    public override IShareSigner SharesOf(
        ReplicaId replica, Dice dice, Action<NoncePoints, Bytes, ValueList<GroupMember>>? nonceUsed) =>
        keys.SharesOf(replica, dice, nonceUsed);

    public override IReplicaSigner ClientSigner(int client) => keys.ClientSigner(client);
}
