using Holdfast.Cryptography;
using Holdfast.Protocol;

namespace Holdfast.Node.Tests;

/// <summary>What the core asks for as effects, done by FROST (RFC 9591).</summary>
public sealed class FrostShareSignerTests : IDisposable
{
    private readonly Shares _site = new(members: 4, threshold: 2);
    private readonly ValueList<GroupMember> _members;

    public FrostShareSignerTests() => _members = [_site.MemberOf(1, 5), _site.MemberOf(3, 6)];

    [Fact]
    public void The_shares_of_a_group_make_one_plain_signature()
    {
        var combined = _site.Combine(_members, _site.Give(1, _members), _site.Give(3, _members));

        Assert.Empty(combined.BadMembers);
        Assert.True(Ed25519.Verify(_site.GroupKey.Span, Shares.Message.Span, combined.Signature.Span));
    }

    [Fact]
    public void A_nonce_is_taken_once()
    {
        Assert.IsType<Input.ShareMade>(_site.Sign(1, _members));

        Assert.Equal(new Input.ShareUnavailable(Shares.PlaceOf(1)), _site.Sign(1, _members));
    }

    [Fact]
    public void Points_that_are_not_the_own_ones_get_no_share()
    {
        ValueList<GroupMember> altered = [_members[0] with { Points = _members[1].Points }, _members[1]];

        Assert.Equal(new Input.ShareUnavailable(Shares.PlaceOf(1)), _site.Sign(1, altered));
    }

    [Fact]
    public void Who_cannot_sign_because_a_members_points_are_none_says_whose()
    {
        ValueList<GroupMember> spoiled = [_members[0], _members[1] with { Points = new(default, Digest.Of([1])) }];

        Assert.Equal(new Input.ShareUnavailable(Shares.PlaceOf(1), Spoiler: 3), _site.Sign(1, spoiled));
        Assert.Equal(new Input.ShareUnavailable(Shares.PlaceOf(1)), _site.Sign(1, _members));
    }

    [Fact]
    public void The_verifier_knows_what_are_points()
    {
        var verifier = new FrostShareVerifier();
        var (good, none) = (_members[0].Points, Digest.Of([1]));
        Assert.True(verifier.ArePoints(good));
        Assert.False(verifier.ArePoints(good with { Hiding = none }));
        Assert.False(verifier.ArePoints(good with { Binding = none }));

        // The identity, which libsodium adds without a word.
        Assert.False(verifier.ArePoints(good with { Hiding = new([1, .. new byte[31]]) }));
    }

    [Fact]
    public void A_row_is_made_once()
    {
        Assert.Null(_site[1].MakeNonces(new Effect.MakeNonces(1, 1, 1)));
    }

    [Fact]
    public void A_bad_response_is_blamed_on_its_member()
    {
        var (good, bad) = (_site.Give(1, _members), _site.Give(3, _members));

        var combined = _site.Combine(_members, good, bad with { Response = good.Response });

        Assert.True(combined.Signature.IsEmpty);
        Assert.Equal([3], combined.BadMembers);
    }

    [Fact]
    public void A_lie_about_R_alone_spoils_nothing_and_is_not_blamed()
    {
        var (good, lie) = (_site.Give(1, _members), _site.Give(3, _members));

        var combined = _site.Combine(_members, good, lie with { GroupCommitment = _members[0].Points.Hiding });

        Assert.Empty(combined.BadMembers);
        Assert.True(Ed25519.Verify(_site.GroupKey.Span, Shares.Message.Span, combined.Signature.Span));
    }

    [Fact]
    public void A_whole_key_signs_without_nonces()
    {
        using var site = new Shares(members: 1, threshold: 1);
        ValueList<GroupMember> members = [new GroupMember(0, 0, 0, 0, default)];

        Assert.Null(site[0].MakeNonces(new Effect.MakeNonces(1, 1, 1)));
        var combined = site.Combine(members, site.Give(0, members));

        Assert.True(Ed25519.Verify(site.GroupKey.Span, Shares.Message.Span, combined.Signature.Span));
    }

    [Fact]
    public void The_verifier_finds_bad_shares_and_no_others()
    {
        var verifier = new FrostShareVerifier();
        var (one, other) = (_site.Give(1, _members), _site.Give(3, _members));

        Assert.False(IsBad(1, one.Response));
        Assert.False(IsBad(3, other.Response));
        Assert.True(IsBad(3, one.Response));
        Assert.True(IsBad(1, Digest.Of(Shares.Message.Span)));

        bool IsBad(int member, Digest response) => verifier.IsBad(
            Shares.Message, _members, member, response, _site.GroupKey, _site.PublicShares);
    }

    public void Dispose() => _site.Dispose();
}
