using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>An input that this replica holds until its own machine has consumed it or made it obsolete.</summary>
public sealed class PooledInput(SiteInput input, InputSource source, ulong rank, ulong arrival, Instant arrivedAt)
{
    public SiteInput Input => input;

    public InputSource Source => source;

    public ulong Rank => rank;

    /// <summary>Counts arrivals at this replica.</summary>
    public ulong Arrival => arrival;

    public Instant ArrivedAt => arrivedAt;

    public int Bytes => input.Encoded.Length;

    /// <summary>Batches full of client inputs that were ahead of it: its turn cannot have come before them.</summary>
    public int BatchesAhead { get; init; }

    /// <summary>Offered in the own current view, as primary, and not executed yet.</summary>
    public bool IsInFlight { get; set; }

    /// <summary>Since when the machine would consume it; null while it is early.</summary>
    public Instant? WatchedSince { get; set; }

    public bool IsHandedToAll { get; set; }

    /// <summary>When this replica first told the primary of this view of it: before that nobody can be blamed.</summary>
    public Instant? ToldAt { get; set; }

    public bool IsOverdue { get; set; }

    /// <summary>The executions of this pool's machine when it was judged early; null if it was not.</summary>
    public ulong? EarlyAt { get; set; }

    /// <summary>A batch has brought it to the machine, which took not all of it.</summary>
    public bool WasSkipped { get; set; }

    /// <summary>When to look at it again; its place in the watch.</summary>
    public Instant LookAt { get; set; }
}
