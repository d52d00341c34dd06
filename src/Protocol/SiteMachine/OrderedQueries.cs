using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>The queries that took their place in the site's order: each is answered once, at once if the site has
/// executed up to the client's floor, else when it has, or <c>Behind</c> when that takes too long.</summary>
internal sealed class OrderedQueries
{
    /// <summary>The primary may not order a query again while its name is among so many newest ones; later a repeat
    /// costs an answer that nobody waits for, and nothing else.</summary>
    private const int RememberedMax = 4096;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private readonly SortedSet<Digest> _remembered = [];
    private readonly Queue<Digest> _oldestFirst = new();
    private readonly WaitingQueries _waiting = new(Patience);

    public Timestamp NextDeadline => _waiting.NextDeadline;

    public bool IsKnown(ClientRequest request) => _remembered.Contains(request.Digest);

    /// <summary>Notes that this query was ordered. False if it was before.</summary>
    public bool TryRemember(ClientRequest request)
    {
        if (!_remembered.Add(request.Digest))
        {
            return false;
        }

        _oldestFirst.Enqueue(request.Digest);
        if (_oldestFirst.Count > RememberedMax)
        {
            _remembered.Remove(_oldestFirst.Dequeue());
        }

        return true;
    }

    /// <summary>Keeps a query until its floor is executed. Refused if too many wait already.</summary>
    public Rejection TryWait(ClientRequest request, Timestamp now) => _waiting.TryAdd(request, now);

    /// <summary>Whether a query has not been answered yet.</summary>
    public bool IsWaiting(ClientRequest request) => _waiting.Exists(query => query.Request.Digest == request.Digest);

    /// <summary>The site slept: waiting begins anew.</summary>
    public void Restart(Timestamp now) => _waiting.Restart(now);

    /// <summary>Takes out what can be answered now, and what has waited too long, in the order of arrival.</summary>
    public IReadOnlyList<(ClientRequest Request, bool IsReached)> Take(GlobalSequence executed, Timestamp now) =>
        _waiting.Take(query => query.Request.Floor <= executed, now);

    public void Save(WireWriter writer)
    {
        writer.Count(_oldestFirst.Count);
        foreach (var digest in _oldestFirst)
        {
            writer.Digest(digest);
        }

        _waiting.Save(writer);
    }

    public void Load(ref WireReader reader)
    {
        for (var left = reader.Count(RememberedMax); left > 0; left--)
        {
            var digest = reader.Digest();
            _remembered.Add(digest);
            _oldestFirst.Enqueue(digest);
        }

        _waiting.Load(ref reader);
    }
}
