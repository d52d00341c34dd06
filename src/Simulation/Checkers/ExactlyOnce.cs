namespace Holdfast.Simulation.Checkers;

/// <summary>An operation has one place in the global order, however often it was sent.</summary>
public sealed class ExactlyOnce
{
    private readonly Dictionary<Bytes, GlobalPosition> _places = [];

    public void Executed(ReplicaId replica, GlobalPosition position, Bytes operation)
    {
        if (!_places.TryAdd(operation, position) && _places[operation] != position)
        {
            throw new CheckFailedException(
                nameof(ExactlyOnce),
                $"{replica} executed {operation} at {position}, it stood at {_places[operation]} before");
        }
    }
}
