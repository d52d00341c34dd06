using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Client;

/// <summary>Local queries: f + 1 answers count when result and <c>ChangedAt</c> are equal and each was read at or above
/// the floor. Then the floor rises to <c>ChangedAt</c>, never to a <c>ReadAt</c>, which a liar may say too high. Two
/// tries, then the query is ordered.</summary>
internal sealed class LocalReads(SessionState state, Action<PendingOperation> order)
{
    private const int TriesMax = 2;

    private readonly Queue<PendingOperation> _waiting = new();
    private readonly SortedDictionary<ulong, LocalRead> _out = [];
    private ulong _lastId;
    private int _turn;

    public Instant NextWake => _out.Count == 0 ? Instant.Never : _out.Values.Min(read => read.Until);

    public void Add(PendingOperation operation) => _waiting.Enqueue(operation);

    public void Pump(Instant now, ClientEffects effects)
    {
        foreach (var read in _out.Values.Where(read => read.Operation.IsFinished || read.Until <= now).ToArray())
        {
            _out.Remove(read.Id);
            if (!read.Operation.IsFinished)
            {
                TryAgain(read, now, effects);
            }
        }

        while (_out.Count < state.Settings.LocalQueriesInFlight && _waiting.TryPeek(out var next))
        {
            if (next.IsFinished)
            {
                _waiting.Dequeue();
            }
            else if (state.Connections.Choose(0) is { } site && state.Connections.CanAnswer(site))
            {
                Ask(_waiting.Dequeue(), site, number: 1, now, effects);
            }
            else
            {
                return;
            }
        }
    }

    /// <summary>False if it answers nothing that this replica was asked.</summary>
    public bool TryTake(ReplicaId replica, LocalAnswer answer, Instant now, ClientEffects effects)
    {
        if (!_out.TryGetValue(answer.Id, out var read) || !read.Answers.ContainsKey(replica))
        {
            return false;
        }

        read.Answers[replica] = answer;
        if (read.Operation.IsFinished)
        {
            return true;
        }

        if (Agreed(read) is { } agreed)
        {
            _out.Remove(read.Id);
            Accept(read, agreed, effects);
        }
        else if (read.Answers.Values.All(one => one is not null))
        {
            _out.Remove(read.Id);
            TryAgain(read, now, effects);
        }

        return true;
    }

    /// <summary>f + 1 answers that count, the present floor included: what was seen meanwhile is not gone back
    /// from.</summary>
    private LocalAnswer[]? Agreed(LocalRead read)
    {
        var needed = state.Connections.Size(read.Site).OneCorrect;
        var above = read.Answers.Values
            .OfType<LocalAnswer>()
            .Where(answer => answer.Refusal == Rejection.None && answer.ReadAt >= state.Floor)
            .ToArray();
        foreach (var candidate in above)
        {
            var alike = above
                .Where(answer => answer.ChangedAt == candidate.ChangedAt && answer.Result == candidate.Result)
                .ToArray();
            if (alike.Length >= needed)
            {
                return alike;
            }
        }

        return null;
    }

    private void Accept(LocalRead read, LocalAnswer[] agreed, ClientEffects effects)
    {
        state.RaiseFloor(agreed[0].ChangedAt);
        var oldest = agreed.Max(answer => answer.AgeMicroseconds);
        var outcome = new ClientOutcome(
            Outcome.Answered,
            ClientReason.None,
            RefusedBecause.None,
            // The result has not changed since ChangedAt at any of them, so it holds at the least of their places too.
            new(agreed.Min(answer => answer.ReadAt), 0),
            agreed[0].ChangedAt,
            agreed[0].Result)
        {
            Site = read.Site,
            Level = QueryLevel.Local,
            Age = ClientOutcome.AgeOf(oldest),
        };
        state.Finish(read.Operation, outcome, effects);
    }

    private void TryAgain(LocalRead read, Instant now, ClientEffects effects)
    {
        if (read.Number < TriesMax && state.Connections.Choose(0) is { } site && state.Connections.CanAnswer(site))
        {
            Ask(read.Operation, site, read.Number + 1, now, effects);
            return;
        }

        read.Operation.Level = QueryLevel.Ordered;
        order(read.Operation);
    }

    /// <summary>The first try asks as many as make an agreement likely although f lie, in turn; the second asks
    /// all.</summary>
    private void Ask(PendingOperation operation, SiteId site, int number, Instant now, ClientEffects effects)
    {
        var size = state.Connections.Size(site);
        var connected = state.Connections.Of(site);
        var count = number == 1 ? Math.Min(size.Quorum, connected.Count) : connected.Count;
        var read = new LocalRead(++_lastId, operation, site, number, now + state.Settings.LocalBound);
        for (var offset = 0; offset < count; offset++)
        {
            read.Answers.Add(connected[(_turn + offset) % connected.Count], null);
        }

        _turn = (_turn + 1) % size.Replicas;
        _out.Add(read.Id, read);
        operation.WasSent = true;
        foreach (var replica in read.Answers.Keys)
        {
            effects.Send(replica, new LocalQuery(read.Id, operation.Operation.Body, state.Floor));
        }
    }

    /// <summary>One try; its answers by the replicas that were asked, null until they come.</summary>
    private sealed record LocalRead(ulong Id, PendingOperation Operation, SiteId Site, int Number, Instant Until)
    {
        public SortedDictionary<ReplicaId, LocalAnswer?> Answers { get; } = [];
    }
}
