using Holdfast.Node;
using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Clients;

/// <summary>A client with a key and a role that does not keep to the rules. What it signed may run; what others see
/// must stay true, and come in time.</summary>
internal abstract class FaultyClient
{
    /// <summary>What the command line calls them.</summary>
    public static readonly IReadOnlyList<string> Names = ["Lawless", "Flooding", "Shapeless", "Replaying"];

    private const int DeedsMost = 40;

    private readonly IReplicaSigner _signer;
    private long _operations;

    protected FaultyClient(Surroundings world, int self, Dice dice)
    {
        (World, Self, Dice) = (world, self, dice);
        _signer = world.Keys.ClientSigner(self);
        Replicas = [.. world.Keys.Genesis.Sites.SelectMany((site, index) =>
            Enumerable.Range(0, site.Size.Replicas).Select(replica => new ReplicaId(new SiteId(index), replica)))];
        world.Network.Listen(world.Places.OfClient(self), Receive);
    }

    protected Surroundings World { get; }

    protected int Self { get; }

    protected Dice Dice { get; }

    protected IReadOnlyList<ReplicaId> Replicas { get; }

    protected ulong Number { get; set; }

    protected Bytes Key => World.Keys.ClientKey(Self);

    protected GlobalPosition Session { get; private set; }

    private Digest Cluster => World.Keys.Genesis.Cluster;

    /// <summary>A client of that name, at work from now on.</summary>
    public static void Begin(string name, Surroundings world, int self, Dice dice, long until)
    {
        FaultyClient client = name switch
        {
            "Lawless" => new LawlessClient(world, self, dice),
            "Flooding" => new FloodingClient(world, self, dice),
            "Shapeless" => new ShapelessClient(world, self, dice),
            "Replaying" => new ReplayingClient(world, self, dice),
            _ => throw new ArgumentException(
                $"Expected one of {string.Join(", ", Names)}; found '{name}'.", nameof(name)),
        };
        for (var deed = 0; deed < DeedsMost; deed++)
        {
            world.Time.At(dice.Between(0, until), client.ActOnce);
        }
    }

    /// <summary>One deed of many.</summary>
    protected abstract void Act();

    protected void OpenSession()
    {
        var opening = new Operation(OperationKind.OpenSession, Dice.Bytes(8));
        ToAll(Sign(RequestOf(0, 1, opening) with { Session = default }));
    }

    protected Operation Write() => MayRun(Registers.Write(Dice.Below(Registers.Count), Unique()));

    protected Operation MayRun(Bytes body)
    {
        World.Judge.Clients.Signed(body, World.Time.Now);
        return new(OperationKind.Application, body);
    }

    protected long Unique() => ((long)(Self + 1) << 32) + ++_operations;

    protected ClientRequest RequestOf(ulong doneUpTo, ulong number, params Operation[] operations) => new(
        Key,
        Session,
        number,
        doneUpTo,
        RequestLevel.Update,
        Dice.OneIn(4),
        Timestamp.Never,
        Floor: default,
        ValueList.From(operations),
        Bytes.Empty);

    protected ClientRequest Sign(ClientRequest request) =>
        request with { Signature = _signer.Sign(request.SigningBytes(Cluster).Span) };

    protected void ToAll(ClientRequest request) => ToAll(new Request(request).Encode());

    protected void ToAll(Bytes frame)
    {
        foreach (var replica in Replicas)
        {
            Send(replica, frame);
        }
    }

    protected void Send(ReplicaId replica, Bytes frame) => World.Network.Send(
        World.Places.OfClient(Self), World.Places.Of(replica), frame, World.Time.Now);

    private void ActOnce()
    {
        foreach (var replica in Replicas.Where(_ => Dice.OneIn(3)))
        {
            Greet(replica);
        }

        Act();
    }

    protected void Greet(ReplicaId replica)
    {
        var signed = ClientHello.SigningBytes(Cluster, replica, default, default);
        Send(replica, new ClientHello(Key, _signer.Sign(signed.Span)).Encode());
    }

    private void Receive(int from, Bytes frame)
    {
        if (ClientFrames.Decode(frame.Span) is Reply { Body.Results: [{ Outcome: Outcome.Committed } result] }
            && result.Position.Place == 0
            && Session == default)
        {
            (Session, Number) = (result.Position, 0);
        }
    }
}
