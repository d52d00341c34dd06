using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>The rows of commitments that the machine has taken and may still spend, with their signatures: it keeps
/// only the points itself.</summary>
internal sealed class WitnessedRows(int replicas)
{
    // One more than the machine holds: the row that is spent last is judged a little later.
    private const int RowsKept = Limits.RowsHeldPerReplica + 1;

    private readonly Queue<NonceCommitments>[] _rows =
        [.. Enumerable.Range(0, replicas).Select(_ => new Queue<NonceCommitments>())];

    /// <summary>A row stands in an executed batch; it counts if it is the one that the machine took.</summary>
    public void OnOrdered(NonceCommitments row, AttestationLedger ledger)
    {
        if (row.Replica >= _rows.Length || ledger.StockOf(row.Replica) is not { } stock
            || stock.Incarnation != row.Incarnation
            || stock.NextRow != row.Row + 1
            || stock.NewestRow != CommitmentStock.NameOf(row.Points))
        {
            return;
        }

        var kept = _rows[row.Replica];
        kept.Enqueue(row);
        if (kept.Count > RowsKept)
        {
            kept.Dequeue();
        }
    }

    public NonceCommitments? Find(GroupMember member) => _rows[member.Replica].FirstOrDefault(row =>
        row.Incarnation == member.Incarnation && row.Row == member.Row && row.Points[member.Index] == member.Points);
}
