using Holdfast.Node;
using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Clients;

/// <summary>A client with a key and a role that keeps to no rule: it says two things under one number, leaps over
/// numbers, uses sessions and names of others, asks from the future and spoils its frames. What it signed may run; what
/// others see must stay true.</summary>
internal sealed class FaultyClient
{
    private const int DeedsMost = 40;

    private readonly Surroundings _world;
    private readonly Dice _dice;
    private readonly IReplicaSigner _signer;
    private readonly int _client;
    private readonly ReplicaId[] _replicas;
    private GlobalPosition _session;
    private ulong _number;
    private long _operations;

    public FaultyClient(Surroundings world, int client, Dice dice, long until)
    {
        (_world, _client, _dice) = (world, client, dice);
        _signer = world.Keys.ClientSigner(client);
        _replicas = [.. world.Keys.Genesis.Sites.SelectMany((site, index) =>
            Enumerable.Range(0, site.Size.Replicas).Select(replica => new ReplicaId(new SiteId(index), replica)))];
        world.Network.Listen(world.Places.OfClient(client), Receive);
        for (var deed = 0; deed < DeedsMost; deed++)
        {
            world.Time.At(dice.Between(0, until), Act);
        }
    }

    private Bytes Key => _world.Keys.ClientKey(_client);

    private Digest Cluster => _world.Keys.Genesis.Cluster;

    private void Act()
    {
        foreach (var replica in _replicas.Where(_ => _dice.OneIn(3)))
        {
            Greet(replica);
        }

        switch (_dice.Below(8))
        {
            case 0:
                var opening = new Operation(OperationKind.OpenSession, _dice.Bytes(8));
                ToAll(Sign(RequestOf(0, 1, opening) with { Session = default }));
                break;
            case 1:
                SayTwoThings();
                break;
            case 2:
                _number += (ulong)_dice.Below(2_000);
                ToAll(Sign(RequestOf(_number, _number + 1, Write())));
                _number++;
                break;
            case 3:
                var somebodys = new GlobalPosition(new(1 + (ulong)_dice.Below(9)), 0);
                ToAll(Sign(RequestOf(0, 1 + (ulong)_dice.Below(20), Write()) with { Session = somebodys }));
                break;
            case 4:
                // Under another client's name: nobody may take it.
                var stranger = new Operation(OperationKind.Application, Registers.Write(0, Unique()));
                ToAll(Sign(RequestOf(0, 1, stranger) with { Client = _world.Keys.ClientKey(_dice.Below(_client)) }));
                break;
            case 5:
                AskFromTheFuture();
                break;
            case 6:
                ToAll(Sign(RequestOf(_number, ++_number, MayRun(_dice.Bytes(_dice.Below(40))))));
                break;
            default:
                Spoil(Sign(RequestOf(_number, ++_number, Write())));
                break;
        }
    }

    /// <summary>One number, two operations, each to one half; and one of them again with a number more.</summary>
    private void SayTwoThings()
    {
        var (one, other, number) = (Write(), Write(), ++_number);
        var (first, second) = (Sign(RequestOf(0, number, one)), Sign(RequestOf(0, number, other)));
        foreach (var replica in _replicas)
        {
            Send(replica, new Request(replica.Index % 2 == 0 ? first : second).Encode());
        }

        ToAll(Sign(RequestOf(0, number, other, Write())));
        _number++;
    }

    private void AskFromTheFuture()
    {
        var query = new Operation(OperationKind.Application, Registers.Read(_dice.Below(Registers.Count), Unique()));
        var floor = new GlobalSequence(_dice.OneIn(2) ? ulong.MaxValue : 1_000_000);
        var level = _dice.OneIn(2) ? RequestLevel.Ordered : RequestLevel.Global;
        ToAll(Sign(RequestOf(0, ++_number, query) with { Level = level, Floor = floor }));
        foreach (var replica in _replicas)
        {
            Send(replica, new LocalQuery(_number, query.Body, floor).Encode());
        }
    }

    private void Spoil(ClientRequest request)
    {
        foreach (var replica in _replicas)
        {
            var bytes = new Request(request).Encode().ToArray();
            bytes[_dice.Below(bytes.Length)] ^= (byte)(1 << _dice.Below(8));
            Send(replica, new Bytes(_dice.OneIn(3) ? bytes[.._dice.Below(bytes.Length)] : bytes));
        }
    }

    private Operation Write() => MayRun(Registers.Write(_dice.Below(Registers.Count), Unique()));

    private Operation MayRun(Bytes body)
    {
        _world.Judge.Clients.Signed(body, _world.Time.Now);
        return new(OperationKind.Application, body);
    }

    private long Unique() => ((long)(_client + 1) << 32) + ++_operations;

    private ClientRequest RequestOf(ulong doneUpTo, ulong number, params Operation[] operations) => new(
        Key,
        _session,
        number,
        doneUpTo,
        RequestLevel.Update,
        _dice.OneIn(4),
        Timestamp.Never,
        Floor: default,
        ValueList.From(operations),
        Bytes.Empty);

    private ClientRequest Sign(ClientRequest request) =>
        request with { Signature = _signer.Sign(request.SigningBytes(Cluster).Span) };

    private void ToAll(ClientRequest request)
    {
        var frame = new Request(request).Encode();
        foreach (var replica in _replicas)
        {
            Send(replica, frame);
        }
    }

    private void Greet(ReplicaId replica)
    {
        var signed = ClientHello.SigningBytes(Cluster, replica, default, default);
        Send(replica, new ClientHello(Key, _signer.Sign(signed.Span)).Encode());
    }

    private void Send(ReplicaId replica, Bytes frame) => _world.Network.Send(
        _world.Places.OfClient(_client), _world.Places.Of(replica), frame, _world.Time.Now);

    private void Receive(int from, Bytes frame)
    {
        if (ClientFrames.Decode(frame.Span) is Reply { Body.Results: [{ Outcome: Outcome.Committed } result] }
            && result.Position.Place == 0
            && _session == default)
        {
            (_session, _number) = (result.Position, 0);
        }
    }
}
