namespace Holdfast.Protocol;

/// <summary>Groups of f + 1 of which one is clean whichever f replicas are faulty: an attempt that asks all of them gives a
/// signature for sure. Two disjoint groups do that for f = 1; for f = 2 they do it for 57 of 100 pairs of faulty
/// replicas only, for f = 3 for 33. From f = 4 on a family is too long to ask.</summary>
internal static class CoveringFamily
{
    // Places in the trusted order. Five are the fewest: four groups of three are always met by some two of seven.
    private static readonly byte[][] OfTwo = [[0, 1, 2], [0, 3, 4], [0, 5, 6], [1, 3, 5], [2, 4, 6]];

    // Found by search; nine were not.
    private static readonly byte[][] OfThree =
    [
        [0, 1, 4, 8], [0, 2, 5, 8], [0, 3, 5, 6], [0, 6, 7, 9], [1, 2, 4, 6],
        [1, 3, 5, 9], [1, 4, 7, 9], [2, 3, 6, 8], [2, 7, 8, 9], [3, 4, 5, 7],
    ];

    /// <summary>Places in a list of all replicas of a site, ascending in each group; none where there is no family.</summary>
    public static IReadOnlyList<byte[]> Of(SiteSize size) => size.Faults switch
    {
        2 => OfTwo,
        3 => OfThree,
        _ => [],
    };
}
