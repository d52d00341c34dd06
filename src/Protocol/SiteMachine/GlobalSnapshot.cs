using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>The global part of the state after one entry. Immutable, so queries run on any thread beside the ordering
/// of updates.</summary>
public sealed class GlobalSnapshot
{
    private readonly IStateMachine _machine;

    internal GlobalSnapshot(MapSnapshot map, GlobalSequence executed, Timestamp globalTime, IStateMachine machine)
    {
        (Map, Executed, GlobalTime, _machine) = (map, executed, globalTime, machine);
    }

    public MapSnapshot Map { get; }

    /// <summary>The last entry that this state includes.</summary>
    public GlobalSequence Executed { get; }

    public Timestamp GlobalTime { get; }

    /// <summary>Equal at all sites for equal <see cref="Executed"/>; computed when first asked for.</summary>
    public Digest Digest => Map.Digest;

    public Roles RolesOf(Bytes client) => Known(client).Roles;

    /// <summary>Answers a client's query, whatever the level: the levels differ only in which snapshot answers. Never
    /// throws for what a client or an application does.</summary>
    public OperationResult Query(Bytes client, ulong number, Bytes query)
    {
        var known = Known(client);
        if (!known.Roles.HasFlag(Roles.Reader))
        {
            return Refused(number, RefusedBecause.NotPermitted, known.ChangedAt);
        }

        try
        {
            var answer = _machine.Query(Map.Under(GlobalLayout.Application), query);
            return answer.Result.Length > Limits.ResultBytes
                ? Refused(number, RefusedBecause.ResultTooLarge, answer.ChangedAt ?? Executed)
                : new(
                    number,
                    Outcome.Answered,
                    RefusedBecause.None,
                    new(Executed, 0),
                    answer.ChangedAt ?? Executed,
                    answer.Result);
        }
        catch (Exception failure) when (ApplicationFailure.IsDeterministic(failure))
        {
            return Refused(number, RefusedBecause.ApplicationFailed, Executed);
        }
    }

    private ClientRecord Known(Bytes client) => Clients.Of(Map.Under(GlobalLayout.Clients), client, Executed);

    private OperationResult Refused(ulong number, RefusedBecause because, GlobalSequence changedAt) =>
        new(number, Outcome.Rejected, because, new(Executed, 0), changedAt, Bytes.Empty);
}

/// <summary>Which exceptions of an application every replica meets alike.</summary>
internal static class ApplicationFailure
{
    /// <summary>Exhausted memory or stack is this process' trouble, and a broken invariant must stop it: neither may
    /// pass for a result.</summary>
    public static bool IsDeterministic(Exception failure) =>
        failure is not (OutOfMemoryException or InsufficientExecutionStackException or InvariantBrokenException);
}
