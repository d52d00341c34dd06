using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Client;

/// <summary>Why an operation ended as it did, where the system itself did not say it.</summary>
public enum ClientReason
{
    /// <summary>The outcome is the system's; its reason, if any, is in <see cref="ClientOutcome.Because"/>.</summary>
    None,

    /// <summary>Too much is waiting in this client already. Never sent.</summary>
    QueueFull,

    /// <summary>Longer than <see cref="Limits.OperationBytes"/>. Never sent.</summary>
    TooLarge,

    /// <summary>The caller does not want to wait any more.</summary>
    Cancelled,

    /// <summary>The caller's deadline has passed.</summary>
    DeadlinePassed,

    /// <summary>The client was closed.</summary>
    Closed,
}

/// <summary>What became of one operation, as a client may believe it: f + 1 replicas of one site said so alike, or a
/// receipt proves it.</summary>
/// <param name="Outcome">For an update <see cref="Outcome.Committed"/>, <see cref="Outcome.Rejected"/> (not executed,
/// and it never will be) or <see cref="Outcome.Unknown"/>. For a query <see cref="Outcome.Answered"/>,
/// <see cref="Outcome.Behind"/> (no site has reached what this client has seen), or as for an update.</param>
/// <param name="Position">Where an update was executed; for a query, the state that it saw.</param>
/// <param name="ChangedAt">For a query, the last global sequence that changed anything it looked at.</param>
public sealed record ClientOutcome(
    Outcome Outcome,
    ClientReason Reason,
    RefusedBecause Because,
    GlobalPosition Position,
    GlobalSequence ChangedAt,
    Bytes Result)
{
    // An answer older than this comes from a site that is cut off: sites in touch hear of one another every
    // second.
    private static readonly TimeSpan CutOffAge = TimeSpan.FromSeconds(5);

    /// <summary>The site that answered; null if none did.</summary>
    public SiteId? Site { get; init; }

    /// <summary>The level at which a query was answered: a local one may have had to be ordered.</summary>
    public QueryLevel? Level { get; init; }

    /// <summary>For a query, how long ago at most the state that it saw was current: when its site was in touch with a
    /// majority of sites; the oldest of those that agreed.</summary>
    public TimeSpan? Age { get; init; }

    /// <summary>The answering site is cut off from a majority of sites: others may know more.</summary>
    public bool IsFromCutOffSite => Age > CutOffAge;

    /// <summary>The proof, if it was wanted and came in time.</summary>
    public Receipt? Receipt { get; init; }

    /// <summary>A replica may say any number.</summary>
    internal static TimeSpan AgeOf(long microseconds) =>
        microseconds < TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMicrosecond
        ? TimeSpan.FromMicroseconds(microseconds)
        : TimeSpan.MaxValue;

    internal static ClientOutcome Of(Outcome outcome, ClientReason reason, RefusedBecause because) =>
        new(outcome, reason, because, default, default, Bytes.Empty);
}
