using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Client;

/// <summary>Everything that can happen to a client's session.</summary>
internal abstract record ClientInput
{
    private ClientInput()
    {
    }

    /// <summary>The application wants an update.</summary>
    /// <param name="Ticket">The caller's name for it, not used before; its outcome names it.</param>
    /// <param name="NotAfter">The GlobalTime after which it must not run; <see cref="Timestamp.Never"/> for
    /// none.</param>
    /// <param name="Deadline">How long the application waits; <see cref="Instant.Never"/> for ever.</param>
    public sealed record Update(
        ulong Ticket, Operation Operation, bool ReceiptWanted, Timestamp NotAfter, Instant Deadline) : ClientInput;

    /// <summary>The application wants an answer.</summary>
    public sealed record Query(ulong Ticket, Bytes Body, QueryLevel Level, bool ReceiptWanted, Instant Deadline)
        : ClientInput;

    /// <summary>The application does not wait for this one any more.</summary>
    public sealed record Cancel(ulong Ticket) : ClientInput;

    /// <summary>Greeted by a replica of this key; it says that this is its site's view.</summary>
    public sealed record Connected(ReplicaId Replica, SiteView View) : ClientInput;

    public sealed record Disconnected(ReplicaId Replica) : ClientInput;

    /// <summary>A frame from a replica, known by its connection.</summary>
    public sealed record Received(ReplicaId Replica, ClientFrame Frame) : ClientInput;

    /// <summary>The passing of time.</summary>
    public sealed record Tick : ClientInput;

    /// <summary>Nothing is wanted any more; what waits ends now.</summary>
    public sealed record Close : ClientInput;
}

/// <summary>Everything that a client's session can ask of the world.</summary>
internal abstract record ClientEffect
{
    private ClientEffect()
    {
    }

    /// <summary>Send this to a replica that is connected.</summary>
    public sealed record Send(ReplicaId Replica, ClientFrame Frame) : ClientEffect;

    /// <summary>Connect to the replicas of this site too; said once for each site but the first of the preference,
    /// which is connected from the start.</summary>
    public sealed record Reach(SiteId Site) : ClientEffect;

    /// <summary>Once for each ticket.</summary>
    public sealed record Complete(ulong Ticket, ClientOutcome Outcome) : ClientEffect;

    /// <summary>A replica sent something that does not count, by name.</summary>
    public sealed record Reject(ReplicaId Replica, Rejection Reason) : ClientEffect;
}
