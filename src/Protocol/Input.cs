using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>Everything that can happen to a replica.</summary>
public abstract record Input
{
    private Input()
    {
    }

    /// <summary>A word of a replica of the own site, admitted by the gate; also the own word, once it is on
    /// disk.</summary>
    public sealed record Heard(Said Said) : Input;

    /// <summary>A word of a replica of another site, known by its channel.</summary>
    public sealed record HeardFar(ReplicaId From, SiteWord Word) : Input;

    /// <summary>An input for the site's order, admitted by the gate: from a client, another site, a peer that hands
    /// it on, or this replica itself.</summary>
    public sealed record Offered(SiteInput Input) : Input;

    /// <summary>A client asks for the reply to a request that this replica has executed and not answered
    /// unasked.</summary>
    public sealed record ReplyWanted(Bytes Client, Digest Request) : Input;

    /// <summary>The row of nonces that was asked for is in memory; these are its points.</summary>
    public sealed record NoncesMade(uint KeyEpoch, uint Incarnation, uint Row, ValueList<NoncePoints> Points) : Input;

    public sealed record ShareMade(SharePlace Place, Digest Response, Digest GroupCommitment) : Input;

    /// <summary>The nonces of this place are gone or not the ones that the machine names; or another member's
    /// commitments are no points.</summary>
    /// <param name="Spoiler">That member.</param>
    public sealed record ShareUnavailable(SharePlace Place, int? Spoiler = null) : Input;

    /// <summary>A group's shares gave this signature; or, empty, none, because of these members.</summary>
    public sealed record Combined(SharePlace Place, Bytes Signature, ValueList<byte> BadMembers) : Input;

    /// <summary>The connection to another replica has ended, as when its process is gone. A hint: it may be back at
    /// once.</summary>
    public sealed record Disconnected(ReplicaId Replica) : Input;

    /// <summary>There is a connection to another replica, the first or again.</summary>
    public sealed record Connected(ReplicaId Replica) : Input;

    /// <summary>A wake-up that was asked for, or just the passing of time.</summary>
    public sealed record Tick : Input;
}
