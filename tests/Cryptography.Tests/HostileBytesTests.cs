using System.Text;

namespace Holdfast.Cryptography.Tests;

/// <summary>Whatever bytes come in, a verdict comes out, never an exception; nothing by chance is good.</summary>
public sealed class HostileBytesTests
{
    private const int Rounds = 3000;

    [Fact]
    public void Verifiers_take_any_bytes()
    {
        var dice = new Dice(60);
        for (var round = 0; round < Rounds; round++)
        {
            var key = dice.Bytes(AnyLength(dice, 32));
            Assert.False(Ed25519.Verify(key, dice.Bytes(dice.Below(100)), dice.Bytes(AnyLength(dice, 64))));
            _ = Ed25519.IsValidPublicKey(key);
            var bytes = dice.Bytes(AnyLength(dice, 64));
            if (SignatureShare.TryRead(bytes, out var share))
            {
                Assert.Equal(bytes, share.ToBytes());
            }
        }
    }

    [Fact]
    public void Blame_takes_any_group_and_any_share()
    {
        using var site = new FrostFixture(61, members: 4, threshold: 2);
        var (_, good) = site.Commit(1, 2, 3, 4);
        var dice = new Dice(62);
        for (var round = 0; round < Rounds; round++)
        {
            var members = new Commitment[dice.Below(6)];
            for (var place = 0; place < members.Length; place++)
            {
                members[place] = new Commitment(
                    dice.Below(4) == 0 ? (int)dice.Next() : 1 + dice.Below(4), Point(dice, good), Point(dice, good));
            }

            var share = new SignatureShare(dice.Bytes(32), Point(dice, good).Span);
            Assert.False(Frost.VerifyShare(site.Site, members, dice.Bytes(8), 1 + dice.Below(4), share).IsGood);
            _ = Frost.ComputeGroupCommitment(site.Site, members, dice.Bytes(8), out _);
            Assert.False(Frost.Combine(site.Site, dice.Bytes(8), [share, share], out _).IsGood);
        }
    }

    [Fact]
    public void Site_keys_and_shares_of_any_bytes_are_refused()
    {
        using var site = new FrostFixture(63, members: 4, threshold: 2);
        var (_, good) = site.Commit(1, 2);
        var dice = new Dice(64);
        for (var round = 0; round < Rounds; round++)
        {
            var shares = Enumerable.Range(0, dice.Below(6)).Select(_ => Point(dice, good)).ToArray();
            var group = Point(dice, good);
            Assert.False(SitePublicKey.TryCreate(0, 2 + dice.Below(4), group.Span, shares, out _).IsGood);
            Assert.False(SitePublicKey.TryCreate(0, dice.Below(2) - 1, group.Span, shares, out _).IsGood);
            Assert.False(FrostShare.TryCreate(site.Site, dice.Below(6), dice.Bytes(AnyLength(dice, 32)), out _).IsGood);
        }
    }

    [Fact]
    public void Key_texts_with_any_byte_changed_are_refused_and_never_quoted()
    {
        using var deal = Dealer.Deal(4, 2, epoch: 0, new Dice(65).Fill);
        using var key = SigningKey.Generate(new Dice(66).Fill);
        var buffer = new byte[KeyText.LengthMax];
        var share = buffer[..KeyText.Write(buffer, deal.Shares[1])];
        var signing = buffer[..KeyText.Write(buffer, KeyKind.Client, key)];
        var dice = new Dice(67);
        for (var round = 0; round < Rounds; round++)
        {
            RefusedOrEqual(KeyText.ReadSiteShare(Mutated(dice, share), out var problem) is null, problem);
            var read = KeyText.ReadSigningKey(Mutated(dice, signing), KeyKind.Client, out problem);
            RefusedOrEqual(read is null, problem);
            Assert.Null(KeyText.ReadSiteShare(dice.Bytes(dice.Below(300)), out _));
        }

        for (var length = 0; length < share.Length; length++)
        {
            Assert.Null(KeyText.ReadSiteShare(share.AsSpan(0, length), out var problem));
            Assert.NotNull(problem);
        }
    }

    [Fact]
    public void Public_key_texts_of_any_kind_are_read_or_refused()
    {
        using var key = SigningKey.Generate(new Dice(68).Fill);
        var good = Encoding.ASCII.GetBytes(PublicKeyPem.Encode(key.PublicKey.Span));
        var dice = new Dice(69);
        for (var round = 0; round < Rounds; round++)
        {
            if (PublicKeyPem.TryDecode(Encoding.Latin1.GetString(Mutated(dice, good)), out var read))
            {
                Assert.True(Ed25519.IsValidPublicKey(read));
            }

            Assert.False(PublicKeyPem.TryDecode(Encoding.Latin1.GetString(dice.Bytes(dice.Below(200))), out _));
        }
    }

    /// <summary>Some changes only turn a digit into its capital; then the key is as before.</summary>
    private static void RefusedOrEqual(bool isRefused, string? problem)
    {
        Assert.Equal(isRefused, problem is not null);
        Assert.True(problem is null || problem.Length < 120, problem);
    }

    private static byte[] Mutated(Dice dice, byte[] text)
    {
        var changed = text.ToArray();
        for (var change = 1 + dice.Below(3); change > 0; change--)
        {
            changed[dice.Below(changed.Length)] = (byte)dice.Next();
        }

        return dice.Below(4) == 0 ? changed[..dice.Below(changed.Length)] : changed;
    }

    private static ReadOnlyMemory<byte> Point(Dice dice, Commitment[] good) => dice.Below(8) switch
    {
        0 => dice.Bytes(AnyLength(dice, 32)),
        1 => dice.Bytes(32),
        2 => HostilePoints.SmallOrder[dice.Below(4)],
        _ => good[dice.Below(good.Length)].Hiding,
    };

    private static int AnyLength(Dice dice, int right) => dice.Below(4) == 0 ? dice.Below(2 * right) : right;
}
