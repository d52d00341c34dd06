using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>Shares and signatures of peers whose machines are ahead of ours, until ours has come as far. Bounded for
/// each peer, so that none can crowd out another.</summary>
public sealed class EarlyWords(int replicas)
{
    private readonly List<(SiteSequence Batch, Said Said)>[] _words =
        [.. Enumerable.Range(0, replicas).Select(_ => new List<(SiteSequence, Said)>())];

    public Rejection Keep(SiteSequence batch, Said said)
    {
        ArgumentNullException.ThrowIfNull(said);
        var words = _words[said.Replica];
        if (words.Count == Limits.EarlySharesPerReplica)
        {
            return Rejection.PoolFull;
        }

        words.Add((batch, said));
        return Rejection.None;
    }

    /// <summary>What has come for this batch.</summary>
    public IReadOnlyList<Said> Take(SiteSequence batch)
    {
        var taken = new List<Said>();
        foreach (var words in _words)
        {
            taken.AddRange(words.Where(word => word.Batch == batch).Select(word => word.Said));
            words.RemoveAll(word => word.Batch == batch);
        }

        return taken;
    }

    public void Retire(SiteSequence below)
    {
        foreach (var words in _words)
        {
            words.RemoveAll(word => word.Batch < below);
        }
    }
}
