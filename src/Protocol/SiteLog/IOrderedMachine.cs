using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>Where an input comes from. All but clients have reserved room in pool and batch.</summary>
public enum InputSourceKind : byte
{
    Client = 1,
    Link = 2,
    Row = 3,
    Other = 4,
}

/// <summary>Who shares: the inputs of one source have at most a quarter of a batch while others wait.</summary>
public readonly record struct InputSource(InputSourceKind Kind, Bytes Key) : IComparable<InputSource>
{
    public bool HasReservedRoom => Kind != InputSourceKind.Client;

    public int CompareTo(InputSource other) =>
        Kind == other.Kind ? Key.CompareTo(other.Key) : Kind.CompareTo(other.Kind);
}

/// <summary>What the log asks of the machine that it feeds. The answers depend on the machine's executed state
/// only.</summary>
public interface IOrderedMachine
{
    /// <summary>The agreed time of the last executed batch.</summary>
    Timestamp Time { get; }

    /// <summary>When the machine wants a batch at the latest, an empty one if need be.</summary>
    Timestamp NextDeadline { get; }

    InputStanding Judge(SiteInput input);

    /// <summary>How long an input may wait for others that open a batch, before it opens one itself: zero for an urgent
    /// one. What is urgent now may ride once something else is executed.</summary>
    TimeSpan RidesFor(SiteInput input);

    InputSource Source(SiteInput input);

    /// <summary>The present life of a replica that has come back from a lost disk; null for one that has lost
    /// none.</summary>
    ReplicaLife? LifeOf(int replica);

    /// <summary>The order in which inputs of one source are wanted (link sequence, client number, row).</summary>
    ulong Rank(SiteInput input);
}
