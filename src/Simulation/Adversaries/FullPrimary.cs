using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>Tells each client that there is no room for its request, and orders what others hand on: nobody can show that it had
/// room. As a primary it costs its clients the time until they ask all.</summary>
public sealed class FullPrimary(Seat seat) : Adversary(seat)
{
    private SiteView _view;

    public override bool LetsIn(ClientRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var refusal = ClientReply.Refuse(
            request, request.RequestDigest(Seat.Genesis.Cluster), Outcome.NotTaken, RefusedBecause.Overloaded);
        base.ToClient(request.Client, new Reply(_view, AgeMicroseconds: 0, refusal).Encode());
        return false;
    }

    public override void ToClient(Bytes client, Bytes frame)
    {
        _view = ClientFrames.Decode(frame.Span) switch
        {
            HelloAnswer answer => answer.View,
            Reply reply => reply.View,
            _ => _view,
        };
        base.ToClient(client, frame);
    }
}
