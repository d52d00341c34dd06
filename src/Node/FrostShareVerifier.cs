using Holdfast.Cryptography;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Node;

/// <summary>
/// Judges single shares for blame (RFC 9591, section 5.4). Sites' keys are admitted once and kept. May be used by any
/// thread.
/// </summary>
public sealed class FrostShareVerifier : IShareVerifier
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Bytes, SitePublicKey?> _sites = [];

    public bool IsBad(
        Bytes message,
        ValueList<GroupMember> members,
        int member,
        Digest response,
        Bytes groupKey,
        ValueList<Bytes> publicShares)
    {
        ArgumentNullException.ThrowIfNull(members);
        ArgumentNullException.ThrowIfNull(publicShares);

        // With a whole key there is one member, and nobody else to blame it.
        if (SiteOf(groupKey, publicShares) is not { Threshold: > 1 } site)
        {
            return false;
        }

        // Only the scalar is judged: R is what follows from the commitments, whatever the share says of it.
        Commitment[] group = [.. members.Select(one => Frosted.CommitmentOf(one.Replica, one.Points))];
        var verdict = Frost.ComputeGroupCommitment(site, group, message.Span, out var groupCommitment);
        if (!verdict.IsGood)
        {
            return verdict.Culprit == member + 1;
        }

        return !Frosted.TryRead(response, new Digest(groupCommitment), out var share)
            || Frost.VerifyShare(site, group, message.Span, member + 1, share).Culprit == member + 1;
    }

    public bool ArePoints(NoncePoints points) => Frosted.CommitmentOf(replica: 0, points).ArePoints;

    private SitePublicKey? SiteOf(Bytes groupKey, ValueList<Bytes> publicShares)
    {
        lock (_gate)
        {
            if (!_sites.TryGetValue(groupKey, out var site))
            {
                var size = new SiteSize((publicShares.Count - 1) / 3);
                _ = SitePublicKey.TryCreate(
                    epoch: 1, size.OneCorrect, groupKey.Span, [.. publicShares.Select(one => one.Memory)], out site);
                _sites.Add(groupKey, site);
            }

            return site;
        }
    }
}
