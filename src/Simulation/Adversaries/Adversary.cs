using Holdfast.Node;
using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>Where a faulty replica sits: the true network around it, its own key and nobody else's, and what it shares
/// with the other faulty replicas of its site.</summary>
/// <param name="Later">Does something after a while, unless the replica has died by then.</param>
public sealed record Seat(
    IReplicaNetwork Network,
    IReplicaSigner Signer,
    Genesis Genesis,
    ReplicaId Self,
    Dice Dice,
    OtherStory Story,
    Action<TimeSpan, Action> Later)
{
    /// <summary>What it does, where its adversary has several ways and whoever seats it chooses; null: the dice choose.</summary>
    public string? Way { get; init; }

    /// <summary>Whom that is done to; what the number says is the way's own. Null: the dice choose.</summary>
    public int? Victim { get; init; }

    public Speaker Speaker => Speaker.Of(Genesis, Self);

    /// <summary>Null where no client works with it.</summary>
    public Conspirator? Ally { get; init; }

    /// <summary>Told of each deed that is counted: of what may happen seldom.</summary>
    public Action<string> Did { get; init; } = static _ => { };

    /// <summary>The chosen way, or one that the dice throw: once, and only if nobody chose.</summary>
    internal TWay WayOr<TWay>(Func<Dice, TWay> thrown)
        where TWay : struct, Enum =>
        Way is null ? thrown(Dice) : Enum.Parse<TWay>(Way);
}

/// <summary>What conspirators of one site have agreed to tell instead of each batch, and what they remember over all
/// crashes of what their site has said.</summary>
public sealed class OtherStory
{
    private const int MessagesMax = 512;
    private const int WordsMax = 512;
    private readonly Dictionary<Digest, Batch> _told = [];
    private readonly List<SiteMessage> _messages = [];
    private readonly List<Bytes> _words = [];

    public void Add(Digest truth, Batch told) => _told[truth] = told;

    public Batch? InsteadOf(Digest truth) => _told.GetValueOrDefault(truth);

    /// <summary>An offer of what is told instead, or a vote for it; null for words about what is told as it is.</summary>
    public SiteWord? InsteadOf(SiteWord? word) => word switch
    {
        PrePrepare offer when InsteadOf(offer.Digest) is { } other => PrePrepare.Of(offer.View, offer.Sequence, other),
        Prepare vote when InsteadOf(vote.Digest) is { } other => vote with { Digest = other.Digest },
        Commit vote when InsteadOf(vote.Digest) is { } other => vote with { Digest = other.Digest },
        _ => null,
    };

    /// <summary>Remembers a message, and forgets any other if there are too many.</summary>
    public void Add(SiteMessage message, Dice dice)
    {
        ArgumentNullException.ThrowIfNull(dice);
        if (_messages.Count < MessagesMax)
        {
            _messages.Add(message);
        }
        else
        {
            _messages[dice.Below(MessagesMax)] = message;
        }
    }

    /// <summary>Remembers a signed word of any replica, and forgets any other if there are too many.</summary>
    public void AddWord(Bytes frame, Dice dice)
    {
        ArgumentNullException.ThrowIfNull(dice);
        if (_words.Count < WordsMax)
        {
            _words.Add(frame);
        }
        else
        {
            _words[dice.Below(WordsMax)] = frame;
        }
    }

    public Bytes? AnyWord(Dice dice)
    {
        ArgumentNullException.ThrowIfNull(dice);
        return _words.Count == 0 ? null : _words[dice.Below(_words.Count)];
    }

    public SiteMessage? AnyMessage(Dice dice)
    {
        ArgumentNullException.ThrowIfNull(dice);
        return _messages.Count == 0 ? null : _messages[dice.Below(_messages.Count)];
    }
}

/// <summary>A faulty replica: it thinks what a correct one thinks, and something happens to what it says. By default
/// nothing does.</summary>
public abstract class Adversary(Seat seat) : IReplicaNetwork
{
    /// <summary>Those that a seed chooses among. A seed that failed once must show the same world for ever, so none is
    /// added to them.</summary>
    public static readonly IReadOnlyList<string> OfSeeds =
    [
        nameof(Silent),
        nameof(TwoFacedPrimary),
        nameof(BadShares),
        nameof(BadStates),
        nameof(DroppingRepresentative),
        nameof(Garbling),
        nameof(WithholdingRepresentative),
        nameof(FalseAnswers),
        nameof(StaleAnswers),
        nameof(FalseReceipts),
        nameof(Replaying),
        nameof(RottenDisk),
        nameof(SlowRepresentative),
        nameof(ChoosyRepresentative),
        nameof(RepeatingRepresentative),
        nameof(ForgingRepresentative),
    ];

    /// <summary>The names of all adversaries, as the command line takes them.</summary>
    public static readonly IReadOnlyList<string> Names =
    [
        .. OfSeeds,
        nameof(Mute),
        nameof(SlowPrimary),
        nameof(LateRepresentative),
        nameof(LongMemory),
        nameof(InventingPrimary),
        nameof(FalseHistory),
        nameof(LyingPrimary),
        nameof(RewritingRepresentative),
        nameof(FalseHolder),
        nameof(ChoosyPrimary),
        nameof(FalseTime),
        nameof(Complaining),
        nameof(CautiousPrimary),
        nameof(EndlessRows),
        nameof(FullPrimary),
        nameof(DeafPrimary),
        nameof(BadInputs),
        nameof(TwoNewViews),
    ];

    protected Seat Seat { get; } = seat;

    /// <summary>What a seat can choose; none where an adversary has one way, or leaves it to its dice alone.</summary>
    public static IReadOnlyList<string> WaysOf(string name) => name switch
    {
        nameof(TwoFacedPrimary) => Enum.GetNames<TwoFacedPrimary.Way>(),
        nameof(BadShares) => Enum.GetNames<BadShares.Way>(),
        nameof(ChoosyPrimary) => Enum.GetNames<ChoosyPrimary.Way>(),
        nameof(FalseTime) => Enum.GetNames<FalseTime.Way>(),
        _ => [],
    };

    public static Adversary Create(string name, Seat seat) => name switch
    {
        nameof(Silent) => new Silent(seat),
        nameof(TwoFacedPrimary) => new TwoFacedPrimary(seat),
        nameof(BadShares) => new BadShares(seat),
        nameof(BadStates) => new BadStates(seat),
        nameof(DroppingRepresentative) => new DroppingRepresentative(seat),
        nameof(Garbling) => new Garbling(seat),
        nameof(WithholdingRepresentative) => new WithholdingRepresentative(seat),
        nameof(FalseAnswers) => new FalseAnswers(seat),
        nameof(StaleAnswers) => new StaleAnswers(seat),
        nameof(FalseReceipts) => new FalseReceipts(seat),
        nameof(Replaying) => new Replaying(seat),
        nameof(RottenDisk) => new RottenDisk(seat),
        nameof(SlowRepresentative) => new SlowRepresentative(seat),
        nameof(ChoosyRepresentative) => new ChoosyRepresentative(seat),
        nameof(RepeatingRepresentative) => new RepeatingRepresentative(seat),
        nameof(ForgingRepresentative) => new ForgingRepresentative(seat),
        nameof(Mute) => new Mute(seat),
        nameof(SlowPrimary) => new SlowPrimary(seat),
        nameof(LateRepresentative) => new LateRepresentative(seat),
        nameof(LongMemory) => new LongMemory(seat),
        nameof(InventingPrimary) => new InventingPrimary(seat),
        nameof(FalseHistory) => new FalseHistory(seat),
        nameof(LyingPrimary) => new LyingPrimary(seat),
        nameof(RewritingRepresentative) => new RewritingRepresentative(seat),
        nameof(FalseHolder) => new FalseHolder(seat),
        nameof(ChoosyPrimary) => new ChoosyPrimary(seat),
        nameof(FalseTime) => new FalseTime(seat),
        nameof(Complaining) => new Complaining(seat),
        nameof(CautiousPrimary) => new CautiousPrimary(seat),
        nameof(EndlessRows) => new EndlessRows(seat),
        nameof(FullPrimary) => new FullPrimary(seat),
        nameof(DeafPrimary) => new DeafPrimary(seat),
        nameof(BadInputs) => new BadInputs(seat),
        nameof(TwoNewViews) => new TwoNewViews(seat),
        _ => throw new ArgumentException($"Expected one of {string.Join(", ", Names)}; found '{name}'.", nameof(name)),
    };

    /// <summary>What holds its share and its nonces: by default the true one.</summary>
    public virtual IShareSigner Around(IShareSigner shares) => shares;

    /// <summary>The state from which it answers local queries: by default the newest.</summary>
    public virtual PublishedState Shows(PublishedState published) => published;

    /// <summary>Whether it lets a client's request come to its door, where a correct one would look at it.</summary>
    public virtual bool LetsIn(ClientRequest request) => true;

    /// <summary>A word of its site that passed its gate.</summary>
    public virtual void Hears(Bytes frame)
    {
    }

    public virtual void ToPeer(int replica, Bytes frame) => Seat.Network.ToPeer(replica, frame);

    public virtual void ToSite(ReplicaId receiver, Bytes frame) => Seat.Network.ToSite(receiver, frame);

    public virtual void ToClient(Bytes client, Bytes frame) => Seat.Network.ToClient(client, frame);

    public void Depart() => Seat.Network.Depart();
}
