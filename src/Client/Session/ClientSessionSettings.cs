using Holdfast.Protocol;

namespace Holdfast.Client;

/// <summary>All that a client's session must know when it begins. It reads no clock and throws no dice: both come from
/// here and from its inputs.</summary>
internal sealed record ClientSessionSettings
{
    public required Genesis Genesis { get; init; }

    /// <summary>The sites to talk to, the own one first; others are asked when it is cut off or does not
    /// take.</summary>
    public required ValueList<SiteId> Preference { get; init; }

    /// <summary>The client's Ed25519 public key.</summary>
    public required Bytes Client { get; init; }

    /// <summary>Signs under the client's key: 64 bytes.</summary>
    public required Func<Bytes, Bytes> Sign { get; init; }

    public required IVerifier Verifier { get; init; }

    /// <summary>32 random bytes, other ones for each life of the client: two sessions are never opened alike, and no two
    /// queries have one number.</summary>
    public required Bytes Seed { get; init; }

    /// <summary>This client's wall clock at instant zero: how long the request that opens a session may wait is counted
    /// by it.</summary>
    public required Timestamp ClockZero { get; init; }

    /// <summary>Signed requests of one level that may be out at the same time. Operations gather while they
    /// are.</summary>
    public int RequestsInFlight { get; init; } = 4;

    /// <summary>Local queries that may be out at the same time.</summary>
    public int LocalQueriesInFlight { get; init; } = 256;

    /// <summary>Operations not finished, of all kinds; one more is refused.</summary>
    public int OperationsMax { get; init; } = 4096;

    /// <summary>Bytes of these.</summary>
    public long BytesMax { get; init; } = 32 * 1024 * 1024;

    /// <summary>A request unanswered for half of the bound goes to all replicas of the site, for the whole bound to the
    /// next site. The bound is four times the usual time, within these limits.</summary>
    public TimeSpan BoundMin { get; init; } = TimeSpan.FromMilliseconds(400);

    public TimeSpan BoundMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After the first reply so long, the replicas that do not reply unasked are asked; then twice as
    /// long.</summary>
    public TimeSpan AskOthersAfter { get; init; } = TimeSpan.FromMilliseconds(15);

    /// <summary>One try of a local query.</summary>
    public TimeSpan LocalBound { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>What was refused for want of room is not sent again sooner, even if others have been answered: replicas take
    /// what comes again much sooner for a flood.</summary>
    public TimeSpan RoomAgainAfter { get; init; } = TimeSpan.FromMilliseconds(150);

    /// <summary>After a refusal so long, doubled with each further one up to the bound's limit.</summary>
    public TimeSpan BackOffMin { get; init; } = TimeSpan.FromMilliseconds(50);
}
