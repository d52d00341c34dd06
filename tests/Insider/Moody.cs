using Holdfast.Node;
using Holdfast.Protocol;

namespace Holdfast.Insider;

/// <summary>The true network, or the adversary's.</summary>
internal sealed class MoodyNetwork(Mood mood, IReplicaNetwork good) : IReplicaNetwork
{
    private IReplicaNetwork Now => mood.Guise?.Network ?? good;

    public void ToPeer(int replica, Bytes frame) => Now.ToPeer(replica, frame);

    public void ToSite(ReplicaId receiver, Bytes frame) => Now.ToSite(receiver, frame);

    public void ToClient(Bytes client, Bytes frame) => Now.ToClient(client, frame);

    public void Depart() => Now.Depart();
}

/// <summary>The true share and nonces, or what the adversary makes of them.</summary>
internal sealed class MoodyShares(Mood mood, IShareSigner good) : IShareSigner
{
    private IShareSigner Now => mood.Guise?.Shares ?? good;

    public Input? MakeNonces(Effect.MakeNonces wish) => Now.MakeNonces(wish);

    public Input SignShare(Effect.SignShare wish) => Now.SignShare(wish);

    public Input.Combined Combine(Effect.Combine wish) => Now.Combine(wish);
}
