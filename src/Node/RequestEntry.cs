using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Node;

/// <summary>What became of a client's request on its way in.</summary>
/// <param name="Input">For the pump; null if the request was refused.</param>
/// <param name="Reason">None if it was not.</param>
/// <param name="RestFor">So long nothing more is taken from the client.</param>
/// <param name="Answer">What the client is told; null if nothing.</param>
public readonly record struct Entered(Input? Input, Rejection Reason, TimeSpan RestFor, ClientFrame? Answer);

/// <summary>The way of a client's request to the pump: through the door, where what is too much costs next to nothing, and
/// then through the gate, which looks at signatures. Any thread may use it.</summary>
public sealed class RequestEntry(Digest cluster, ReplicaId self, Gate gate, Admission door)
{
    /// <param name="client">Whose connection it came by.</param>
    public Entered Take(Bytes client, ClientRequest request, ReplicaStatus status, Instant now)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(status);
        if (request.Client != client)
        {
            return Refuse(Rejection.UnknownSender);
        }

        var digest = request.RequestDigest(cluster);
        var (reason, rest, isTold) = door.Admit(request, digest, status.Primary == self.Index, now);
        if (reason != Rejection.None)
        {
            return new(Input: null, reason, rest, isTold ? NotTaken(request, digest, status) : null);
        }

        reason = gate.AdmitFromClient(client, request.Encoded.Span, out var input);
        if (reason != Rejection.None)
        {
            door.TurnAway(request, digest, now);
            return Refuse(reason);
        }

        return new(input, Rejection.None, TimeSpan.Zero, Answer: null);
    }

    /// <summary>It came through, and there is no room for it before the pump.</summary>
    public Entered TurnAway(ClientRequest request, Rejection reason, ReplicaStatus status, Instant now)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(status);
        var digest = request.RequestDigest(cluster);
        door.TurnAway(request, digest, now);
        return new(Input: null, reason, TimeSpan.Zero, NotTaken(request, digest, status));
    }

    private static Entered Refuse(Rejection reason) => new(Input: null, reason, TimeSpan.Zero, new Refused(reason));

    /// <summary>Told in a reply, so that the client knows which request it is, and goes to another replica or
    /// waits.</summary>
    private static Reply NotTaken(ClientRequest request, Digest digest, ReplicaStatus status)
    {
        var reply = ClientReply.Refuse(request, digest, Outcome.NotTaken, RefusedBecause.Overloaded);
        return new(status.View, AgeMicroseconds: 0, reply);
    }
}
