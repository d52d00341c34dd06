using Holdfast.Protocol.Messages;
using static Holdfast.Protocol.Tests.GlobalStage;

namespace Holdfast.Protocol.Tests;

/// <summary>What a replica says to a client that asks again. A site of one replica, whose words come back when they are
/// on disk.</summary>
public sealed class RetriedRequestsTests
{
    private readonly Replica _replica;
    private readonly Effects _effects = new();
    private readonly List<ClientReply> _replies = [];
    private readonly List<Effect.Answer> _answers = [];
    private Instant _now = new(1_000_000);

    public RetriedRequestsTests()
    {
        var signing = new IdealSigning();
        var key = new Bytes(new byte[Limits.PublicKeyBytes]);
        var genesis = new Genesis(
            new(new byte[Genesis.RandomBytes]),
            [new(new SiteSize(0), key, [key], [key])],
            [new(0)],
            [new(Writer, Roles.Reader | Roles.Writer)],
            "test",
            1);
        _replica = new(
            new(genesis, new(new(0), 0), signing, signing, new TestMachine()),
            _now,
            At(1000),
            Digest.Of([7]),
            null,
            [],
            _effects);
        Settle();
    }

    [Fact]
    public void An_update_that_was_not_taken_is_tried_again_under_the_same_number_and_not_refused_from_memory()
    {
        var session = Ask(Request(Writer, default, 1, new Operation(OperationKind.OpenSession, Bytes.Empty))).Position;
        var above = SessionLimits.Window + 1UL;
        var request = Request(Writer, session, above, Do("a"));
        Assert.Equal((Outcome.NotTaken, RefusedBecause.AboveWindow), (Ask(request).Outcome, Ask(request).Because));

        // The client says what is done, so the window moves on.
        Ask(Request(Writer, session, 2, Do("b")) with { DoneUpTo = 1 });
        Assert.Equal(Outcome.Committed, Ask(request).Outcome);
    }

    [Fact]
    public void A_query_that_was_answered_is_answered_alike_when_it_is_repeated()
    {
        var session = Ask(Request(Writer, default, 1, new Operation(OperationKind.OpenSession, Bytes.Empty))).Position;
        var query = MachineWorld.Query(1, RequestLevel.Ordered, client: Writer);
        var answer = Ask(query);
        Ask(Request(Writer, session, 1, Do("a")));
        Assert.Equal(answer, Ask(query));
    }

    [Fact]
    public void An_answer_that_is_repeated_is_as_old_as_what_it_saw()
    {
        Ask(Request(Writer, default, 1, new Operation(OperationKind.OpenSession, Bytes.Empty)));
        var query = MachineWorld.Query(1, RequestLevel.Ordered, client: Writer);
        Ask(query);
        var first = _answers[^1].CurrentAt;
        _now += TimeSpan.FromSeconds(3);
        Settle();

        Ask(query);

        Assert.Equal(first, _answers[^1].CurrentAt);
        Assert.InRange(
            _replica.Published.AgeAt(_now, first), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(10));
    }

    private OperationResult Ask(ClientRequest request)
    {
        _replies.Clear();
        _replica.Step(_now, new Input.Offered(request), _effects);
        Settle();
        return Assert.Single(_replies[^1].Results);
    }

    private void Settle()
    {
        for (var turn = 0; turn < 200; turn++)
        {
            Effect[] effects = [.. _effects];
            _effects.Clear();
            _now += TimeSpan.FromMilliseconds(1);
            _replica.Step(_now, new Input.Tick(), _effects);
            foreach (var effect in effects)
            {
                if (effect is Effect.Broadcast { Word: var word })
                {
                    _replica.Step(_now, new Input.Heard(new(0, word, new(new byte[Limits.SignatureBytes]))), _effects);
                }
                else if (effect is Effect.Answer answer)
                {
                    _answers.Add(answer);
                    _replies.Add(answer.Reply);
                }
            }
        }
    }
}
