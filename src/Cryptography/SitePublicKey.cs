using System.Diagnostics.CodeAnalysis;

namespace Holdfast.Cryptography;

/// <summary>
/// What everybody may know of a site's shared key: the one public key, how many shares sign, the public share of
/// each replica, the key epoch. With threshold 1 it is a plain Ed25519 key, and its one public share is the key.
/// </summary>
public sealed class SitePublicKey
{
    private readonly byte[] _group;
    private readonly byte[][] _shares;

    internal SitePublicKey(ulong epoch, int threshold, ReadOnlySpan<byte> group, byte[][] shares)
    {
        Epoch = epoch;
        Threshold = threshold;
        _group = group.ToArray();
        _shares = shares;
    }

    /// <summary>Grows by one with each new sharing of the same key.</summary>
    public ulong Epoch { get; }

    /// <summary>How many shares make a signature: f + 1.</summary>
    public int Threshold { get; }

    /// <summary>How many shares there are; their identifiers are 1 to this.</summary>
    public int Members => _shares.Length;

    /// <summary>The site's public key, 32 bytes: an ordinary Ed25519 one.</summary>
    public ReadOnlyMemory<byte> Group => _group;

    /// <summary>The public share of a replica, 32 bytes. Identifiers count from 1.</summary>
    public ReadOnlyMemory<byte> ShareOf(int identifier) =>
        Knows(identifier) ? _shares[identifier - 1] : throw new ArgumentOutOfRangeException(nameof(identifier));

    public bool Knows(int identifier) => identifier >= 1 && identifier <= _shares.Length;

    /// <summary>
    /// Admits a site's public key from elsewhere: every point in the main subgroup, and all on one polynomial through
    /// the group's key. Costs about 0.1 ms times members times threshold.
    /// </summary>
    public static FrostResult TryCreate(
        ulong epoch,
        int threshold,
        ReadOnlySpan<byte> group,
        IReadOnlyList<ReadOnlyMemory<byte>> shares,
        [NotNullWhen(true)] out SitePublicKey? key)
    {
        ArgumentNullException.ThrowIfNull(shares);
        key = null;
        if (!FitsThreshold(threshold, shares.Count))
        {
            return FrostResult.Of(FrostFailure.ThresholdInvalid);
        }

        if (!Curve.IsValidPoint(group))
        {
            return FrostResult.Of(FrostFailure.PublicShareInvalid);
        }

        for (var index = 0; index < shares.Count; index++)
        {
            // A share that equals the group's key would be the whole key in one replica's hands.
            if (!Curve.IsValidPoint(shares[index].Span)
                || (threshold > 1 && shares[index].Span.SequenceEqual(group)))
            {
                return new FrostResult(FrostFailure.PublicShareInvalid, index + 1);
            }
        }

        var candidate = new SitePublicKey(epoch, threshold, group, [.. shares.Select(share => share.ToArray())]);
        if (!candidate.IsConsistent())
        {
            return FrostResult.Of(FrostFailure.PublicSharesInconsistent);
        }

        key = candidate;
        return FrostResult.Good;
    }

    /// <summary>
    /// A whole key belongs to one replica alone: were it dealt to several, each could speak for the site, so
    /// threshold 1 means one member.
    /// </summary>
    internal static bool FitsThreshold(int threshold, int members) =>
        threshold >= 1 && threshold <= members && members <= Frost.IdentifierMax && (threshold > 1 || members == 1);

    /// <summary>Every window of neighbouring shares, as many as the threshold, must give the group's key.</summary>
    private bool IsConsistent()
    {
        Span<int> window = stackalloc int[Threshold];
        for (var first = 1; first + Threshold - 1 <= Members; first++)
        {
            for (var place = 0; place < Threshold; place++)
            {
                window[place] = first + place;
            }

            if (!GivesGroupKey(window))
            {
                return false;
            }
        }

        return true;
    }

    private bool GivesGroupKey(ReadOnlySpan<int> identifiers)
    {
        Span<byte> coefficient = stackalloc byte[Curve.ScalarLength];
        Span<byte> term = stackalloc byte[Curve.PointLength];
        Span<byte> sum = stackalloc byte[Curve.PointLength];
        for (var place = 0; place < identifiers.Length; place++)
        {
            Lagrange.Coefficient(identifiers[place], identifiers, coefficient);
            if (Sodium.PointMultiply(place == 0 ? sum : term, coefficient, _shares[identifiers[place] - 1]) != 0
                || (place > 0 && Sodium.PointAdd(sum, sum, term) != 0))
            {
                return false;
            }
        }

        return sum.SequenceEqual(_group);
    }
}
