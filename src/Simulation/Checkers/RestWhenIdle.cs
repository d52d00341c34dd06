namespace Holdfast.Simulation.Checkers;

/// <summary>A replica may look at the time once in a millisecond, but it must not spin.</summary>
public sealed class RestWhenIdle
{
    /// <summary>Turns without any input within a second.</summary>
    public const int IdleTurnsPerSecond = 2_000;

    private const long Second = 1_000_000;
    private readonly Dictionary<ReplicaId, (long Second, int IdleTurns)> _turns = [];

    public void Turned(ReplicaId replica, long now, int inputs)
    {
        var last = _turns.GetValueOrDefault(replica);
        var second = now / Second;
        var idle = (last.Second == second ? last.IdleTurns : 0) + (inputs == 0 ? 1 : 0);
        _turns[replica] = (second, idle);
        if (idle > IdleTurnsPerSecond)
        {
            throw new CheckFailedException(
                nameof(RestWhenIdle), $"{replica} woke {idle} times within a second for nothing");
        }
    }
}
