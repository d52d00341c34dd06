using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>An assignment (q, attempt, group): who signs a batch's root together and which commitments each spends.
/// Written once, never edited (A2). Members ascend by replica.</summary>
public sealed record SigningGroup(SiteStatement Statement, uint Attempt, byte Group, ValueList<GroupMember> Members)
{
    public SiteSequence Sequence => Statement.Sequence;

    public SharePlace PlaceOf(int replica) =>
        new(Statement.KeyEpoch, Statement.Sequence, Attempt, Group, (byte)replica);

    /// <summary>False if the replica is not in this group.</summary>
    public bool TryFind(int replica, out GroupMember member)
    {
        foreach (var one in Members)
        {
            if (one.Replica == replica)
            {
                member = one;
                return true;
            }
        }

        member = default;
        return false;
    }
}
