using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>Proposals of the view that the site has moved to which it cannot accept yet: they came ahead of the log,
/// of a body, or of the view's installation. Bounded: what is lost here is fetched later.</summary>
internal sealed class WaitingProposals
{
    private readonly SavedTable<Proposal> _proposals =
        new(OrderingKeys.Waiting, (writer, proposal) => proposal.Write(writer));

    public bool IsEmpty => _proposals.Count == 0;

    public GlobalSequence Lowest => new(_proposals.First.Key);

    public Proposal? Find(GlobalSequence sequence) => _proposals.Find(sequence.Number);

    /// <summary>False if it is too far ahead of the log's end.</summary>
    public bool TryTake(GlobalSequence end, Proposal proposal)
    {
        if (proposal.Sequence.Number > end.Number + Limits.WaitingProposals
            || _proposals.Count > Limits.WaitingProposals)
        {
            return false;
        }

        _proposals.Set(proposal.Sequence.Number, proposal);
        return true;
    }

    /// <summary>The log has reached so far.</summary>
    public void ForgetUpTo(GlobalSequence end)
    {
        while (!IsEmpty && Lowest <= end)
        {
            _proposals.Remove(Lowest.Number);
        }
    }

    public void Clear() => _proposals.Clear();

    public void Save(AuthenticatedMap map) => _proposals.Save(map);

    public void LoadRow(ulong number, Proposal proposal) => _proposals.Loaded(number, proposal);
}
