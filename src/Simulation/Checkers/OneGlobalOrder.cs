namespace Holdfast.Simulation.Checkers;

/// <summary>Safety, first of all: whatever stands at a place of the global order stands there for every correct
/// replica of every site, and no replica goes back or leaves a place out.</summary>
public sealed class OneGlobalOrder
{
    private readonly Dictionary<GlobalPosition, (Bytes Operation, ReplicaId First)> _order = [];
    private readonly Dictionary<(ReplicaId Replica, int Life), GlobalPosition> _last = [];

    /// <summary>Places known to the world.</summary>
    public int Count => _order.Count;

    public void Executed(ReplicaId replica, int life, GlobalPosition position, Bytes operation)
    {
        if (_order.TryGetValue(position, out var known) && known.Operation != operation)
        {
            throw new CheckFailedException(
                nameof(OneGlobalOrder),
                $"at {position} {known.First} executed {known.Operation} and {replica} executed {operation}");
        }

        if (_last.TryGetValue((replica, life), out var last) && position.CompareTo(last) <= 0)
        {
            throw new CheckFailedException(nameof(OneGlobalOrder), $"{replica} executed {position} after {last}");
        }

        _order.TryAdd(position, (operation, replica));
        _last[(replica, life)] = position;
    }

    /// <summary>All that is known, from the first place on.</summary>
    public IEnumerable<(GlobalPosition Position, Bytes Operation)> InOrder() =>
        _order.OrderBy(entry => entry.Key).Select(entry => (entry.Key, entry.Value.Operation));

    /// <summary>What stands at a place; null if nobody has executed it.</summary>
    public Bytes? At(GlobalPosition position) =>
        _order.TryGetValue(position, out var known) ? known.Operation : null;
}
