using Holdfast.Node;
using Holdfast.Protocol.Messages;
using Holdfast.Simulation.Adversaries;

namespace Holdfast.Simulation.Clients;

/// <summary>Where clients come in at one life of a replica: the first frame proves which client it is, local queries
/// are answered beside the order, and the rest waits for a turn of the pump.</summary>
internal sealed class VirtualClientPort(
    Surroundings world, ReplicaId self, Gate gate, Admission admission, IReplicaNetwork road)
{
    private readonly SortedSet<Bytes> _known = [];
    private readonly RequestEntry _entry = new(world.Keys.Genesis.Cluster, self, gate, admission);

    /// <summary>What a client's frame asks of the pump; null if it asks nothing more, or was refused.</summary>
    public Input? Take(Bytes client, Bytes frame, Pump pump, Instant now)
    {
        switch (ClientFrames.Decode(frame.Span))
        {
            case ClientHello hello:
                Welcome(client, hello, pump);
                return null;
            case null:
                return Refuse(client, Rejection.Malformed, pump);
            case { } when !_known.Contains(client):
                return Refuse(client, Rejection.UnknownSender, pump);
            case Request(var body):
                return road is Adversary adversary && !adversary.LetsIn(body) ? null : Take(client, body, pump, now);
            case ResendReply resend:
                return new Input.ReplyWanted(client, resend.RequestDigest);
            case LocalQuery query:
                var shown = (road as Adversary)?.Shows(pump.Published) ?? pump.Published;
                road.ToClient(client, shown.Answer(client, query, now).Encode());
                return null;
            default:
                return Refuse(client, Rejection.UnknownKind, pump);
        }
    }

    /// <summary>So long the client's connection is not read any more.</summary>
    public TimeSpan RestOf(Bytes client, Instant now) => admission.RestOf(client, now);

    private Input? Take(Bytes client, ClientRequest request, Pump pump, Instant now)
    {
        var entered = _entry.Take(client, request, pump.Status, now);
        if (entered.Reason != Rejection.None)
        {
            pump.Counters.Refused(entered.Reason);
            world.Trace($"{self} refuses what a client sends: {entered.Reason}");
        }

        if (entered.Answer is { } answer)
        {
            road.ToClient(client, answer.Encode());
        }

        return entered.Input;
    }

    private void Welcome(Bytes client, ClientHello hello, Pump pump)
    {
        var cluster = world.Keys.Genesis.Cluster;
        var signed = ClientHello.SigningBytes(cluster, self, default, default);
        var refusal = hello.Client != client
            || !world.Keys.Verifier.Verify(client.Span, signed.Span, hello.Signature.Span) ? Rejection.BadSignature
            : pump.Published.Snapshot.RolesOf(client) == Roles.None ? Rejection.UnknownClient
            : Rejection.None;
        if (refusal != Rejection.None)
        {
            Refuse(client, refusal, pump);
            return;
        }

        _known.Add(client);
        road.ToClient(client, new HelloAnswer(cluster, pump.Status.View).Encode());
    }

    private Input? Refuse(Bytes client, Rejection reason, Pump pump)
    {
        pump.Counters.Refused(reason);
        world.Trace($"{self} refuses what a client sends: {reason}");
        road.ToClient(client, new Refused(reason).Encode());
        return null;
    }
}
