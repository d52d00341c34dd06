using Holdfast.Node;
using Holdfast.Protocol;
using Holdfast.Simulation.Adversaries;

namespace Holdfast.Insider;

/// <summary>What is at work instead of the true network and shares, with a tally of what it does.</summary>
internal sealed record Guise(IReplicaNetwork Network, IShareSigner Shares, Tally Tally)
{
    /// <param name="seat">With the true network and the true clock in it.</param>
    public static Guise Of(string adversary, Seat seat, IShareSigner shares)
    {
        var tally = new Tally();
        var watched = Adversary.Create(adversary, seat with
        {
            Network = new Outside(seat.Network),
            Later = (delay, deed) =>
            {
                Tally.OnLater();
                seat.Later(delay, deed);
            },
        });
        var truth = new TrueShares(shares);
        return new(new Inner(watched, tally), new TalliedShares(watched.Around(truth), truth, tally), tally);
    }

    /// <summary>Where the replica's frames come in.</summary>
    private sealed class Inner(IReplicaNetwork adversary, Tally tally) : IReplicaNetwork
    {
        public void ToPeer(int replica, Bytes frame) =>
            tally.Weigh(replica, frame, () => adversary.ToPeer(replica, frame));

        public void ToSite(ReplicaId receiver, Bytes frame) =>
            tally.Weigh(receiver, frame, () => adversary.ToSite(receiver, frame));

        public void ToClient(Bytes client, Bytes frame) =>
            tally.Weigh(client, frame, () => adversary.ToClient(client, frame));

        public void Depart() => adversary.Depart();
    }

    /// <summary>Where the adversary's frames go out.</summary>
    private sealed class Outside(IReplicaNetwork network) : IReplicaNetwork
    {
        public void ToPeer(int replica, Bytes frame)
        {
            Tally.OnOut(replica, frame);
            network.ToPeer(replica, frame);
        }

        public void ToSite(ReplicaId receiver, Bytes frame)
        {
            Tally.OnOut(receiver, frame);
            network.ToSite(receiver, frame);
        }

        public void ToClient(Bytes client, Bytes frame)
        {
            Tally.OnOut(client, frame);
            network.ToClient(client, frame);
        }

        public void Depart() => network.Depart();
    }

    /// <summary>The true shares, and what they said last; null if they were not asked.</summary>
    private sealed class TrueShares(IShareSigner shares) : IShareSigner
    {
        public object? Last { get; set; }

        public Input? MakeNonces(Effect.MakeNonces wish)
        {
            var made = shares.MakeNonces(wish);
            Last = made;
            return made;
        }

        public Input SignShare(Effect.SignShare wish)
        {
            var made = shares.SignShare(wish);
            Last = made;
            return made;
        }

        public Input.Combined Combine(Effect.Combine wish)
        {
            var made = shares.Combine(wish);
            Last = made;
            return made;
        }
    }

    private sealed class TalliedShares(IShareSigner adversary, TrueShares truth, Tally tally) : IShareSigner
    {
        public Input? MakeNonces(Effect.MakeNonces wish) => Weighed(() => adversary.MakeNonces(wish));

        public Input SignShare(Effect.SignShare wish) => Weighed(() => adversary.SignShare(wish));

        public Input.Combined Combine(Effect.Combine wish) => Weighed(() => adversary.Combine(wish));

        private T Weighed<T>(Func<T> ask)
        {
            truth.Last = null;
            var told = ask();
            tally.OnShares(truth.Last, told);
            return told;
        }
    }
}
