using Holdfast.Cryptography;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Node.Tests;

/// <summary>A site of four replicas with real shares, as a signature of f + 1 of them needs it.</summary>
internal sealed class Shares : IDisposable
{
    public static readonly Bytes Message = Bytes.FromText("what the site says");

    private readonly SiteKeyDeal _deal;
    private readonly FrostShareSigner[] _signers;
    private byte _dice = 1;

    public Shares(int members, int threshold)
    {
        _deal = Dealer.Deal(members, threshold, epoch: 1, Fill);
        _signers = [.. _deal.Shares.Select(share => new FrostShareSigner(share, Fill))];
    }

    public Bytes GroupKey => Bytes.Copy(_deal.Site.Group.Span);

    public ValueList<Bytes> PublicShares => ValueList.From(
        _deal.Shares.Select(share => Bytes.Copy(share.PublicShare.Span)));

    public FrostShareSigner this[int replica] => _signers[replica];

    /// <summary>Makes the first row of a replica, and gives its entry in a group at that index.</summary>
    public GroupMember MemberOf(int replica, int index)
    {
        var made = (Input.NoncesMade?)_signers[replica].MakeNonces(new Effect.MakeNonces(1, 1, 1));
        return new GroupMember(replica, 1, 1, index, made!.Points[index]);
    }

    public static SharePlace PlaceOf(int replica) => new(1, new SiteSequence(9), 0, 0, (byte)replica);

    public Input Sign(int replica, ValueList<GroupMember> members) =>
        _signers[replica].SignShare(new Effect.SignShare(PlaceOf(replica), Message, members));

    public GivenShare Give(int replica, ValueList<GroupMember> members)
    {
        var made = (Input.ShareMade)Sign(replica, members);
        return new GivenShare(replica, made.Response, made.GroupCommitment);
    }

    public Input.Combined Combine(ValueList<GroupMember> members, params GivenShare[] shares) =>
        _signers[0].Combine(new Effect.Combine(PlaceOf(0), Message, members, ValueList.From(shares)));

    public void Dispose()
    {
        foreach (var signer in _signers)
        {
            signer.Dispose();
        }

        _deal.Dispose();
    }

    private void Fill(Span<byte> bytes)
    {
        foreach (ref var one in bytes)
        {
            one = _dice = unchecked((byte)((_dice * 31) + 7));
        }

        _dice++;
    }
}
