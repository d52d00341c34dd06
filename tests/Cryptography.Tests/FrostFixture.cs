namespace Holdfast.Cryptography.Tests;

/// <summary>A dealt key and nonces from a seed, to sign with any group of members.</summary>
internal sealed class FrostFixture(ulong seed, int members, int threshold) : IDisposable
{
    public static readonly byte[] Message = "holdfast site 1: a root"u8.ToArray();

    public Dice Dice { get; } = new(seed);

    public SiteKeyDeal Deal { get; } = Dealer.Deal(members, threshold, epoch: 5, new Dice(~seed).Fill);

    public SitePublicKey Site => Deal.Site;

    public FrostShare Share(int identifier) => Deal.Shares[identifier - 1];

    public FrostNonce Nonce(int identifier) => FrostNonce.Generate(Share(identifier), Dice.Fill);

    /// <summary>One attempt of a group: fresh nonces and their commitments, in the order of the members.</summary>
    public (FrostNonce[] Nonces, Commitment[] Members) Commit(params int[] identifiers)
    {
        FrostNonce[] nonces = [.. identifiers.Select(Nonce)];
        return (nonces, [.. nonces.Zip(identifiers, (nonce, identifier) => nonce.CommitmentOf(identifier))]);
    }

    /// <summary>All shares of one attempt, which must be good.</summary>
    public SignatureShare[] SignAll(byte[] message, FrostNonce[] nonces, Commitment[] members)
    {
        var shares = new SignatureShare[members.Length];
        for (var place = 0; place < members.Length; place++)
        {
            var result = Frost.Sign(
                Share(members[place].Identifier), nonces[place], message, members, out var share);
            Assert.Equal(FrostResult.Good, result);
            shares[place] = share!;
        }

        return shares;
    }

    public void Dispose() => Deal.Dispose();

    /// <summary>All subsets of a size, as identifiers.</summary>
    public static IEnumerable<int[]> Subsets(int members, int size) =>
        Enumerable.Range(0, 1 << members)
            .Where(bits => System.Numerics.BitOperations.PopCount((uint)bits) == size)
            .Select(bits => Enumerable.Range(1, members).Where(member => ((bits >> (member - 1)) & 1) == 1).ToArray());
}
