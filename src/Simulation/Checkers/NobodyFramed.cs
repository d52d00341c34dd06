namespace Holdfast.Simulation.Checkers;

/// <summary>No correct replica is ever accused, however often it crashed; and every accusation convinces whoever has
/// the keys.</summary>
public sealed class NobodyFramed
{
    private readonly SortedSet<ReplicaId> _liars = [];

    /// <summary>Accusations that were looked at.</summary>
    public int Accusations { get; private set; }

    public void MayLie(ReplicaId replica) => _liars.Add(replica);

    /// <param name="refusal">What a stranger makes of the evidence.</param>
    public void Kept(ReplicaId holder, ReplicaId accused, string what, Rejection refusal)
    {
        Accusations++;
        if (!_liars.Contains(accused))
        {
            throw new CheckFailedException(
                nameof(NobodyFramed), $"{holder} accuses {accused}, which is correct: {what}");
        }

        if (refusal != Rejection.None)
        {
            throw new CheckFailedException(
                nameof(NobodyFramed), $"{holder} accuses {accused} of {what} with what proves nothing: {refusal}");
        }
    }
}
