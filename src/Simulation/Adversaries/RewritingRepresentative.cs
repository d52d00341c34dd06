using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>Sends other proposals under the leaves of its site's true ones: the same places, at other
/// times.</summary>
public sealed class RewritingRepresentative(Seat seat) : Adversary(seat)
{
    private static readonly TimeSpan Later = TimeSpan.FromMilliseconds(1);

    public override void ToSite(ReplicaId receiver, Bytes frame) =>
        base.ToSite(receiver, SiteInput.Decode(frame.Span[1..]) is SiteMessage message
            ? Gate.FrameOf(message with { Outputs = ValueList.From(message.Outputs.Select(Rewritten)) })
            : frame);

    private static AttestedOutput Rewritten(AttestedOutput output) =>
        StreamFrame.TryRead(output.Body, out var moreFollows, out var part)
        && !moreFollows
        && StreamBodies.Decode(Bytes.Copy(part)) is Proposal proposal
            ? output with { Body = StreamFrame.Cut((proposal with { Time = proposal.Time + Later }).Encode()).Single() }
            : output;
}
