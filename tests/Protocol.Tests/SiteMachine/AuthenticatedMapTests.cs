namespace Holdfast.Protocol.Tests;

public sealed class AuthenticatedMapTests
{
    private static readonly Bytes Apple = Bytes.FromText("apple");
    private static readonly Bytes Pear = Bytes.FromText("pear");

    [Fact]
    public void The_map_does_what_a_sorted_dictionary_does()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            var dice = new Dice(seed);
            var map = new AuthenticatedMap();
            var model = new SortedDictionary<Bytes, Bytes>();
            for (var step = 0; step < 400; step++)
            {
                var key = dice.Bytes(dice.Below(3));
                if (dice.OneIn(3))
                {
                    Assert.Equal(model.Remove(key), map.Remove(key));
                }
                else
                {
                    map.Set(key, model[key] = dice.Bytes(dice.Below(4)));
                }

                AssertSame(model, map, dice);
            }
        }
    }

    [Fact]
    public void The_digest_does_not_tell_in_which_order_keys_came()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            var dice = new Dice(seed);
            var entries = Enumerable.Range(0, 100)
                .Select(index => (Key: Numbered(index), Value: dice.Bytes(3))).ToArray();
            var straight = new AuthenticatedMap();
            foreach (var (key, value) in entries)
            {
                straight.Set(key, value);
            }

            dice.Shuffle(entries);
            var crooked = new AuthenticatedMap();
            foreach (var (key, value) in entries)
            {
                crooked.Set(key.Concat([1]), Pear);
                crooked.Set(key, Apple);
                _ = dice.OneIn(5) ? crooked.Digest : default;
                crooked.Set(key, value);
                Assert.True(crooked.Remove(key.Concat([1])));
            }

            Assert.Equal(straight.Digest, crooked.Digest);
            Assert.Equal(straight.Digest, Maps.Of(crooked.Range(Bytes.Empty, null)).Digest);
        }
    }

    [Fact]
    public void The_digest_covers_every_key_and_value()
    {
        var digests = new SortedSet<Digest> { new AuthenticatedMap().Digest };
        (string Key, string Value)[] all = [("a", "b"), ("ab", ""), ("", "ab"), ("a", ""), ("", "a"), ("b", "a")];
        foreach (var (key, value) in all)
        {
            var map = new AuthenticatedMap();
            map.Set(Bytes.FromText(key), Bytes.FromText(value));
            Assert.True(digests.Add(map.Digest));
            map.Set(Apple, Pear);
            Assert.True(digests.Add(map.Digest));
        }
    }

    [Fact]
    public void The_empty_map_and_a_map_of_one_have_these_digests()
    {
        var map = new AuthenticatedMap();
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", map.Digest.ToHex());

        map.Set(new Bytes([1]), new Bytes([2]));

        var entry = Digest.Of(new Bytes([0, 0, 0, 0, 1, 1]).Concat(Digest.Of([2]).ToBytes().Span).Span).ToBytes();
        var empty = Digest.Of([]).ToBytes();
        var node = new Bytes([1]).Concat(empty.Span).Concat(entry.Span).Concat(empty.Span);
        Assert.Equal(Digest.Of(node.Span), map.Digest);
    }

    [Fact]
    public void A_snapshot_stays_as_it_was()
    {
        var map = new AuthenticatedMap();
        map.Set(Apple, Pear);
        var snapshot = map.Snapshot();
        var digest = snapshot.Digest;

        map.Set(Apple, Apple);
        map.Set(Pear, Apple);

        Assert.Equal(1, snapshot.Count);
        Assert.Equal(digest, snapshot.Digest);
        Assert.True(snapshot.TryGet(Apple, out var value));
        Assert.Equal(Pear, value);
        map.Restore(snapshot);
        Assert.Equal(digest, map.Digest);
    }

    [Fact]
    public void The_changes_between_two_versions_make_the_newer_of_the_older()
    {
        for (ulong seed = 0; seed < 40; seed++)
        {
            var dice = new Dice(seed);
            var map = new AuthenticatedMap();
            Scatter(map, dice, 200);
            var older = map.Snapshot();
            Scatter(map, dice, dice.Below(60));

            var copy = new AuthenticatedMap(older);
            var before = Bytes.Empty;
            foreach (var change in map.Snapshot().Changes(older))
            {
                Assert.True(before < change.Key);
                before = change.Key;
                Assert.True(change.Value is { } value ? !older.TryGet(change.Key, out var was) || was != value
                    : older.TryGet(change.Key, out _));
                Apply(copy, change);
            }

            Assert.Equal(map.Digest, copy.Digest);
        }
    }

    [Fact]
    public void Versions_without_a_common_history_are_compared_by_content()
    {
        var left = Maps.Of([new(Apple, Pear), new(Pear, Pear)]).Snapshot();
        var right = Maps.Of([new(Pear, Apple), new(Apple, Pear)]).Snapshot();

        Assert.Equal([new MapChange(Pear, Apple)], right.Changes(left));
        Assert.Equal([new MapChange(Apple, null), new MapChange(Pear, null)], MapSnapshot.Empty.Changes(left));
        Assert.Empty(left.Changes(left));
    }

    [Fact]
    public void Keys_that_were_chosen_to_make_a_deep_map_do_not_exhaust_the_stack()
    {
        // A chain: keys in order whose priorities fall. Found by trying, as an attacker would.
        var map = new AuthenticatedMap();
        var dice = new Dice(1);
        const int Depth = 400;
        for (var level = 0; level < Depth; level++)
        {
            var ceiling = ulong.MaxValue - (ulong.MaxValue / Depth * (ulong)level);
            var floor = ceiling - (ulong.MaxValue / Depth);
            Bytes key;
            do
            {
                key = Numbered(level).Concat(dice.Bytes(4).Span);
            }
            while (MapEntry.PriorityOf(key) is var priority && (priority > ceiling || priority < floor));
            map.Set(key, Apple);
        }

        Assert.Equal(Depth, map.Range(Bytes.Empty, null).Count());
        Assert.NotEqual(default, map.Digest);
        Assert.Equal(Depth, map.Snapshot().Changes(MapSnapshot.Empty).Count());
    }

    [Fact]
    public void A_part_reaches_no_other_part()
    {
        var map = new AuthenticatedMap();
        var left = map.Under(Bytes.FromText("l"));
        var right = map.Under(Bytes.FromText("r"));
        left.Set(Apple, Pear);
        right.Set(Apple, Apple);
        right.Set(Pear, Pear);

        Assert.Equal([new(Apple, Pear)], left.Range(Bytes.Empty, null));
        Assert.Equal(1, left.CountBetween(Bytes.Empty, null));
        Assert.Equal([new(Apple, Apple)], right.Range(Bytes.Empty, Pear));
        Assert.Equal([new(Pear, Pear)], right.Range(KeyOrder.After(Apple), null));
        Assert.False(left.Remove(Pear));
        Assert.True(right.Remove(Pear));
        Assert.True(map.Snapshot().Under(Bytes.FromText("l")).TryGet(Apple, out var value));
        Assert.Equal(Pear, value);
    }

    private static void AssertSame(SortedDictionary<Bytes, Bytes> model, AuthenticatedMap map, Dice dice)
    {
        var from = dice.Bytes(dice.Below(3));
        Bytes? to = dice.OneIn(3) ? null : dice.Bytes(dice.Below(3));
        var expected = model.Where(entry => entry.Key >= from && (to is null || entry.Key < to)).ToArray();
        Assert.Equal(model.Count, map.Count);
        Assert.Equal(expected, map.Range(from, to));
        Assert.Equal(expected.Length, map.CountBetween(from, to));
        Assert.Equal(model.TryGetValue(from, out var wanted), map.TryGet(from, out var found));
        Assert.Equal(wanted, found);
    }

    private static void Scatter(AuthenticatedMap map, Dice dice, int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            var key = Numbered(dice.Below(150));
            if (dice.OneIn(3))
            {
                map.Remove(key);
            }
            else
            {
                map.Set(key, dice.Bytes(1));
            }
        }
    }

    private static void Apply(AuthenticatedMap map, MapChange change)
    {
        if (change.Value is { } value)
        {
            map.Set(change.Key, value);
        }
        else
        {
            map.Remove(change.Key);
        }
    }

    private static Bytes Numbered(int number) => new([(byte)(number >> 8), (byte)number]);

    /// <summary>Nodes are changed in place until somebody shares them; who shares them must not see it.</summary>
    [Fact]
    public void What_a_snapshot_shows_never_changes_whatever_becomes_of_the_map()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            var dice = new Dice(seed);
            var (map, model) = (new AuthenticatedMap(), new SortedDictionary<Bytes, Bytes>());
            var seen = new List<(MapSnapshot Snapshot, Bytes[] Flat, Digest Digest)>();
            for (var step = 0; step < 600; step++)
            {
                var key = dice.Bytes(1 + dice.Below(2));
                _ = dice.OneIn(3) ? model.Remove(key) && map.Remove(key) : Put(key, dice.Bytes(dice.Below(4)));
                _ = dice.OneIn(7) ? map.Digest : default;
                if (dice.OneIn(5))
                {
                    var copy = Maps.Of(model);
                    seen.Add((map.Snapshot(), Flat(copy.Snapshot()), copy.Digest));
                }
            }

            Assert.All(seen, one =>
            {
                Assert.Equal(one.Flat, Flat(one.Snapshot));
                Assert.Equal(one.Digest, one.Snapshot.Digest);
            });

            bool Put(Bytes key, Bytes value)
            {
                map.Set(key, model[key] = value);
                return true;
            }
        }
    }

    [Fact]
    public void An_attempt_that_is_taken_back_leaves_no_trace()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            var dice = new Dice(seed);
            var map = new AuthenticatedMap();
            for (var round = 0; round < 40; round++)
            {
                var (isKept, before) = (dice.OneIn(2), Maps.Of(map.Range(Bytes.Empty, null)));
                map.Attempt();
                for (var step = dice.Below(30); step > 0; step--)
                {
                    var key = dice.Bytes(1);
                    if (dice.OneIn(3))
                    {
                        map.Remove(key);
                    }
                    else
                    {
                        map.Set(key, dice.Bytes(dice.Below(3)));
                    }

                    _ = dice.OneIn(7) ? map.Snapshot() : null;
                }

                var after = Maps.Of(map.Range(Bytes.Empty, null));
                map.Conclude(isKept);

                Assert.Equal((isKept ? after : before).Digest, map.Digest);
                Assert.Equal((isKept ? after : before).Count, map.Count);
            }
        }
    }

    [Fact]
    public void An_attempt_within_another_breaks_invariant_X5()
    {
        var map = new AuthenticatedMap();
        map.Attempt();

        Assert.Equal("X5", Assert.Throws<InvariantBrokenException>(map.Attempt).Name);
        Assert.Equal("X5", Assert.Throws<InvariantBrokenException>(() => map.Restore(MapSnapshot.Empty)).Name);
        map.Conclude(isKept: true);
        Assert.Equal("X5", Assert.Throws<InvariantBrokenException>(() => map.Conclude(isKept: true)).Name);
    }

    private static Bytes[] Flat(MapSnapshot map) =>
        [.. map.Range(Bytes.Empty, null).SelectMany(entry => new[] { entry.Key, entry.Value })];
}
