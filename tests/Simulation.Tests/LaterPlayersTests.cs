using Holdfast.Protocol;
using Holdfast.Protocol.Messages;
using Holdfast.Simulation.Adversaries;

namespace Holdfast.Simulation.Tests;

/// <summary>Players that act seldom, or deep inside: each really does what it is there for, and breaks nothing.</summary>
public sealed class LaterPlayersTests
{
    [Fact]
    public void What_no_client_may_send_is_refused_though_a_replica_hands_it_on()
    {
        var options = new WorldOptions { Seconds = 6, Adversary = "BadInputs", FaultyClient = "none", IsCalm = true };
        var results = Play(2000, 6, options);
        var refused = results.Sum(result => result.Refused.Sum(one => one.Reason == Rejection.Malformed ? one.Count : 0));

        Assert.InRange(Injected(results, "bad input handed on"), 10, long.MaxValue);
        Assert.InRange(Injected(results, "bad input ordered"), 1, long.MaxValue);
        Assert.InRange(refused, 10, long.MaxValue);
    }

    /// <summary>Both programs get answers at every level, and to what both ask in the same words, too.</summary>
    [Fact]
    public void Two_programs_with_one_key_get_answers_to_their_own_questions()
    {
        var told = new List<string>();
        var options = new WorldOptions { Seconds = 6, Adversary = "none", IsCalm = true, HasSharedKey = true, IsTraced = true };
        foreach (var seed in new ulong[] { 2100, 2101, 2102 })
        {
            SeedRunner.Run(seed, options, told.Add);
        }

        foreach (var program in new[] { "program 0", "program 1" })
        {
            Assert.All(["Local", "Ordered", "Global"], level => Assert.Contains(
                told, line => Says(line, level) && Says(line, program) && Says(line, ": Answered")));
            Assert.Contains(told, line => Says(line, "Update") && Says(line, program) && Says(line, ": Committed"));
        }
    }

    [Fact]
    public void Who_took_over_a_state_dies_once_more_and_comes_back()
    {
        var options = new WorldOptions { Seconds = 12, ClientsPerSite = 3, Adversary = "none", HasAbsent = true, HasRelapses = true };
        var results = Play(1, 2, options with { HasLargeValues = true });

        Assert.True(Injected(results, "crash after a take-over") + Injected(results, "power cut of a site after a take-over") > 0);
    }

    [Fact]
    public void Who_votes_again_dies_once_more_and_contradicts_nothing()
    {
        var options = new WorldOptions { Sites = 1, Seconds = 12, Adversary = "LongMemory", HasWiped = true, HasRelapses = true };
        var results = Play(1, 4, options);

        Assert.True(Injected(results, "crash after a return") + Injected(results, "power cut of a site after a return") > 1);
    }

    [Fact]
    public void Two_sound_new_views_stop_nobody()
    {
        var options = new WorldOptions { Sites = 1, Seconds = 6, Adversary = "TwoNewViews", HasTornSites = true };

        Assert.True(Injected(Play(1, 10, options), "second new view") > 1);
    }

    [Fact]
    public void Of_two_new_views_each_is_sound_and_told_to_some()
    {
        var keys = WorldKeys.Create(new WorldOptions { Sites = 1 }, new Dice(1));
        var (self, network, view) = (new ReplicaId(new(0), 1), new Listener(), new SiteView(1));
        var certificate = new PreparedCertificate(default, new(1), Digest.Of([1]), Signature, []);
        var changes = Enumerable.Range(0, 3).Select(replica => new SignedViewChange(
            replica, new ViewChange(view, StableCheckpoint.Genesis, replica == 1 ? [certificate] : []), Signature));
        var seat = new Seat(
            network, keys.SignerOf(self), keys.Genesis, self, new Dice(2), new OtherStory(), (_, deed) => deed());
        var frame = Gate.FrameOf(new Said(1, new NewView(view, ValueList.From(changes)), Signature));
        var liar = new TwoNewViews(seat);
        foreach (var peer in new[] { 0, 2, 3 })
        {
            liar.ToPeer(peer, frame);
        }

        var told = network.Frames.Select(sent => Assert.IsType<NewView>(Forgery.WordOf(1, sent))).ToList();
        Assert.Equal(3, told.Count);
        Assert.Equal(2, told.Select(one => SiteWords.Encode(one)).Distinct().Count());
        Assert.All(told, one => Assert.True(one.IsSound(keys.Genesis.Sites[0].Size)));
    }

    /// <summary>Its first register is longer than a piece may be, and each other one longer than a chunk.</summary>
    [Fact]
    public void A_state_of_large_values_travels_in_several_chunks_and_one_of_them_in_pieces()
    {
        var results = Play(
            1, 2, new WorldOptions { Seconds = 12, ClientsPerSite = 3, Adversary = "none", HasAbsent = true, HasLargeValues = true });

        Assert.True(results.Max(result => result.FetchedBytes) > Limits.StatePieceBytes + (2 * Limits.StateChunkBytes));
    }

    private static Bytes Signature => new(new byte[Limits.SignatureBytes]);

    private static bool Says(string line, string what) => line.Contains(what, StringComparison.Ordinal);

    private static WorldResult[] Play(ulong first, int count, WorldOptions options) =>
        [.. Enumerable.Range(0, count).Select(number => SeedRunner.Run(first + (ulong)number, options, _ => { }))];

    private static long Injected(WorldResult[] results, string what) =>
        results.Sum(result => result.Injected.Sum(one => one.What == what ? one.Count : 0));

    private sealed class Listener : Node.IReplicaNetwork
    {
        public List<Bytes> Frames { get; } = [];

        public void ToPeer(int replica, Bytes frame) => Frames.Add(frame);

        public void ToSite(ReplicaId receiver, Bytes frame)
        {
        }

        public void ToClient(Bytes client, Bytes frame)
        {
        }

        public void Depart()
        {
        }
    }
}
