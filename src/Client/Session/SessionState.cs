using System.Buffers.Binary;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Client;

/// <summary>What the parts of a client's session share: who is connected, what has been seen, what is not
/// finished.</summary>
internal sealed class SessionState
{
    private const byte QueriesUse = 3;

    private readonly SortedDictionary<ulong, PendingOperation> _pending = [];
    private Instant _earliestDeadline = Instant.Never;
    private long _bytes;
    private ulong _drawn;
    private ulong _nextQueryNumber;

    public SessionState(ClientSessionSettings settings)
    {
        Settings = settings;
        Cluster = settings.Genesis.Cluster;
        Connections = new Connections(settings.Genesis, settings.Preference);
        _nextQueryNumber = FirstQueryNumber(settings.Seed);
        Reach = new SiteReach(this);
    }

    public ClientSessionSettings Settings { get; }

    public Digest Cluster { get; }

    public Connections Connections { get; }

    public SiteReach Reach { get; }

    /// <summary>Queries that are alike in number, floor and key are one query, and who repeats it gets the first answer again:
    /// programs that share a key must not number alike, whatever their clocks say.</summary>
    /// <returns>At random from the seed, 1 at least, with room for as many more.</returns>
    public static ulong FirstQueryNumber(Bytes seed)
    {
        var writer = new WireWriter();
        writer.Bytes(seed);
        writer.Byte(QueriesUse);
        return (BinaryPrimitives.ReadUInt64BigEndian(Digest.Of(writer).ToBytes().Span) >> 1) | 1;
    }

    /// <summary>What this client has seen: an answer from before it does not count.</summary>
    public GlobalSequence Floor { get; private set; }

    /// <summary>The open session; null before the first, and between two.</summary>
    public SessionNumbers? Session { get; set; }

    public bool IsClosed { get; set; }

    public bool HasPending => _pending.Count > 0;

    /// <summary>No deadline passes before this.</summary>
    public Instant NextDeadline => _pending.Count == 0 ? Instant.Never : _earliestDeadline;

    public void RaiseFloor(GlobalSequence seen) => Floor = seen > Floor ? seen : Floor;

    /// <summary>Keeps an operation until its outcome is told; refuses it, for good, where there is no room.</summary>
    public bool TryAdmit(PendingOperation operation, ClientEffects effects)
    {
        var length = operation.Operation.Body.Length;
        var reason = IsClosed ? ClientReason.Closed
            : length > Limits.OperationBytes ? ClientReason.TooLarge
            : _pending.Count >= Settings.OperationsMax || _bytes + length > Settings.BytesMax ? ClientReason.QueueFull
            : ClientReason.None;
        if (reason != ClientReason.None)
        {
            operation.IsFinished = true;
            effects.Complete(operation.Ticket, ClientOutcome.Of(Outcome.Rejected, reason, RefusedBecause.None));
            return false;
        }

        _pending.Add(operation.Ticket, operation);
        _bytes += length;
        _earliestDeadline = operation.Deadline < _earliestDeadline ? operation.Deadline : _earliestDeadline;
        return true;
    }

    public void Finish(PendingOperation operation, ClientOutcome outcome, ClientEffects effects)
    {
        if (!operation.IsFinished)
        {
            operation.IsFinished = true;
            _pending.Remove(operation.Ticket);
            _bytes -= operation.Operation.Body.Length;
            effects.Complete(operation.Ticket, outcome);
        }
    }

    /// <summary>The application stops waiting. What has left may still be executed; what has not never will
    /// be.</summary>
    public void Abandon(PendingOperation operation, ClientReason reason, ClientEffects effects) => Finish(
        operation,
        operation.Decided ?? ClientOutcome.Of(
            operation.WasSent ? Outcome.Unknown : Outcome.Rejected, reason, RefusedBecause.None),
        effects);

    public void Abandon(ulong ticket, ClientReason reason, ClientEffects effects)
    {
        if (_pending.TryGetValue(ticket, out var operation))
        {
            Abandon(operation, reason, effects);
        }
    }

    public void AbandonAll(ClientReason reason, ClientEffects effects)
    {
        foreach (var operation in _pending.Values.ToArray())
        {
            Abandon(operation, reason, effects);
        }
    }

    public void AbandonLate(Instant now, ClientEffects effects)
    {
        if (now < NextDeadline)
        {
            return;
        }

        foreach (var operation in _pending.Values.Where(operation => operation.Deadline <= now).ToArray())
        {
            Abandon(operation, ClientReason.DeadlinePassed, effects);
        }

        _earliestDeadline = _pending.Count == 0 ? Instant.Never : _pending.Values.Min(operation => operation.Deadline);
    }

    /// <summary>Between this time and half as long again: those whom one cut parted do not come back in step.</summary>
    public TimeSpan WithJitter(TimeSpan time) => time + (time * 0.5 * (Draw(0) % 1024) / 1024);

    /// <summary>Bytes that are used once: two requests that open a session are never the same.</summary>
    public Bytes DrawNonce()
    {
        var nonce = new byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(nonce, Draw(1));
        BinaryPrimitives.WriteUInt64BigEndian(nonce.AsSpan(8), Draw(2));
        return new Bytes(nonce);
    }

    public ulong TakeQueryNumbers(int count)
    {
        var first = _nextQueryNumber;
        _nextQueryNumber += (ulong)count;
        return first;
    }

    public ClientRequest Sign(ClientRequest unsigned) =>
        unsigned with { Signature = Settings.Sign(unsigned.SigningBytes(Cluster)) };

    private ulong Draw(byte use)
    {
        var writer = new WireWriter();
        writer.Bytes(Settings.Seed);
        writer.UInt64(_drawn++);
        writer.Byte(use);
        return BinaryPrimitives.ReadUInt64BigEndian(Digest.Of(writer).ToBytes().Span);
    }
}
