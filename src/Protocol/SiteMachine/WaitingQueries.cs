using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>Queries that wait inside the machine, in the order of arrival, each for a while. Bounded in number and in
/// bytes, and fair among clients.</summary>
/// <param name="patience">How long one waits before it is given up.</param>
internal sealed class WaitingQueries(TimeSpan patience)
{
    private readonly List<WaitingQuery> _queries = [];
    private readonly ClientShares _shares = new(Limits.WaitingReads, Limits.WaitingReadBytes);

    public Timestamp NextDeadline => _queries.Count == 0 ? Timestamp.Never : _queries[0].Until;

    /// <summary>Refused if too many wait already, or too many of this client.</summary>
    /// <param name="round">The read number that it waits for, if any.</param>
    public Rejection TryAdd(ClientRequest request, Timestamp now, ulong round = 0)
    {
        var refusal = _shares.Judge(request.Client, request.Encoded.Length, Rejection.ReadsFull);
        if (refusal == Rejection.None)
        {
            Add(new(request, now + patience, round));
        }

        return refusal;
    }

    public bool Exists(Predicate<WaitingQuery> condition) => _queries.Exists(condition);

    /// <summary>Writes each of them down anew.</summary>
    public void Change(Func<WaitingQuery, WaitingQuery> change)
    {
        for (var index = 0; index < _queries.Count; index++)
        {
            _queries[index] = change(_queries[index]);
        }
    }

    /// <summary>All wait from now on.</summary>
    public void Restart(Timestamp now) => Change(query => query with { Until = now + patience });

    /// <summary>Takes out what can be answered now, and what has waited too long.</summary>
    public IReadOnlyList<(ClientRequest Request, bool IsReached)> Take(
        Predicate<WaitingQuery> canBeAnswered, Timestamp now)
    {
        if (_queries.Count == 0)
        {
            return [];
        }

        var taken = new List<(ClientRequest, bool)>();
        _queries.RemoveAll(query =>
        {
            var isReached = canBeAnswered(query);
            if (!isReached && query.Until > now)
            {
                return false;
            }

            taken.Add((query.Request, isReached));
            _shares.Remove(query.Request.Client, query.Request.Encoded.Length);
            return true;
        });
        return taken;
    }

    public void Save(WireWriter writer)
    {
        writer.Count(_queries.Count);
        foreach (var query in _queries)
        {
            query.Write(writer);
        }
    }

    public void Load(ref WireReader reader)
    {
        for (var left = reader.Count(Limits.WaitingReads); left > 0; left--)
        {
            Add(WaitingQuery.Read(ref reader));
        }
    }

    private void Add(WaitingQuery query)
    {
        _queries.Add(query);
        _shares.Add(query.Request.Client, query.Request.Encoded.Length);
    }
}
