namespace Holdfast.Protocol;

/// <summary>Who asked for an operation and where it stands in the global order: all that an application may know of the
/// world besides its own state.</summary>
/// <param name="Position">Place in the one global order; no two operations have the same.</param>
/// <param name="GlobalTime">The only clock there is. Never goes back; equal at all sites for equal positions.</param>
/// <param name="Client">Public key of the client; empty for what the passing of time does.</param>
public readonly record struct OperationContext(GlobalPosition Position, Timestamp GlobalTime, Bytes Client);

/// <summary>The answer to a query.</summary>
/// <param name="Result">At most <see cref="Limits.ResultBytes"/>.</param>
/// <param name="ChangedAt">The last global sequence that changed anything the query looked at, deletions included. Too
/// high costs time, too low breaks what clients are promised. Null if the application cannot tell.</param>
public readonly record struct QueryAnswer(Bytes Result, GlobalSequence? ChangedAt);

/// <summary>An application that is replicated: a deterministic machine over a state that is given to it.
/// <para>Every replica executes the same operations in the same order and must come to the same state and results. So
/// an implementation reads nothing but its arguments: no clock, no dice, no files, no fields that change, no
/// iteration over unordered collections, no floating point that differs between processors.</para></summary>
public interface IStateMachine
{
    /// <summary>Names the application; at most <see cref="NameLengthMax"/> bytes. Part of the genesis.</summary>
    string Name { get; }

    /// <summary>To be raised whenever the same operation could give another state or result than before. Part of the
    /// genesis and of the state: programs of different versions refuse to work on one state.</summary>
    uint Version { get; }

    const int NameLengthMax = 64;

    /// <summary>Executes one operation and returns its result, at most <see cref="Limits.ResultBytes"/>. An exception,
    /// or a longer result, is a rejection that all replicas share, and leaves the state untouched.</summary>
    Bytes Execute(in OperationContext context, Bytes operation, IState state);

    /// <summary>Answers from one version of the state. Runs beside the ordering of updates, on any thread.</summary>
    QueryAnswer Query(IReadOnlyState state, Bytes query);

    /// <summary>The earliest GlobalTime at which something must happen although nobody asks (a lease runs out); null
    /// for none.</summary>
    Timestamp? NextDeadline(IReadOnlyState state) => null;

    /// <summary>The deadline has passed: called once before the operations of the first entry at or after it. Must move
    /// <see cref="NextDeadline"/> on, if only to do the rest with the next entry.</summary>
    void OnDeadline(in OperationContext context, IState state)
    {
    }
}
