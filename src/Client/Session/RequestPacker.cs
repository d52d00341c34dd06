using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Client;

/// <summary>The operations of one level that have not left yet, and how they are put together into requests.</summary>
internal sealed class RequestPacker(RequestLevel level, SessionState state)
{
    /// <summary>What a request has besides its operations, with room to spare.</summary>
    private const int FrameBytes = 512;

    private const int OperationFrameBytes = 8;

    private readonly Queue<PendingOperation> _waiting = new();

    /// <summary>Nothing of this level may leave without an open session.</summary>
    public bool NeedsSession { get; set; } = level == RequestLevel.Update;

    public bool WantsSession => NeedsSession && _waiting.Any(operation => !operation.IsFinished);

    public void Add(PendingOperation operation) => _waiting.Enqueue(operation);

    /// <summary>All that waits, and nothing waits any more.</summary>
    public PendingOperation[] TakeAll()
    {
        PendingOperation[] taken = [.. _waiting];
        _waiting.Clear();
        return taken;
    }

    /// <summary>The next request, of as many operations as go together; null if nothing can leave.</summary>
    public OutgoingRequest? Next()
    {
        var session = state.Session is { IsOver: false } open ? open : null;
        var room = level == RequestLevel.Update ? session?.Room ?? 0 : Limits.QueriesPerRequest;
        if (room == 0 || (NeedsSession && session is null) || state.Connections.Choose(0) is null)
        {
            return null;
        }

        var operations = TakeTogether(Math.Min(room, Limits.OperationsPerRequest));
        if (operations.Length == 0)
        {
            return null;
        }

        return level == RequestLevel.Update
            ? Sign(session!, session!.Take(operations.Length), session.DoneUpTo, operations)
            : Sign(session, state.TakeQueryNumbers(operations.Length), doneUpTo: 0, operations);
    }

    /// <summary>A signed request of these operations, under these numbers.</summary>
    /// <param name="session">Null for none.</param>
    public OutgoingRequest Sign(
        SessionNumbers? session, ulong firstNumber, ulong doneUpTo, PendingOperation[] operations)
    {
        var request = state.Sign(new ClientRequest(
            state.Settings.Client,
            session?.Session ?? default,
            firstNumber,
            doneUpTo,
            level,
            operations[0].ReceiptWanted,
            operations[0].NotAfter,
            state.Floor,
            ValueList.From(operations.Select(operation => operation.Operation)),
            Bytes.Empty));
        return new OutgoingRequest(
            request,
            request.RequestDigest(state.Cluster),
            operations,
            level == RequestLevel.Update ? session : null);
    }

    private PendingOperation[] TakeTogether(int countMax)
    {
        var taken = new List<PendingOperation>();
        var bytes = FrameBytes;
        while (taken.Count < countMax && _waiting.TryPeek(out var next))
        {
            if (next.IsFinished)
            {
                _waiting.Dequeue();
                continue;
            }

            bytes += OperationFrameBytes + next.Operation.Body.Length;
            var goesAlong = taken.Count == 0
                || (next.ReceiptWanted == taken[0].ReceiptWanted
                    && next.NotAfter == taken[0].NotAfter
                    && bytes <= Limits.RequestBytes);
            if (!goesAlong)
            {
                break;
            }

            taken.Add(_waiting.Dequeue());
        }

        return [.. taken];
    }
}
