using Holdfast.Client;

namespace Holdfast.Simulation.Checkers;

/// <summary>One thing that a client asked for, as the judge knows it.</summary>
/// <param name="Name">Unlike every other call's.</param>
/// <param name="Level">Null for an update.</param>
/// <param name="NotAfter">The GlobalTime after which an update must not run.</param>
public sealed record ClientCall(
    string Name, QueryLevel? Level, Bytes Operation, long CalledAt, Timestamp NotAfter, bool ReceiptWanted)
{
    public RegisterDeed Deed { get; } = Registers.DeedOf(Operation)
        ?? throw new ArgumentException("A client asks for what registers do.", nameof(Operation));

    /// <summary>The client did not wait for the end, so that the outcome need not be known.</summary>
    public bool IsAbandoned { get; set; }
}
