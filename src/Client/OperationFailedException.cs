namespace Holdfast.Client;

/// <summary>An operation has no answer of the store: it was rejected, nobody knows what became of it
/// (<see cref="Protocol.Messages.Outcome.Unknown"/>: it may have been executed), or no site is far enough.</summary>
public sealed class OperationFailedException(ClientOutcome outcome)
    : Exception($"The operation ended as {outcome.Outcome}, because of {Cause(outcome)}.")
{
    public ClientOutcome Outcome => outcome;

    private static string Cause(ClientOutcome outcome) =>
        outcome.Reason != ClientReason.None ? outcome.Reason.ToString() : outcome.Because.ToString();
}
