using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>A query of a client that waits inside the machine, and until when.</summary>
/// <param name="Round">The read number that it waits for; 0 for a query that waits for its floor alone.</param>
/// <param name="Target">Once a majority has echoed: what must be executed before it is answered. Fixed then, because
/// the ends of logs rise all the time.</param>
/// <param name="View">The installed view in which the target counts.</param>
internal sealed record WaitingQuery(
    ClientRequest Request, Timestamp Until, ulong Round = 0, GlobalSequence? Target = null, GlobalView View = default)
{
    public void Write(WireWriter writer)
    {
        writer.Bytes(Request.Encoded);
        writer.Time(Until);
        writer.UInt64(Round);
        writer.Boolean(Target is not null);
        writer.Sequence(Target ?? default);
        writer.View(View);
    }

    public static WaitingQuery Read(ref WireReader reader)
    {
        var request = SiteInput.Decode(reader.Bytes(Limits.RequestBytes).Span) as ClientRequest;
        Invariant.Holds(request is not null, "M1");
        var (until, round, hasTarget) = (reader.Time(), reader.UInt64(), reader.Boolean());
        var target = reader.GlobalSequence();
        return new(request, until, round, hasTarget ? target : null, reader.GlobalView());
    }
}
