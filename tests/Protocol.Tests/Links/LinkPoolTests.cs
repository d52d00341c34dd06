using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>What a replica holds of another site's messages while one of that site's replicas withholds some, and makes
/// as many messages as it likes out of what its site has signed.</summary>
public sealed class LinkPoolTests
{
    private const int LongBody = Limits.StreamBodyBytes - 64;
    private static readonly SiteId First = new(0);
    private static readonly SiteId Second = new(1);
    private readonly LinkMachine _machine = new(new Links(Sample.Genesis(1, 1), Second));
    private readonly InputPool _pool;

    public LinkPoolTests()
    {
        // Any place of a new link life is news; this one is known.
        _machine.Links.Take(Message(1, Stream(9)));
        _pool = new(_machine);
    }

    [Fact]
    public void A_gap_in_a_stream_keeps_no_register_waiting()
    {
        Add(Message(10, Stream(2)));
        Add(Message(11, Register(1), Stream(3)));

        Assert.Equal([Message(11, Register(1), Stream(3))], Drafted());
    }

    [Fact]
    public void A_gap_in_an_old_life_does_not_keep_a_new_one_waiting()
    {
        Add(Message(10, Stream(5)));
        Add(Message(11, Stream(1, life: 2)));

        Assert.Equal([Message(11, Stream(1, life: 2))], Drafted());
    }

    [Fact]
    public void The_next_place_of_a_stream_comes_first_in_whatever_batch_it_was_put_out_again()
    {
        Add(Message(105, Stream(2)));
        Add(Message(400, Stream(1)));

        Assert.Equal([Message(400, Stream(1)), Message(105, Stream(2))], Drafted());
    }

    [Fact]
    public void What_was_ordered_too_early_rides_in_no_other_batch_before_its_turn()
    {
        Add(Message(11, Stream(2)));
        Add(Message(12, Register(1)));
        Execute(Drafted());

        Add(Message(13, Register(2)));
        Assert.Equal([Message(13, Register(2))], Drafted());

        Add(Message(10, Stream(1)));
        Execute(Drafted());
        Assert.Equal([Message(11, Stream(2))], Drafted());
    }

    [Fact]
    public void What_is_early_has_so_many_bytes_and_what_is_next_finds_room()
    {
        var added = 0;
        while (Add(Early(added)) == Rejection.None)
        {
            added++;
        }

        Assert.InRange((long)added * Early(0).Encoded.Length, 0, Limits.EarlyBytesPerSource);
        Assert.Equal(Rejection.None, Add(Message(1, Stream(1, LongBody))));
    }

    [Fact]
    public void What_became_early_in_the_pool_gives_way_to_what_is_consumable()
    {
        // Each brings a register that is news, and so is not early when it comes.
        for (var batch = 9; Add(Message(9, [Register(1), .. Early(batch).Outputs])) == Rejection.None; batch += 50)
        {
        }

        for (var place = 90UL; Add(Message(9, Register(1), Stream(place, LongBody / 8))) == Rejection.None; place++)
        {
        }

        Execute([Message(9, Register(1))]);
        Assert.Equal(Rejection.None, Add(Message(1, Stream(1, LongBody))));
        Assert.Equal(Rejection.None, Add(SiteBox.Request(new(1), length: LongBody / 2)));
        Assert.Contains(Message(1, Stream(1, LongBody)), Drafted());
    }

    [Fact]
    public void What_is_nearer_takes_the_place_of_what_is_furthest()
    {
        for (var place = 0; place < Limits.EarlyInputsPerSource; place++)
        {
            Assert.Equal(Rejection.None, Add(Message(7, Stream(1000 + (ulong)place))));
        }

        Assert.Equal(Rejection.PoolFull, Add(Message(7, Stream(5000))));
        Assert.Equal(Rejection.None, Add(Message(7, Stream(3))));
        Assert.Equal(Limits.EarlyInputsPerSource, _pool.Count);
        Assert.Null(_pool.Find(Message(7, Stream(999 + Limits.EarlyInputsPerSource))));
    }

    /// <summary>Three long bodies far ahead, as they were put out in one of many batches.</summary>
    private static SiteMessage Early(int number)
    {
        var far = 100 + (3 * (ulong)(number / 50));
        return Message(
            9 + (ulong)number, Stream(far, LongBody), Stream(far + 1, LongBody), Stream(far + 2, LongBody));
    }

    private static AttestedOutput Stream(ulong place, int length = 1, uint life = 1)
    {
        var body = StreamFrame.Cut(new TestBody(place, length).Encode()).Single();
        return new(0, new StreamLeaf(Second, 1, life, place, default).Leaf(), [], body);
    }

    private static AttestedOutput Register(ulong version)
    {
        var front = new StatusFront(new(default, default, default, default, default), 0, 0, 0, default, default);
        return new(0, new SiteStatus(Second, 1, version, default, front, 0, 0, 0).Leaf(), [], default);
    }

    private static SiteMessage Message(ulong batch, params AttestedOutput[] outputs) => new(
        Second,
        new SiteStatement(First, 1, 1, new(batch), 1, default),
        new Bytes(new byte[Limits.SignatureBytes]),
        ValueList.From(outputs));

    private Rejection Add(SiteInput input) => _pool.TryAdd(input, new(0), TimeSpan.FromMilliseconds(50), out _);

    private SiteInput[] Drafted() => [.. BatchBuilder.Build(_pool).Inputs.Select(pooled => pooled.Input)];

    private void Execute(SiteInput[] inputs)
    {
        foreach (var message in inputs.OfType<SiteMessage>())
        {
            _machine.Links.Take(message);
        }

        _pool.OnExecuted(new(default, new(inputs)));
    }

    /// <summary>A machine that has links, and clients whom it never answers.</summary>
    private sealed class LinkMachine(Links links) : IOrderedMachine
    {
        public Links Links => links;

        public Timestamp Time => default;

        public Timestamp NextDeadline => Timestamp.Never;

        public InputStanding Judge(SiteInput input) =>
            input is SiteMessage message ? links.Judge(message) : InputStanding.Consumable;

        public TimeSpan RidesFor(SiteInput input) => TimeSpan.Zero;

        public ReplicaLife? LifeOf(int replica) => null;

        public InputSource Source(SiteInput input) => input is SiteMessage
            ? new(InputSourceKind.Link, new Bytes([0]))
            : new(InputSourceKind.Client, Bytes.Empty);

        public ulong Rank(SiteInput input) => input is SiteMessage message ? Links.Rank(message) : 0;
    }


    /// <summary>What a liar hands on for one site takes nothing of what is handed on for another.</summary>
    [Fact]
    public void Each_site_has_its_own_share_of_what_is_handed_on()
    {
        var link = new Links(Sample.Genesis(1, 1, 1), Second)[First];
        var flight = new LinkFlight(0, link, new BrokenRoads());

        Assert.True(flight.MayHandOn(new(2), Limits.HandedOnBytes - 10, default, out _));
        Assert.False(flight.MayHandOn(new(2), 11, default, out _));
        Assert.True(flight.MayHandOn(new(2), 10, default, out _), "What was refused has taken room.");
        Assert.False(flight.MayHandOn(new(2), 1, default, out _));
        Assert.True(flight.MayHandOn(First, Limits.HandedOnBytes, default, out var before));

        Assert.True(flight.MayHandOn(new(2), Limits.HandedOnBytes, new(100_000), out var after));
        Assert.NotEqual(before, after);
    }
}
