namespace Holdfast.Simulation.Checkers;

/// <summary>A checker saw what must never be.</summary>
public sealed class CheckFailedException(string invariant, string found) : Exception($"{invariant} broken: {found}")
{
    public string Invariant { get; } = invariant;

    public string Found { get; } = found;
}
