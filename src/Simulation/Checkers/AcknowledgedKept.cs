namespace Holdfast.Simulation.Checkers;

/// <summary>What a client was told is committed stays at the place that it was told, through everything.</summary>
public sealed class AcknowledgedKept
{
    private readonly Dictionary<GlobalPosition, Bytes> _acknowledged = [];

    /// <summary>Acknowledgements so far.</summary>
    public int Count => _acknowledged.Count;

    public void Acknowledged(GlobalPosition position, Bytes operation)
    {
        if (!_acknowledged.TryAdd(position, operation) && _acknowledged[position] != operation)
        {
            throw new CheckFailedException(
                nameof(AcknowledgedKept),
                $"{_acknowledged[position]} and {operation} were both acknowledged at {position}");
        }
    }

    public void Executed(ReplicaId replica, GlobalPosition position, Bytes operation)
    {
        if (_acknowledged.TryGetValue(position, out var kept) && kept != operation)
        {
            throw new CheckFailedException(
                nameof(AcknowledgedKept),
                $"{kept} was acknowledged at {position}, but {replica} executed {operation} there");
        }
    }

    /// <summary>At the end: everything acknowledged is in the order.</summary>
    public void Conclude(OneGlobalOrder order)
    {
        ArgumentNullException.ThrowIfNull(order);
        foreach (var (position, operation) in _acknowledged)
        {
            if (order.At(position) != operation)
            {
                throw new CheckFailedException(
                    nameof(AcknowledgedKept),
                    $"{operation} was acknowledged at {position}, and nobody has it there");
            }
        }
    }
}
