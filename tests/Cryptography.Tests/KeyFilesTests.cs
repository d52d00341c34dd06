using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text;

namespace Holdfast.Cryptography.Tests;

/// <summary>Keys on disk: for their owner alone, whole or refused, and readable by ordinary tools.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class KeyFilesTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("holdfast-keys-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData(KeyKind.Replica)]
    [InlineData(KeyKind.Client)]
    [InlineData(KeyKind.Operator)]
    public void A_signing_key_comes_back_as_it_was_written(KeyKind kind)
    {
        using var key = SigningKey.Generate(new Dice(50).Fill);
        KeyFiles.WriteSigningKey(PathOf("a.key"), kind, key);

        using var read = KeyFiles.ReadSigningKey(PathOf("a.key"), kind);

        Assert.Equal(key.Sign("m"u8), read.Sign("m"u8));
    }

    [Fact]
    public void A_signing_key_file_has_this_text()
    {
        using var key = SigningKey.FromSeed(new byte[32]);
        KeyFiles.WriteSigningKey(PathOf("a.key"), KeyKind.Replica, key);

        Assert.Equal(
            "holdfast-key 1\nkind replica\n"
            + "public 3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29\n"
            + "secret 0000000000000000000000000000000000000000000000000000000000000000\n",
            File.ReadAllText(PathOf("a.key")));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 2)]
    [InlineData(16, 6)]
    [InlineData(255, 2)]
    public void A_site_share_comes_back_with_all_that_belongs_to_it(int members, int threshold)
    {
        using var deal = Dealer.Deal(members, threshold, epoch: 7, new Dice(51).Fill);
        var share = deal.Shares[^1];
        KeyFiles.WriteSiteShare(PathOf("site.share"), share);

        using var read = KeyFiles.ReadSiteShare(PathOf("site.share"));

        using var expected = share.Secret.Open();
        using var actual = read.Secret.Open();
        Assert.True(expected.Bytes.SequenceEqual(actual.Bytes));
        Assert.Equal(members, read.Identifier);
        Assert.Equal((7UL, threshold, members), (read.Site.Epoch, read.Site.Threshold, read.Site.Members));
        Assert.Equal(share.Site.Group.ToArray(), read.Site.Group.ToArray());
        for (var identifier = 1; identifier <= members; identifier++)
        {
            Assert.Equal(share.Site.ShareOf(identifier).ToArray(), read.Site.ShareOf(identifier).ToArray());
        }
    }

    [Fact]
    public void A_private_key_file_is_its_owners_alone_and_is_never_overwritten()
    {
        using var key = SigningKey.Generate(new Dice(52).Fill);
        KeyFiles.WriteSigningKey(PathOf("a.key"), KeyKind.Replica, key);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(PathOf("a.key")));
        var refusal = Assert.Throws<KeyFileException>(
            () => KeyFiles.WriteSigningKey(PathOf("a.key"), KeyKind.Replica, key));
        Assert.Contains("a key is never overwritten", refusal.Message, StringComparison.Ordinal);
        Assert.Single(_directory.GetFiles());
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead, "640")]
    [InlineData(UnixFileMode.OtherRead, "604")]
    [InlineData(UnixFileMode.GroupWrite, "620")]
    public void A_private_key_that_others_may_touch_is_refused(UnixFileMode more, string mode)
    {
        using var key = SigningKey.Generate(new Dice(53).Fill);
        KeyFiles.WriteSigningKey(PathOf("a.key"), KeyKind.Replica, key);
        File.SetUnixFileMode(PathOf("a.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite | more);

        var refusal = Assert.Throws<KeyFileException>(() => KeyFiles.ReadSigningKey(PathOf("a.key"), KeyKind.Replica));

        Assert.Equal(
            $"Expected the private key file {PathOf("a.key")} to be its owner's alone; found mode {mode}; "
            + $"set it with: chmod 600 {PathOf("a.key")}",
            refusal.Message);
    }

    [Theory]
    [InlineData("key 1", "key 2", "expected format 1, found format 2, which this version does not know")]
    [InlineData("holdfast-key 1", "some-key 1", "expected 'holdfast-key', found another line")]
    [InlineData("kind replica", "kind operator", "expected a key of kind 'replica', found another kind")]
    [InlineData("\nsecret 0", "\nsecret g", "expected 'secret', found something else than 64 hexadecimal digits")]
    [InlineData("\nsecret 0", "\nsecret 1", "the secret does not belong to the public key")]
    [InlineData("\nsecret 0", "\nsecret ", "expected 'secret', found something else than 64 hexadecimal digits")]
    [InlineData("\nsecret", "\n\nsecret", "expected 'secret', found another line")]
    [InlineData("holdfast-key 1\nkind", "kind", "expected 'holdfast-key', found another line")]
    public void A_changed_key_file_is_refused_in_one_sentence(string text, string changed, string problem)
    {
        using var key = SigningKey.FromSeed(new byte[32]);
        KeyFiles.WriteSigningKey(PathOf("a.key"), KeyKind.Replica, key);
        Change("a.key", whole => whole.Replace(text, changed, StringComparison.Ordinal));

        var refusal = Assert.Throws<KeyFileException>(() => KeyFiles.ReadSigningKey(PathOf("a.key"), KeyKind.Replica));

        Assert.Equal($"The key file {PathOf("a.key")} cannot be used: {problem}.", refusal.Message);
    }

    [Fact]
    public void A_share_file_whose_values_do_not_fit_together_is_refused()
    {
        using var deal = Dealer.Deal(4, 2, epoch: 0, new Dice(54).Fill);
        using var other = Dealer.Deal(4, 2, epoch: 0, new Dice(55).Fill);
        var group = Convert.ToHexStringLower(deal.Site.Group.Span);
        var otherGroup = Convert.ToHexStringLower(other.Site.Group.Span);

        Refuses(nameof(FrostFailure.PublicSharesInconsistent), group, otherGroup);
        Refuses(nameof(FrostFailure.PublicShareInvalid), group, Convert.ToHexStringLower(HostilePoints.OrderTwo));
        Refuses(nameof(FrostFailure.SecretShareInvalid), "identifier 2", "identifier 3");
        Refuses(nameof(FrostFailure.MemberUnknown), "identifier 2", "identifier 5");
        Refuses(nameof(FrostFailure.ThresholdInvalid), "threshold 2", "threshold 5");
        Refuses("expected 'members' from 1 to 255", "members 4", "members 4000000000");

        void Refuses(string problem, string text, string changed)
        {
            File.Delete(PathOf("s"));
            KeyFiles.WriteSiteShare(PathOf("s"), deal.Shares[1]);
            Change("s", whole => whole.Replace(text, changed, StringComparison.Ordinal));
            var refusal = Assert.Throws<KeyFileException>(() => KeyFiles.ReadSiteShare(PathOf("s")));
            Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_missing_a_huge_and_a_strange_file_are_refused_with_their_path()
    {
        Refuses(PathOf("none"), () => KeyFiles.ReadSiteShare(PathOf("none")));
        Refuses(PathOf("none"), () => KeyFiles.ReadPublicKey(PathOf("none")));
        Refuses(_directory.FullName, () => KeyFiles.ReadSiteShare(_directory.FullName));
        using var key = SigningKey.FromSeed(new byte[32]);
        KeyFiles.WriteSigningKey(PathOf("huge"), KeyKind.Replica, key);
        Change("huge", _ => new string('x', KeyText.LengthMax + 1));
        Refuses("expected at most", () => KeyFiles.ReadSiteShare(PathOf("huge")));

        static void Refuses(string problem, Action action) =>
            Assert.Contains(problem, Assert.Throws<KeyFileException>(action).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_erased_key_file_is_gone()
    {
        using var key = SigningKey.FromSeed(new byte[32]);
        KeyFiles.WriteSigningKey(PathOf("a.key"), KeyKind.Client, key);
        KeyFiles.Erase(PathOf("a.key"));

        Assert.Empty(_directory.GetFiles());
    }

    [Fact]
    public void A_public_key_comes_back_from_PEM()
    {
        using var key = SigningKey.FromSeed(new byte[32]);
        KeyFiles.WritePublicKey(PathOf("a.pem"), key.PublicKey.Span);

        Assert.Equal(
            "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAO2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik=\n"
            + "-----END PUBLIC KEY-----\n",
            File.ReadAllText(PathOf("a.pem")));
        Assert.Equal(key.PublicKey.ToArray(), KeyFiles.ReadPublicKey(PathOf("a.pem")));
        File.WriteAllText(PathOf("b.pem"), PublicKeyPem.Encode(HostilePoints.Identity));
        Assert.Throws<KeyFileException>(() => KeyFiles.ReadPublicKey(PathOf("b.pem")));
    }

    /// <summary>A site's word needs no Holdfast to be checked.</summary>
    [Fact]
    public void OpenSSL_verifies_what_a_site_signed()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/openssl"), "openssl is not on this machine");
        using var site = new FrostFixture(56, members: 7, threshold: 3);
        var (nonces, group) = site.Commit(2, 3, 6);
        var shares = site.SignAll(FrostFixture.Message, nonces, group);
        Assert.True(Frost.Combine(site.Site, FrostFixture.Message, shares, out var signature).IsGood);
        KeyFiles.WritePublicKey(PathOf("site.pem"), site.Site.Group.Span);
        File.WriteAllBytes(PathOf("message"), FrostFixture.Message);
        File.WriteAllBytes(PathOf("signature"), signature);

        Assert.Equal(0, OpenSslVerify());
        signature[40] ^= 1;
        File.WriteAllBytes(PathOf("signature"), signature);
        Assert.NotEqual(0, OpenSslVerify());
    }

    private int OpenSslVerify()
    {
        string[] arguments =
        [
            "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", PathOf("site.pem"),
            "-in", PathOf("message"), "-sigfile", PathOf("signature"),
        ];
        var start = new ProcessStartInfo("/usr/bin/openssl", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(20)));
        return process.ExitCode;
    }

    private void Change(string name, Func<string, string> change)
    {
        var bytes = Encoding.ASCII.GetBytes(change(File.ReadAllText(PathOf(name))));
        File.WriteAllBytes(PathOf(name), bytes);
    }

    private string PathOf(string name) => Path.Combine(_directory.FullName, name);
}
