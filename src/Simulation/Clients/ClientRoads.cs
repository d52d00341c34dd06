using Holdfast.Client;
using Holdfast.Node;
using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Clients;

/// <summary>A client's connections: it greets the replicas of the sites that are wanted until they greet back, and then
/// from time to time, so that it learns which of them cannot be reached any more.</summary>
/// <param name="place">Where it sits in the network.</param>
internal sealed class ClientRoads(
    Surroundings world, int place, IReplicaSigner signer, Dice dice, Action<ClientInput> step)
{
    private const long GreetAgainAfter = 300_000;
    private const long AliveAfter = 700_000;
    private const long GoneAfter = 2_200_000;

    private readonly SortedDictionary<ReplicaId, Road> _roads = [];
    private bool _isClosed;

    /// <summary>Begins to connect to all replicas of a site.</summary>
    public void Reach(SiteId site)
    {
        for (var index = 0; index < world.Keys.Genesis[site].Size.Replicas; index++)
        {
            var replica = new ReplicaId(site, index);
            if (_roads.TryAdd(replica, new Road(HelloTo(replica))))
            {
                Greet(replica);
            }
        }
    }

    /// <summary>To a replica that is connected; otherwise it is lost, as with any connection that has ended.</summary>
    public void Send(ReplicaId replica, ClientFrame frame)
    {
        if (_roads.TryGetValue(replica, out var road) && road.IsOpen)
        {
            Carry(replica, frame.Encode());
        }
    }

    public void Receive(int from, Bytes frame)
    {
        if (world.Places.ReplicaAt(from) is not { } replica
            || !_roads.TryGetValue(replica, out var road)
            || ClientFrames.Decode(frame.Span) is not { } heard)
        {
            return;
        }

        road.HeardAt = world.Time.Now;
        switch (heard)
        {
            case HelloAnswer answer when !road.IsOpen && answer.Cluster == world.Keys.Genesis.Cluster:
                road.IsOpen = true;
                step(new ClientInput.Connected(replica, answer.View));
                break;
            case Refused { Reason: Rejection.UnknownSender }:
                // The replica has started anew and does not know this connection.
                End(replica, road);
                Carry(replica, road.Hello);
                break;
            case { } when road.IsOpen:
                step(new ClientInput.Received(replica, heard));
                break;
        }
    }

    public void Close() => _isClosed = true;

    private void Greet(ReplicaId replica)
    {
        if (_isClosed)
        {
            return;
        }

        var road = _roads[replica];
        if (world.Time.Now - road.HeardAt > GoneAfter)
        {
            End(replica, road);
        }

        Carry(replica, road.Hello);
        var pause = road.IsOpen ? AliveAfter : GreetAgainAfter;
        world.Time.After(pause + dice.Between(0, pause / 2), () => Greet(replica));
    }

    private void End(ReplicaId replica, Road road)
    {
        if (road.IsOpen)
        {
            road.IsOpen = false;
            step(new ClientInput.Disconnected(replica));
        }
    }

    private void Carry(ReplicaId replica, Bytes frame) => world.Network.Send(
        place, world.Places.Of(replica), frame, world.Time.Now);

    /// <summary>No transport keys here: the network itself knows who speaks.</summary>
    private Bytes HelloTo(ReplicaId replica)
    {
        var signed = ClientHello.SigningBytes(world.Keys.Genesis.Cluster, replica, default, default);
        return new ClientHello(world.Places.ClientAt(place), signer.Sign(signed.Span)).Encode();
    }

    /// <summary>The way to one replica.</summary>
    private sealed class Road(Bytes hello)
    {
        public Bytes Hello => hello;

        public bool IsOpen { get; set; }

        public long HeardAt { get; set; }
    }
}
