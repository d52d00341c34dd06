using Holdfast.Cli.Attacks;
using Holdfast.Insider;
using Holdfast.Node;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;
using Holdfast.Simulation;
using Holdfast.Simulation.Adversaries;

namespace Holdfast.Cli.Tests;

/// <summary>What the program with adversaries inside says that they did: it counts, and believes no name.</summary>
public sealed class InsiderTests : IReplicaNetwork, IReplicaSigner, IShareSigner
{
    private const int Victim = 0;
    private static readonly ReplicaId Self = new(new(1), 1);
    private static readonly Bytes Client = new([.. Enumerable.Repeat((byte)7, Limits.PublicKeyBytes)]);
    private static readonly Effect.MakeNonces Wish = new(1, 1, 1);
    private readonly List<(object Receiver, Bytes Frame)> _out = [];
    private readonly List<Action> _later = [];

    [Fact]
    public void Who_says_everything_as_it_is_has_done_nothing()
    {
        var guise = Guise("RottenDisk");

        SayAll(guise, times: 3);
        guise.Shares.MakeNonces(Wish);

        Assert.Equal(default, guise.Tally.Deeds);
        Assert.Equal(9, _out.Count);
    }

    [Fact]
    public void What_does_not_leave_is_withheld()
    {
        var guise = Guise("Mute");

        SayAll(guise, times: 2);

        Assert.Equal(new(Withheld: 6), guise.Tally.Deeds);
        Assert.Empty(_out);
    }

    [Fact]
    public void What_leaves_later_is_delayed_and_counts_once()
    {
        var guise = Guise("LateRepresentative");

        SayAll(guise, times: 2);
        _later.ForEach(deed => deed());

        Assert.Equal(new(Delayed: 2), guise.Tally.Deeds);
        Assert.Equal(6, _out.Count);
    }

    [Fact]
    public void What_leaves_as_another_frame_is_changed()
    {
        var guise = Guise("Garbling");

        SayAll(guise, times: 100);

        Assert.InRange(guise.Tally.Deeds.Changed, 50, 150);
        Assert.Equal(guise.Tally.Deeds, new(Changed: guise.Tally.Deeds.Changed));
    }

    [Fact]
    public void What_nobody_else_would_have_sent_is_added()
    {
        var guise = Guise("Replaying");

        SayAll(guise, times: 100);

        Assert.Equal(_out.Count - 300, guise.Tally.Deeds.Added);
        Assert.Equal(guise.Tally.Deeds, new(Added: guise.Tally.Deeds.Added));
    }

    [Theory]
    [InlineData("Spoil", 0)]
    [InlineData("CommitToNothing", 1)]
    [InlineData("AccuseItself", 0)]
    public void Commitments_that_are_not_the_true_ones_are_changed(string way, long changed)
    {
        var guise = Guise("BadShares", way);

        guise.Shares.MakeNonces(Wish);

        Assert.Equal(new(Changed: changed), guise.Tally.Deeds);
    }

    /// <summary>The batch holds something of each kind, so that each way finds its victim in it.</summary>
    [Theory]
    [InlineData("Client", "SiteMessage NonceCommitments")]
    [InlineData("Link", "ClientRequest NonceCommitments")]
    [InlineData("Rows", "ClientRequest SiteMessage")]
    public void A_choosy_primary_leaves_out_what_it_was_told_to(string way, string left)
    {
        var guise = Guise("ChoosyPrimary", way, Victim);

        guise.Network.ToPeer(2, Offer());

        Assert.Equal(new(Changed: 1), guise.Tally.Deeds);
        var offer = Assert.IsType<PrePrepare>(WordOf(_out.Single().Frame));
        Assert.Equal(left, string.Join(' ', offer.Batch!.Inputs.Select(input => input.GetType().Name)));
    }

    [Fact]
    public void A_choosy_primary_whose_victim_has_nothing_to_say_has_done_nothing()
    {
        var guise = Guise("ChoosyPrimary", "Link", Self.Site.Index);

        guise.Network.ToPeer(2, Offer());

        Assert.Equal(default, guise.Tally.Deeds);
    }

    [Fact]
    public void A_choosy_primary_starves_the_peer_that_it_was_told_to()
    {
        var guise = Guise("ChoosyPrimary", "Peer", 1);

        foreach (var peer in (int[])[0, 2, 3])
        {
            guise.Network.ToPeer(peer, Offer());
        }

        Assert.Equal(new(Withheld: 1), guise.Tally.Deeds);
        Assert.Equal([0, 2], _out.Select(sent => (int)sent.Receiver));
    }

    [Theory]
    [InlineData("LittleAhead", 40)]
    [InlineData("SecondAhead", 1000)]
    [InlineData("SecondBehind", -1000)]
    [InlineData("HourAhead", 3_600_000)]
    [InlineData("HourBehind", -3_600_000)]
    [InlineData("Stands", 0)]
    public void A_false_clock_is_wrong_by_what_it_was_told(string way, int milliseconds)
    {
        var guise = Guise("FalseTime", way);

        guise.Network.ToPeer(2, Offer());
        guise.Network.ToPeer(2, Offer(secondsLater: 5));

        var told = _out.Select(sent => ((PrePrepare)WordOf(sent.Frame)!).Batch!.Time).ToList();
        var stands = way == "Stands" ? TimeSpan.FromSeconds(-5) : default;
        Assert.Equal(At(0) + TimeSpan.FromMilliseconds(milliseconds), told[0]);
        Assert.Equal(At(5) + TimeSpan.FromMilliseconds(milliseconds) + stands, told[1]);
        Assert.Equal(new(Changed: way == "Stands" ? 1 : 2), guise.Tally.Deeds);
    }

    [Fact]
    public void A_replica_that_was_never_told_to_begin_answers_that_it_did_nothing()
    {
        var inside = new Inside();

        Assert.Null(inside.Hear("good morning"));
        Assert.Equal(default, Deeds.Read(inside.Hear(InsiderProgram.End)));
    }

    [Fact]
    public void A_slow_disk_counts_its_flushes()
    {
        var inside = new Inside();

        Assert.Equal(InsiderProgram.Began, inside.Hear(new InsiderOrder(InsiderProgram.SlowDisk).ToLine()));
        Assert.False(Deeds.Read(inside.Hear(InsiderProgram.End)).IsAny);
    }

    [Fact]
    public void Orders_and_deeds_are_read_as_they_were_told_and_all_else_is_nothing()
    {
        InsiderOrder[] orders = [new("Mute"), new("ChoosyPrimary", "Rows"), new("ChoosyPrimary", "Link", 2)];
        var deeds = new Deeds(1, 2, 3, 4, 5);

        Assert.All(orders, order => Assert.Equal(order, InsiderOrder.Read(order.ToLine())));
        Assert.Null(InsiderOrder.Read("end"));
        Assert.Equal(deeds, Deeds.Read(deeds.ToLine()));
        Assert.All((string?[])[null, "", "did", "did 1 2 3 4", "did 1 2 3 4 -5", "done 1 2 3 4 5"], line =>
            Assert.Equal(default, Deeds.Read(line)));
    }

    void IReplicaNetwork.ToPeer(int replica, Bytes frame) => _out.Add((replica, frame));

    void IReplicaNetwork.ToSite(ReplicaId receiver, Bytes frame) => _out.Add((receiver, frame));

    void IReplicaNetwork.ToClient(Bytes client, Bytes frame) => _out.Add((client, frame));

    void IReplicaNetwork.Depart()
    {
    }

    Bytes IReplicaSigner.Sign(ReadOnlySpan<byte> message) => new(new byte[Limits.SignatureBytes]);

    Input IShareSigner.MakeNonces(Effect.MakeNonces wish) =>
        new Input.NoncesMade(wish.KeyEpoch, wish.Incarnation, wish.Row, Points());

    Input IShareSigner.SignShare(Effect.SignShare wish) => new Input.ShareUnavailable(wish.Place);

    Input.Combined IShareSigner.Combine(Effect.Combine wish) => new(wish.Place, Bytes.Empty, []);

    private Guise Guise(string adversary, string? way = null, int? victim = null) => Holdfast.Insider.Guise.Of(
        adversary,
        new Seat(this, this, Genesis(), Self, new Dice(1), new OtherStory(), (_, deed) => _later.Add(deed))
        {
            Way = way,
            Victim = victim,
        },
        this);

    /// <summary>To a peer, to another site and to a client, so many times.</summary>
    private static void SayAll(Guise guise, int times)
    {
        for (var time = 0; time < times; time++)
        {
            guise.Network.ToPeer(2, FrameOf(new Prepare(new(0), new((ulong)time), Digest.Of([1]))));
            guise.Network.ToSite(new(new(0), 1), Gate.FrameOf(Message()));
            guise.Network.ToClient(Client, new(new byte[100]));
        }
    }

    private static Timestamp At(int seconds) => new Timestamp(1_700_000_000_000_000) + TimeSpan.FromSeconds(seconds);

    private static Bytes Offer(int secondsLater = 0)
    {
        var write = new Operation(OperationKind.Application, new([1, 2, 3]));
        var request = new ClientRequest(
            Client, default, 1, 0, RequestLevel.Update, false, Timestamp.Never, default, [write], Signature());
        var row = new NonceCommitments(1, Replica: 3, 1, 1, Points(), Signature());
        return FrameOf(PrePrepare.Of(new(1), new(1), new(At(secondsLater), [request, Message(), row])));
    }

    private static SiteMessage Message() =>
        new(Self.Site, new(new(Victim), 1, 1, new(1), 1, Digest.Of([2])), Signature(), []);

    private static Bytes FrameOf(SiteWord word) => Gate.FrameOf(new Said(Self.Index, word, Signature()));

    private static SiteWord? WordOf(Bytes frame)
    {
        // Format, kind, speaker; then the signature with its count.
        var body = frame.Span[(3 + sizeof(uint) + Limits.SignatureBytes)..];
        return SiteWords.Decode((SiteWordKind)frame.Span[1], body);
    }

    private static Bytes Signature() => new(new byte[Limits.SignatureBytes]);

    private static ValueList<NoncePoints> Points() => new([.. Enumerable.Repeat(
        new NoncePoints(Digest.Of([3]), Digest.Of([4])), Limits.CommitmentsPerRow)]);

    private static Genesis Genesis()
    {
        var key = new Bytes(new byte[Limits.PublicKeyBytes]);
        var keys = new ValueList<Bytes>([.. Enumerable.Repeat(key, 4)]);
        var site = new GenesisSite(new(1), key, keys, keys);
        return new(key, [site, site, site], [new(0), new(1), new(2)], [], "test", 1);
    }
}
