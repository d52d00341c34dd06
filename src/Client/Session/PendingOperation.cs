using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Client;

/// <summary>One operation of the application, from when it is wanted until its outcome is told.</summary>
internal sealed class PendingOperation(
    ulong ticket, Operation operation, QueryLevel? level, bool receiptWanted, Timestamp notAfter, Instant deadline)
{
    public ulong Ticket => ticket;

    public Operation Operation => operation;

    /// <summary>Null for an update. A local query that finds no agreement becomes an ordered one.</summary>
    public QueryLevel? Level { get; set; } = level;

    public bool ReceiptWanted => receiptWanted;

    public Timestamp NotAfter => notAfter;

    public Instant Deadline => deadline;

    /// <summary>Has left this client at least once: it may be executed, whatever is known here.</summary>
    public bool WasSent { get; set; }

    public bool IsFinished { get; set; }

    /// <summary>Told by f + 1, and held back because the receipt that was wanted is not here yet.</summary>
    public ClientOutcome? Decided { get; set; }

    /// <summary>Queries can be asked again under another number: they change nothing.</summary>
    public bool IsQuery => Level is not null;
}
