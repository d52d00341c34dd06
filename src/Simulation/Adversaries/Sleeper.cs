using Holdfast.Node;
using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>A correct replica until it is woken, and then another adversary.</summary>
internal sealed class Sleeper(Seat seat, Adversary inner, Func<bool> isAwake) : Adversary(seat)
{
    public override IShareSigner Around(IShareSigner shares) => new SleepersShares(isAwake, shares, inner.Around(shares));

    public override PublishedState Shows(PublishedState published) => isAwake() ? inner.Shows(published) : published;

    public override bool LetsIn(ClientRequest request) => !isAwake() || inner.LetsIn(request);

    public override void Hears(Bytes frame) => inner.Hears(frame);

    public override void ToPeer(int replica, Bytes frame)
    {
        if (isAwake())
        {
            inner.ToPeer(replica, frame);
        }
        else
        {
            base.ToPeer(replica, frame);
        }
    }

    public override void ToSite(ReplicaId receiver, Bytes frame)
    {
        if (isAwake())
        {
            inner.ToSite(receiver, frame);
        }
        else
        {
            base.ToSite(receiver, frame);
        }
    }

    public override void ToClient(Bytes client, Bytes frame)
    {
        if (isAwake())
        {
            inner.ToClient(client, frame);
        }
        else
        {
            base.ToClient(client, frame);
        }
    }

    private sealed class SleepersShares(Func<bool> isAwake, IShareSigner good, IShareSigner bad) : IShareSigner
    {
        private IShareSigner Now => isAwake() ? bad : good;

        public Input? MakeNonces(Effect.MakeNonces wish) => Now.MakeNonces(wish);

        public Input SignShare(Effect.SignShare wish) => Now.SignShare(wish);

        public Input.Combined Combine(Effect.Combine wish) => Now.Combine(wish);
    }
}
