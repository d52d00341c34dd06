using System.Diagnostics.CodeAnalysis;

namespace Holdfast.Protocol;

/// <summary>What must hold whatever others do. On in production: a replica that contradicts itself stops rather than go
/// on wrong. The names (S1, L2, ...) are those of <c>docs/invariants.md</c>.</summary>
public static class Invariant
{
    public static void Holds([DoesNotReturnIf(false)] bool condition, string name)
    {
        if (!condition)
        {
            throw new InvariantBrokenException(name);
        }
    }
}

/// <summary>An invariant of this replica does not hold; its host must stop it.</summary>
public sealed class InvariantBrokenException(string name)
    : Exception($"Invariant {name} is broken; see docs/invariants.md. The replica stops rather than go on wrong.")
{
    public string Name { get; } = name;
}
