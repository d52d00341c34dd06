namespace Holdfast.Protocol;

/// <summary>How far back a site keeps what others may have missed, and how often it tells its state, for those that come
/// later than that. Part of the protocol: equal at all replicas of a system.</summary>
/// <param name="Entries">Executed entries are kept so long, unless there are too many.</param>
/// <param name="Outbox">What another site has not acknowledged is kept so long.</param>
/// <param name="ToldEvery">So many entries lie between told states at most.</param>
public sealed record Retention(TimeSpan Entries, TimeSpan Outbox, uint ToldEvery)
{
    public static readonly Retention Usual = new(Limits.EntriesRetained, Limits.OutboxKeeps, Limits.StateToldEvery);

    /// <summary>While a replica fetches the state of other sites, so much may lie in its journal behind the state that
    /// it stored. Its own affair: others need not have the same.</summary>
    public long JournalBytes { get; init; } = Limits.JournalKeptBytes;

    /// <summary>Told states are no further apart in GlobalTime, while anything is executed.</summary>
    public TimeSpan ToldAfter => Entries / 2;

    /// <summary>After so long without success another state is fetched: entries above the old one are gone by
    /// then.</summary>
    public TimeSpan WishKept => Entries;
}
