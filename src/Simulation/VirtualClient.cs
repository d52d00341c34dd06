using Holdfast.Node;
using Holdfast.Protocol.Messages;
using Holdfast.Simulation.Checkers;

namespace Holdfast.Simulation;

/// <summary>
/// A client that does what a client may do and no more: it opens a session, sends one request after the other, again
/// while no answer comes, and believes what f + 1 replicas of its site say alike.
/// </summary>
internal sealed class VirtualClient
{
    private const int Registers = 3;
    private const long FirstPatience = 800_000;
    private const long LongestPatience = 4_000_000;

    private readonly Surroundings _world;
    private readonly Dice _dice;
    private readonly IReplicaSigner _signer;
    private readonly int _client;
    private readonly SiteId _site;
    private readonly SiteSize _size;
    private readonly Bytes _key;
    private readonly long _until;
    private readonly SortedDictionary<int, OperationResult> _answers = [];
    private GlobalPosition _session;
    private ulong _updates;
    private ulong _queries;
    private ulong _lastView;
    private Asked? _asked;

    public VirtualClient(Surroundings world, int client, Dice dice, long until)
    {
        (_world, _client, _dice, _until) = (world, client, dice, until);
        _signer = world.Keys.ClientSigner(client);
        _site = new SiteId(world.Places.SiteOfClient(client));
        _size = world.Keys.Genesis[_site].Size;
        _key = world.Keys.Genesis.Clients[client].PublicKey;
        world.Network.Listen(world.Places.OfClient(client), Receive);
        world.Time.After(dice.Between(0, 50_000), OpenSession);
    }

    /// <summary>Nothing is out, and nothing will be asked any more.</summary>
    public bool IsDone => _asked is null && _world.Time.Now >= _until;

    public long Answered { get; private set; }

    private string Name => $"client {_client}";

    private void OpenSession() => Ask(
        new(OperationKind.OpenSession, _dice.Bytes(8)), RequestLevel.Update, register: null, isWrite: false, value: 0);

    private void AskNext()
    {
        if (_world.Time.Now >= _until)
        {
            return;
        }

        var register = _dice.Below(Registers);

        // Unlike every other number in the world: the client, then its count.
        var unique = ((long)(_client + 1) << 32) + (long)(_updates + _queries) + 1;
        var choice = _dice.Below(100);
        if (choice < 50)
        {
            Ask(Application(Simulation.Registers.Write(register, unique)), RequestLevel.Update, register, true, unique);
        }
        else
        {
            var level = choice < 70 ? RequestLevel.Update : choice < 85 ? RequestLevel.Global : RequestLevel.Ordered;
            Ask(Application(Simulation.Registers.Read(register, unique)), level, register, false, unique);
        }
    }

    private static Operation Application(Bytes body) => new(OperationKind.Application, body);

    private void Ask(Operation operation, RequestLevel level, int? register, bool isWrite, long value)
    {
        var number = level == RequestLevel.Update ? ++_updates : ++_queries;
        var request = Sign(new ClientRequest(
            _key,
            _session,
            number,
            number - 1,
            level,
            ReceiptWanted: false,
            Timestamp.Never,
            default,
            [operation],
            Bytes.Empty));

        // An ordered query sees its site's past only: no part of the one history.
        var call = register is { } known && level != RequestLevel.Ordered
            ? _world.Judge.Linearizability.Begin(known, isWrite, isWrite ? value : 0, _world.Time.Now)
            : null;
        _asked = new Asked(request, request.RequestDigest(_world.Keys.Genesis.Cluster), call, isWrite, value);
        if (level == RequestLevel.Update && register is not null)
        {
            _world.Judge.Invented.Submitted(operation.Body);
        }

        _world.Judge.Progress.Waits(NameOf(_asked));
        _answers.Clear();
        Send(_asked, FirstPatience, toAll: false);
    }

    private void AskAnew(Asked asked)
    {
        var again = Sign(
            asked.Request with { FirstNumber = ++_queries, DoneUpTo = _queries - 1, Signature = Bytes.Empty });
        _world.Judge.Progress.Done(NameOf(asked));
        _asked = asked with { Request = again, Digest = again.RequestDigest(_world.Keys.Genesis.Cluster) };
        _world.Judge.Progress.Waits(NameOf(_asked));
        Send(_asked, LongestPatience, toAll: true);
    }

    private ClientRequest Sign(ClientRequest request) => new(
        request.Client,
        request.Session,
        request.FirstNumber,
        request.DoneUpTo,
        request.Level,
        request.ReceiptWanted,
        request.NotAfter,
        request.Floor,
        request.Operations,
        _signer.Sign(request.SigningBytes(_world.Keys.Genesis.Cluster).Span));

    private void Send(Asked asked, long patience, bool toAll)
    {
        if (asked != _asked)
        {
            return;
        }

        var primary = (int)(_lastView % (ulong)_size.Replicas);
        for (var replica = 0; replica < _size.Replicas; replica++)
        {
            if (toAll || replica == primary)
            {
                _world.Network.Send(
                    _world.Places.OfClient(_client),
                    _world.Places.Of(new ReplicaId(_site, replica)),
                    asked.Request.Encoded,
                    _world.Time.Now);
            }
        }

        _world.Time.After(patience, () => Send(asked, Math.Min(patience * 2, LongestPatience), toAll: true));
    }

    private void Receive(int from, Bytes frame)
    {
        if (_world.Places.ReplicaAt(from) is not { } replica
            || ClientFrames.Decode(frame.Span) is not Reply reply
            || _asked is not { } asked
            || reply.Body.Request != asked.Digest
            || reply.Body.Results.Count != 1)
        {
            return;
        }

        var result = reply.Body.Results[0];
        _answers[replica.Index] = result;
        if (_answers.Values.Count(other => other == result) >= _size.OneCorrect)
        {
            _lastView = Math.Max(_lastView, reply.View.Number);
            OnAnswer(asked, result);
        }
    }

    private void OnAnswer(Asked asked, OperationResult result)
    {
        _world.Trace($"{Name} learns of {NameOf(asked)}: {result.Outcome} {result.Because} at {result.Position}");
        if (result.Outcome is Outcome.NotTaken or Outcome.Behind)
        {
            _answers.Clear();
            if (asked.Request.Level != RequestLevel.Update)
            {
                // A query that was refused is over; the same bytes again would be a repeat, not a question.
                AskAnew(asked);
            }

            // An update goes on under the same number: what was out is still waited for.
            return;
        }

        _asked = null;
        _world.Judge.Progress.Done(NameOf(asked));
        Answered++;
        if (asked.Request.Operations[0].Kind == OperationKind.OpenSession)
        {
            _session = Expect(result, Outcome.Committed).Position;
            _updates = 0;
        }
        else if (asked.Request.Level == RequestLevel.Update)
        {
            OnUpdate(asked, Expect(result, Outcome.Committed));
        }
        else
        {
            asked.Call?.Return(_world.Time.Now, Simulation.Registers.ValueOf(Expect(result, Outcome.Answered).Result));
        }

        _world.Time.After(_dice.Between(1_000, 300_000), AskNext);
    }

    private void OnUpdate(Asked asked, OperationResult result)
    {
        _world.Judge.Kept.Acknowledged(result.Position, asked.Request.Operations[0].Body);
        asked.Call?.Return(_world.Time.Now, asked.IsWrite ? asked.Value : Simulation.Registers.ValueOf(result.Result));
    }

    private OperationResult Expect(OperationResult result, Outcome outcome) => result.Outcome == outcome
        ? result
        : throw new CheckFailedException(
            "HonestAnswers", $"{Name} expected {outcome} and was told {result.Outcome} because {result.Because}");

    private string NameOf(Asked asked) =>
        $"{asked.Request.Level} {asked.Request.FirstNumber} of {Name} at {_site}";

    private sealed record Asked(
        ClientRequest Request, Digest Digest, Linearizability.Call? Call, bool IsWrite, long Value);
}
