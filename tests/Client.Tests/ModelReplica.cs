using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Client.Tests;

/// <summary>One replica of the model: it executes a prefix of the global order and answers from it, or lies.</summary>
internal sealed class ModelReplica(ReplicaId name, Genesis genesis, bool isLiar, Dice dice)
{
    private readonly GlobalState _state = GlobalState.Begin(genesis, new TallyMachine());
    private readonly SortedDictionary<Digest, ClientReply> _replies = [];
    private readonly List<ulong> _totals = [0];
    private readonly List<GlobalSnapshot> _past = [];

    public ReplicaId Name => name;

    public bool IsLiar => isLiar;

    /// <summary>Grows with each break and each return.</summary>
    public int Connection { get; set; }

    public int Executed => (int)_state.Executed.Number;

    public IReadOnlyList<ulong> Totals => _totals;

    public void Execute(IReadOnlyList<ClientRequest> order, int upTo)
    {
        while (Executed < upTo)
        {
            _past.Add(_state.Snapshot());
            var request = order[Executed];
            var results = _state.Execute(_state.Executed.Next, new(Executed), [request])[0].Results;
            _replies[request.RequestDigest(genesis.Cluster)] = Reply(request, results);
            _totals.Add(TallyMachine.Decode(Query(Bytes.Empty).Result));
        }
    }

    /// <summary>The request has had its place in the site's order: the reply of those who answer at once.</summary>
    public Reply? Conclude(ClientRequest request, int at)
    {
        if (request.Level != RequestLevel.Update)
        {
            var state = at < Executed ? _past[at] : _state.Snapshot();
            var results = request.Operations.Select(
                (query, index) => state.Query(request.Client, request.FirstNumber + (ulong)index, query.Body));
            _replies[request.RequestDigest(genesis.Cluster)] = Reply(request, ValueList.From(results));
        }

        var answers = Repliers.AnswersAtOnce(request.Client, request.FirstNumber, name.Index, genesis[name.Site].Size);
        return answers ? Told(_replies[request.RequestDigest(genesis.Cluster)]) : null;
    }

    public OperationResult Query(Bytes query) => _state.Snapshot().Query(Stage.Client, 1, query);

    /// <summary>What it says to a frame at once.</summary>
    public IEnumerable<ClientFrame> Answer(ClientFrame frame)
    {
        switch (frame)
        {
            case Request request when isLiar:
                yield return new Reply(new(dice.Next()), 0, Lie(Reply(
                    request.Body,
                    ValueList.From(request.Body.Operations.Select((_, index) => new OperationResult(
                        request.Body.FirstNumber + (ulong)index,
                        (Outcome)(1 + dice.Below(6)),
                        (RefusedBecause)dice.Below(13),
                        default,
                        default,
                        Bytes.Empty))))));
                break;
            case ResendReply resend when _replies.TryGetValue(resend.RequestDigest, out var reply):
                yield return Told(reply);
                break;
            case LocalQuery query:
                yield return isLiar ? LieLocally(query) : AnswerLocally(query, _state.Snapshot());
                break;
        }
    }

    private static LocalAnswer AnswerLocally(LocalQuery query, GlobalSnapshot state)
    {
        var answer = state.Query(Stage.Client, 1, query.Query);
        return new(query.Id, answer.Result, answer.ChangedAt, state.Executed, AgeMicroseconds: 0, Rejection.None);
    }

    /// <summary>A true answer of the past, one that pretends to be of now, or one of a future that may never
    /// come.</summary>
    private LocalAnswer LieLocally(LocalQuery query)
    {
        var truth = AnswerLocally(query, _past.Count == 0 ? _state.Snapshot() : _past[dice.Below(_past.Count)]);
        return dice.Below(4) switch
        {
            0 => truth,
            1 => truth with { ReadAt = new(1_000_000_000) },
            2 => truth with { ReadAt = new(1_000_000_000), ChangedAt = new(1_000_000_000), Result = dice.Bytes(8) },
            _ => truth with { Result = dice.Bytes(8) },
        };
    }

    private Reply Told(ClientReply reply) => isLiar
        ? new(new(dice.Next()), long.MaxValue, Lie(reply))
        : new(default, 0, reply);

    private ClientReply Lie(ClientReply reply) => reply with
    {
        Results = ValueList.From(reply.Results.Select(result => result with
        {
            Position = new(new(dice.Next() >> 1), 0),
            Result = dice.Bytes(8),
        })),
    };

    private ClientReply Reply(ClientRequest request, ValueList<OperationResult> results) =>
        new(request.Client, request.Session, request.RequestDigest(genesis.Cluster), request.Level, results);
}
