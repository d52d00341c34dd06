using Holdfast.Cryptography;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Node;

/// <summary>FROST with this replica's share (RFC 9591); with f = 0 the share is the whole key and signs
/// plainly.</summary>
public sealed class FrostShareSigner(FrostShare share, FillRandom random) : IShareSigner, IDisposable
{
    private readonly NonceStore _nonces = new(share, random);

    public Input? MakeNonces(Effect.MakeNonces wish)
    {
        ArgumentNullException.ThrowIfNull(wish);
        return _nonces.MakeRow(wish.Incarnation, wish.Row, out var points).IsGood
            ? new Input.NoncesMade(wish.KeyEpoch, wish.Incarnation, wish.Row, PointsOf(points))
            : null;
    }

    public Input SignShare(Effect.SignShare wish)
    {
        ArgumentNullException.ThrowIfNull(wish);
        var place = default(NoncePlace);
        foreach (var member in wish.Members)
        {
            if (member.Replica == wish.Place.Member)
            {
                place = new NoncePlace(member.Incarnation, member.Row, member.Index);
            }
        }

        var result = _nonces.SignShare(place, wish.Message.Span, GroupOf(wish.Members), out var signed);
        return signed is not null
            ? new Input.ShareMade(wish.Place, new(signed.Scalar), new(signed.GroupCommitment))
            : new Input.ShareUnavailable(
                wish.Place, result.Failure == FrostFailure.CommitmentInvalid ? result.Culprit - 1 : null);
    }

    public Input.Combined Combine(Effect.Combine wish)
    {
        ArgumentNullException.ThrowIfNull(wish);
        var members = GroupOf(wish.Members);
        var result = Combine(wish, members, groupCommitment: null);

        // R in a share spares work and proves nothing: who lied about it alone cannot spoil the signature, and is not
        // blamed for it. So before anyone is, R is computed from the group's own commitments.
        return result.Signature.IsEmpty
            && Frost.ComputeGroupCommitment(share.Site, members, wish.Message.Span, out var computed).IsGood
            ? Combine(wish, members, computed)
            : result;
    }

    public void Dispose() => _nonces.Dispose();

    private Input.Combined Combine(Effect.Combine wish, Commitment[] members, byte[]? groupCommitment)
    {
        var received = new List<ReceivedShare>(wish.Shares.Count);
        foreach (var given in wish.Shares)
        {
            var both = new byte[SignatureShare.Length];
            given.Response.CopyTo(both);
            given.GroupCommitment.CopyTo(both.AsSpan(Digest.Size));
            groupCommitment?.CopyTo(both.AsSpan(Digest.Size));
            received.Add(new ReceivedShare(given.Replica + 1, both));
        }

        _ = Frost.CombineOrBlame(
            share.Site, members, wish.Message.Span, received, out var signature, out var culprits);
        var bad = culprits.Where(culprit => culprit > 0).Select(culprit => (byte)(culprit - 1));
        return new Input.Combined(wish.Place, new Bytes(signature), ValueList.From(bad));
    }

    private static Commitment[] GroupOf(ValueList<GroupMember> members) =>
        [.. members.Select(member => Frosted.CommitmentOf(member.Replica, member.Points))];

    private static ValueList<NoncePoints> PointsOf(byte[] row)
    {
        var points = new NoncePoints[row.Length / Commitment.Length];
        for (var index = 0; index < points.Length; index++)
        {
            var both = row.AsSpan(index * Commitment.Length, Commitment.Length);
            points[index] = new(new(both[..Digest.Size]), new(both[Digest.Size..]));
        }

        return new(points);
    }
}
