namespace Holdfast.Simulation.Checkers;

/// <summary>Every operation that is executed was signed and sent by a client, and each of them once.</summary>
public sealed class NothingInvented
{
    private readonly HashSet<Bytes> _submitted = [];

    /// <summary>A client sends this operation; the world's operations are all different.</summary>
    public void Submitted(Bytes operation) => _submitted.Add(operation);

    public void Executed(ReplicaId replica, Bytes operation)
    {
        if (!_submitted.Contains(operation))
        {
            throw new CheckFailedException(
                nameof(NothingInvented), $"{replica} executed {operation}, which no client sent");
        }
    }
}
