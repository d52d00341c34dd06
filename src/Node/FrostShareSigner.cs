using Holdfast.Cryptography;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Node;

/// <summary>FROST with this replica's share (RFC 9591); with f = 0 the share is the whole key and signs plainly.</summary>
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

        return _nonces.SignShare(place, wish.Message.Span, GroupOf(wish.Members), out var signed).IsGood
            ? new Input.ShareMade(wish.Place, new(signed!.Scalar), new(signed.GroupCommitment))
            : new Input.ShareUnavailable(wish.Place);
    }

    public Input.Combined Combine(Effect.Combine wish)
    {
        ArgumentNullException.ThrowIfNull(wish);
        var bad = new SortedSet<byte>();
        var shares = new List<SignatureShare>(wish.Shares.Count);
        foreach (var given in wish.Shares)
        {
            if (Frosted.TryRead(given.Response, given.GroupCommitment, out var one))
            {
                shares.Add(one);
            }
            else
            {
                bad.Add((byte)given.Replica);
            }
        }

        if (bad.Count == 0 && Frost.Combine(share.Site, wish.Message.Span, shares, out var signature).IsGood)
        {
            return new Input.Combined(wish.Place, new Bytes(signature), []);
        }

        Blame(wish, bad);
        return new Input.Combined(wish.Place, Bytes.Empty, ValueList.From(bad));
    }

    public void Dispose() => _nonces.Dispose();

    private void Blame(Effect.Combine wish, SortedSet<byte> bad)
    {
        var group = GroupOf(wish.Members);
        foreach (var given in wish.Shares)
        {
            if (!Frosted.TryRead(given.Response, given.GroupCommitment, out var one))
            {
                continue;
            }

            var verdict = Frost.VerifyShare(share.Site, group, wish.Message.Span, given.Replica + 1, one);
            if (!verdict.IsGood && verdict.Culprit > 0)
            {
                bad.Add((byte)(verdict.Culprit - 1));
            }
        }
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
