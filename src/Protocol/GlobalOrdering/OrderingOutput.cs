using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>A word for another site, to be put on the stream of the link to it.</summary>
public sealed record OrderingWord(SiteId To, StreamBody Body);

/// <summary>Something of another site that was refused, by name.</summary>
public sealed record OrderingRefusal(SiteId From, Rejection Reason);

/// <summary>What follows from what the global ordering was told, each list in order.</summary>
public sealed class OrderingOutput
{
    private readonly List<OrderingWord> _words = [];
    private readonly List<FilledEntry> _committed = [];
    private readonly List<OrderingRefusal> _refusals = [];

    public IReadOnlyList<OrderingWord> Words => _words;

    /// <summary>In global order, each exactly once. The machine executes them and says so by
    /// <see cref="GlobalOrdering.OnExecuted"/>.</summary>
    public IReadOnlyList<FilledEntry> Committed => _committed;

    public IReadOnlyList<OrderingRefusal> Refusals => _refusals;

    public void Say(SiteId to, StreamBody body) => _words.Add(new(to, body));

    public void Commit(FilledEntry entry) => _committed.Add(entry);

    public void Reject(SiteId from, Rejection reason) => _refusals.Add(new(from, reason));

    public void Clear()
    {
        _words.Clear();
        _committed.Clear();
        _refusals.Clear();
    }
}
