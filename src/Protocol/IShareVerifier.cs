using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>Checks one share of a threshold signature against the commitments that the machine knows (RFC 9591, section
/// 5.4): so every machine decides alone, and alike, whether a replica is to blame. Pure.</summary>
public interface IShareVerifier
{
    /// <summary>True if this member's response does not fit message, members and public share.</summary>
    /// <param name="member">The replica whose response it is; one of the members.</param>
    /// <param name="response">The scalar z_i.</param>
    /// <param name="groupKey">The site's public key.</param>
    /// <param name="publicShares">By replica.</param>
    bool IsBad(
        Bytes message,
        ValueList<GroupMember> members,
        int member,
        Digest response,
        Bytes groupKey,
        ValueList<Bytes> publicShares);

    /// <summary>True if both commitments are points that a share can be computed with: canonical, of the main subgroup,
    /// not the identity. Where a member's are not, no other member can sign, and none of those is to blame.</summary>
    bool ArePoints(NoncePoints points);
}
