using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>What other threads may read of a replica: immutable, published anew after each executed batch. Local
/// queries are answered from it, beside the ordering of updates.</summary>
/// <param name="CurrentAt">When this state was current for sure: the sending time of the newest own register version
/// that a majority of sites has seen.</param>
/// <param name="ClockZero">The reference clock at instant zero: added to an instant it gives the reference
/// clock.</param>
public sealed record PublishedState(GlobalSnapshot Snapshot, Timestamp CurrentAt, Timestamp ClockZero)
{
    /// <summary>How old an answer from this state may be, at an instant; never negative.</summary>
    public TimeSpan AgeAt(Instant now) => AgeAt(now, CurrentAt);

    /// <summary>How old an answer may be whose state was current for sure at a time.</summary>
    public TimeSpan AgeAt(Instant now, Timestamp currentAt)
    {
        var age = ClockZero + TimeSpan.FromMicroseconds(now.Microseconds) - currentAt;
        return age < TimeSpan.Zero ? TimeSpan.Zero : age;
    }

    /// <summary>This replica's answer to a local query, or its refusal.</summary>
    public LocalAnswer Answer(Bytes client, LocalQuery query, Instant now)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (Snapshot.Executed < query.Floor)
        {
            return LocalAnswer.Refuse(query.Id, Rejection.EarlySequence);
        }

        var result = Snapshot.Query(client, query.Id, query.Query);
        if (result.Outcome != Outcome.Answered)
        {
            return LocalAnswer.Refuse(query.Id, result.Because switch
            {
                RefusedBecause.NotPermitted => Rejection.UnknownClient,
                RefusedBecause.ResultTooLarge => Rejection.TooLarge,
                _ => Rejection.BadInput,
            });
        }

        return new LocalAnswer(
            query.Id,
            result.Result,
            result.ChangedAt,
            Snapshot.Executed,
            AgeAt(now).Ticks / TimeSpan.TicksPerMicrosecond,
            Rejection.None);
    }
}
