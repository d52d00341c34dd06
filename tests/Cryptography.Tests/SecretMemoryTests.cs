using System.Runtime.CompilerServices;

namespace Holdfast.Cryptography.Tests;

/// <summary>What is secret is in guarded memory, and zeroed where it was taken from.</summary>
public sealed class SecretMemoryTests
{
    [Fact]
    public void A_taken_nonce_leaves_only_zeros_behind()
    {
        using var site = new FrostFixture(80, members: 4, threshold: 2);
        using var nonce = site.Nonce(1);
        Assert.Contains(SecretOf(nonce), value => value != 0);
        Assert.True(nonce.TryTake(new byte[FrostNonce.SecretLength]));

        Assert.All(SecretOf(nonce), value => Assert.Equal(0, value));
    }

    [Fact]
    public void A_row_forgets_the_pair_that_it_gave_and_no_other()
    {
        using var site = new FrostFixture(81, members: 4, threshold: 2);
        using var row = new NonceRow(0, site.Share(1), site.Dice.Fill);
        using var nonce = row.Take(100);
        using var secrets = SecretsOf(row).Open();
        for (var index = 0; index < NonceStore.RowLength; index++)
        {
            var pair = secrets.Bytes.Slice(index * FrostNonce.SecretLength, FrostNonce.SecretLength);
            Assert.Equal(index == 100, pair.IndexOfAnyExcept((byte)0) < 0);
        }
    }

    [Fact]
    public void A_nonce_that_is_disposed_of_is_gone()
    {
        using var site = new FrostFixture(82, members: 4, threshold: 2);
        var (nonces, group) = site.Commit(1, 2);
        nonces[0].Dispose();

        Assert.All(SecretOf(nonces[0]), value => Assert.Equal(0, value));
        Assert.Equal(
            FrostFailure.NonceTaken, Frost.Sign(site.Share(1), nonces[0], "m"u8, group, out _).Failure);
    }

    /// <summary>The same dice with another key share give other nonces: bad dice alone do not give keys away.</summary>
    [Fact]
    public void Nonces_are_hedged_by_the_key_share()
    {
        using var site = new FrostFixture(83, members: 4, threshold: 2);
        using var one = FrostNonce.Generate(site.Share(1), bytes => bytes.Clear());
        using var two = FrostNonce.Generate(site.Share(2), bytes => bytes.Clear());

        Assert.NotEqual(one.Points.ToArray(), two.Points.ToArray());
    }

    [Fact]
    public void Closed_secret_memory_cannot_be_opened()
    {
        var secret = new SecretBytes([1, 2, 3]);
        var lease = secret.Open();
        secret.Dispose();
        Assert.Equal([1, 2, 3], lease.Bytes.ToArray());
        lease.Dispose();

        Assert.Throws<ObjectDisposedException>(() => secret.Open());
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_secret")]
    private static extern ref byte[] SecretOf(FrostNonce nonce);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_secrets")]
    private static extern ref SecretBytes SecretsOf(NonceRow row);
}
