using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Client;

/// <summary>The newest reply of each replica of one site to one request. f + 1 replicas that say the same of an
/// operation count: one of them at least is correct.</summary>
internal sealed class ReplyVotes(SiteSize size)
{
    private readonly ClientReply?[] _replies = new ClientReply?[size.Replicas];
    private readonly long[] _ages = new long[size.Replicas];

    public int Count => _replies.Count(reply => reply is not null);

    public bool Has(int replica) => _replies[replica] is not null;

    /// <summary>One replica has one vote, whatever it sends.</summary>
    public void Add(int replica, Reply reply) =>
        (_replies[replica], _ages[replica]) = (reply.Body, reply.AgeMicroseconds);

    public void Clear() => Array.Clear(_replies);

    /// <summary>What f + 1 replicas say alike of this operation; null if no f + 1 do so far.</summary>
    public OperationResult? Told(int operation)
    {
        foreach (var candidate in _replies)
        {
            if (candidate is not null)
            {
                var meaning = Meaning(candidate.Results[operation]);
                if (CountAlike(meaning, operation) >= size.OneCorrect)
                {
                    return meaning;
                }
            }
        }

        return null;
    }

    /// <summary>The oldest of those that say this of an operation: one of them at least is correct.</summary>
    public TimeSpan AgeOf(int operation, OperationResult told)
    {
        var oldest = 0L;
        for (var replica = 0; replica < _replies.Length; replica++)
        {
            var isAlike = _replies[replica] is { } reply && Meaning(reply.Results[operation]) == told;
            oldest = isAlike ? Math.Max(oldest, _ages[replica]) : oldest;
        }

        return ClientOutcome.AgeOf(oldest);
    }

    /// <summary>What was not executed has no place: replicas that are not equally far may name several.</summary>
    private static OperationResult Meaning(OperationResult result) =>
        result.Outcome is Outcome.Committed or Outcome.Answered
            ? result
            : result with { Position = default, ChangedAt = default };

    private int CountAlike(OperationResult meaning, int operation) =>
        _replies.Count(reply => reply is not null && Meaning(reply.Results[operation]) == meaning);
}
