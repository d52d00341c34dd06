namespace Holdfast.Protocol;

/// <summary>How many replicas a site has, and how many of them make a proof.</summary>
public readonly record struct SiteSize(int Faults)
{
    public int Replicas => (3 * Faults) + 1;

    /// <summary>Any two quorums share a correct replica: 2(2f + 1) - (3f + 1) = f + 1.</summary>
    public int Quorum => (2 * Faults) + 1;

    /// <summary>Among so many replicas, one at least is correct.</summary>
    public int OneCorrect => Faults + 1;

    /// <summary>So many prepares of others complete the primary's pre-prepare to a quorum.</summary>
    public int PreparesOfOthers => Quorum - 1;
}
