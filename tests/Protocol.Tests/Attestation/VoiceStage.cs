using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>The whole replicas of one site without anything around them: what one says, all hear a moment later, and
/// keys and shares are ideal. Time passes in steps of a millisecond.</summary>
internal sealed class VoiceStage
{
    private readonly SortedDictionary<(int Replica, uint Incarnation, uint Row, int Index), NoncePoints> _nonces = [];
    private readonly Genesis _genesis;
    private readonly IdealSigning _signing = new();
    private Queue<(int Replica, Input Input)> _coming = new();
    private long _now = 1_000_000;

    public VoiceStage(int faults)
    {
        _genesis = Sample.Genesis(faults) with { Clients = [new(Client, Roles.Reader | Roles.Writer)] };
        Replicas = new Replica[_genesis[Sample.Home].Size.Replicas];
        for (var index = 0; index < Replicas.Length; index++)
        {
            var effects = new Effects();
            var settings = new ReplicaSettings(
                _genesis, new(Sample.Home, index), _signing, _signing, new TestMachine());
            Replicas[index] = new(settings, Now, new(1_000_000_000_000), Digest.Of([(byte)index]), null, [], effects);
            Do(index, effects);
        }
    }

    public static Bytes Client { get; } = new(new byte[32]);

    public Replica[] Replicas { get; }

    /// <summary>Replicas that neither hear nor say anything.</summary>
    public SortedSet<int> Dead { get; } = [];

    public List<ClientReply> Replies { get; } = [];

    public List<Receipt> Receipts { get; } = [];

    /// <summary>Rows that replicas have published, each once.</summary>
    public List<NonceCommitments> Rows { get; } = [];

    public List<ThresholdShare> Shares { get; } = [];

    private Instant Now => new(_now);

    public void Run(double seconds)
    {
        for (var end = _now + (long)(seconds * 1_000_000); _now < end; _now += 1000)
        {
            var coming = _coming;
            _coming = new();
            foreach (var (replica, input) in coming)
            {
                Step(replica, input);
            }

            for (var replica = 0; replica < Replicas.Length; replica++)
            {
                if (Now >= Replicas[replica].NextWake)
                {
                    Step(replica, new Input.Tick());
                }
            }
        }
    }

    public void Offer(SiteInput input)
    {
        for (var replica = 0; replica < Replicas.Length; replica++)
        {
            _coming.Enqueue((replica, new Input.Offered(input)));
        }
    }

    /// <summary>A faulty replica signs what it likes in its own name.</summary>
    public BadShare AsEvidence(ThresholdShare share)
    {
        var said = Say(share.Place.Member, share);
        return new(share, said.Signature);
    }

    public void OpenSession(ulong number) => Offer(new ClientRequest(
        Client,
        default,
        number,
        number - 1,
        RequestLevel.Update,
        ReceiptWanted: true,
        Timestamp.Never,
        default,
        [new Operation(OperationKind.OpenSession, Bytes.Empty)],
        new(new byte[64])));

    private void Step(int replica, Input input)
    {
        if (!Dead.Contains(replica))
        {
            var effects = new Effects();
            Replicas[replica].Step(Now, input, effects);
            Do(replica, effects);
        }
    }

    private void Do(int self, Effects effects)
    {
        foreach (var effect in effects)
        {
            Do(self, effect);
        }
    }

    private void Do(int self, Effect effect)
    {
        switch (effect)
        {
            case Effect.Broadcast(var word):
                var said = Say(self, word);
                Shares.AddRange(word is ThresholdShare share ? [share] : []);
                for (var replica = 0; replica < Replicas.Length; replica++)
                {
                    _coming.Enqueue((replica, new Input.Heard(said)));
                }

                break;
            case Effect.Send(var replica, var word):
                _coming.Enqueue((replica, new Input.Heard(Say(self, word))));
                break;
            case Effect.Relay(var replica, var stored):
                _coming.Enqueue((replica, new Input.Heard(stored)));
                break;
            case Effect.SignInput(var input):
                Rows.AddRange(input is NonceCommitments row && !Rows.Contains(row) ? [row] : []);
                _coming.Enqueue((self, new Input.Offered(Signed(input))));
                break;
            case Effect.MakeNonces wish:
                _coming.Enqueue((self, Make(self, wish)));
                break;
            case Effect.SignShare wish:
                _coming.Enqueue((self, Sign(self, wish)));
                break;
            case Effect.Combine wish:
                var signature = IdealSigning.Sign(_genesis[Sample.Home].PublicKey.Span, wish.Message.Span);
                _coming.Enqueue((self, new Input.Combined(wish.Place, signature, [])));
                break;
            case Effect.Answer(var reply, _):
                Replies.Add(reply);
                break;
            case Effect.AnswerWithReceipt(var receipt):
                Receipts.Add(receipt);
                break;
            default:
                break;
        }
    }

    private Said Say(int self, SiteWord word) => new(self, word, word.SignedAs is null
        ? Bytes.Empty
        : IdealSigning.Sign(
            _genesis[Sample.Home].ReplicaKeys[self].Span,
            word.SigningBytes(Speaker.Of(_genesis, new(Sample.Home, self))).Span));

    // Nobody checks these signatures here: there is no gate.
    private static SiteInput Signed(SiteInput input) => input switch
    {
        NonceCommitments row => row with { Signature = new(new byte[64]) },
        AttestationRetry retry => retry with { Signature = new(new byte[64]) },
        _ => input,
    };

    private Input.NoncesMade Make(int self, Effect.MakeNonces wish)
    {
        var points = Sample.Points((self * 1_000_000) + ((int)wish.Incarnation * 1000) + (int)wish.Row);
        for (var index = 0; index < points.Count; index++)
        {
            _nonces.Add((self, wish.Incarnation, wish.Row, index), points[index]);
        }

        return new(wish.KeyEpoch, wish.Incarnation, wish.Row, points);
    }

    private Input Sign(int self, Effect.SignShare wish)
    {
        var own = wish.Members.Single(member => member.Replica == self);
        return _nonces.Remove((self, own.Incarnation, own.Row, own.Index), out var points) && points == own.Points
            ? new Input.ShareMade(wish.Place, IdealSigning.ResponseOf(wish.Message, wish.Members, self), default)
            : new Input.ShareUnavailable(wish.Place);
    }
}
