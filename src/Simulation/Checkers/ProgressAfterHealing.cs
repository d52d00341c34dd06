namespace Holdfast.Simulation.Checkers;

/// <summary>When enough of the world is well again, everything that clients wait for comes, in bounded time.</summary>
public sealed class ProgressAfterHealing
{
    private readonly SortedSet<string> _waiting = new(StringComparer.Ordinal);

    public bool IsAwaited => _waiting.Count > 0;

    public void Waits(string operation) => _waiting.Add(operation);

    public void Done(string operation) => _waiting.Remove(operation);

    /// <summary>So long after the healing as the world allows.</summary>
    public void Conclude(TimeSpan patience)
    {
        if (_waiting.Count > 0)
        {
            throw new CheckFailedException(
                nameof(ProgressAfterHealing),
                $"{patience.TotalSeconds} s after healing {_waiting.Count} operations wait, first {_waiting.Min}");
        }
    }
}
