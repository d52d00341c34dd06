namespace Holdfast.Protocol.Tests;

public sealed class MapBuilderTests
{
    [Fact]
    public void What_is_built_in_order_is_what_is_set_in_any()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            var dice = new Dice(seed);
            var model = new SortedDictionary<Bytes, Bytes>();
            for (var count = dice.Below(300); count > 0; count--)
            {
                model[dice.Bytes(dice.Below(4))] = dice.Bytes(dice.Below(4));
            }

            var built = BuildOf(model);

            Assert.Equal(Maps.Of(model).Digest, built.Digest);
            Assert.Equal(model, built.Range(Bytes.Empty, null));
            Assert.Equal(model.Count, built.Count);
        }
    }

    [Fact]
    public void Changing_a_map_that_was_built_leaves_what_was_built_as_it_is()
    {
        var built = BuildOf(Enumerable.Range(0, 100).Select(key => KeyValuePair.Create(KeyOf(key), KeyOf(0))));
        var map = new AuthenticatedMap(built);
        var before = built.Digest;

        map.Set(KeyOf(7), KeyOf(1));
        Assert.True(map.Remove(KeyOf(8)));

        Assert.Equal(before, built.Digest);
        Assert.Equal(99, map.Count);
        Assert.NotEqual(before, map.Digest);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void A_key_that_is_not_above_those_before_it_is_left_out(int key)
    {
        var builder = new MapBuilder();
        Assert.True(builder.TryAdd(MapEntry.Hashed(KeyOf(5), KeyOf(0))));

        Assert.False(builder.TryAdd(MapEntry.Hashed(KeyOf(key), KeyOf(1))));

        Assert.Equal([KeyValuePair.Create(KeyOf(5), KeyOf(0))], builder.Build().Range(Bytes.Empty, null));
    }

    private static Bytes KeyOf(int key) => new([(byte)key]);

    private static MapSnapshot BuildOf(IEnumerable<KeyValuePair<Bytes, Bytes>> entries)
    {
        var builder = new MapBuilder();
        foreach (var (key, value) in entries)
        {
            Assert.True(builder.TryAdd(MapEntry.Hashed(key, value)));
        }

        return builder.Build();
    }
}
