namespace Holdfast.Protocol.Tests;

public sealed class MapChunkTests
{
    [Fact]
    public void A_map_is_fetched_whole_in_chunks_that_each_prove_themselves()
    {
        for (ulong seed = 0; seed < 30; seed++)
        {
            var dice = new Dice(seed);
            var map = AnyMap(dice, dice.Below(200));
            var fetched = new AuthenticatedMap();
            Bytes? from = Bytes.Empty;
            while (from is { } start)
            {
                var chunk = MapChunk.Verify(MapChunk.Encode(map, start, 1 + dice.Below(100)), start, map.Digest);
                Assert.NotNull(chunk);
                Assert.Equal(map.Range(start, chunk.Next), chunk.Entries);
                foreach (var (key, value) in chunk.Entries)
                {
                    fetched.Set(key, value);
                }

                from = chunk.Next;
            }

            Assert.Equal(map.Digest, fetched.Digest);
        }
    }

    [Fact]
    public void A_chunk_may_begin_anywhere()
    {
        var dice = new Dice(1);
        var map = AnyMap(dice, 100);
        for (var step = 0; step < 200; step++)
        {
            var from = dice.Bytes(dice.Below(4));
            var chunk = MapChunk.Verify(MapChunk.Encode(map, from, 40), from, map.Digest);
            Assert.Equal(map.Range(from, chunk!.Next), chunk.Entries);
        }
    }

    [Fact]
    public void A_chunk_proves_nothing_of_another_map_or_start()
    {
        var map = AnyMap(new Dice(2), 50);
        var bytes = MapChunk.Encode(map, new Bytes([50]), 60);

        Assert.NotNull(MapChunk.Verify(bytes, new Bytes([50]), map.Digest));
        Assert.Null(MapChunk.Verify(bytes, new Bytes([50]), AnyMap(new Dice(3), 50).Digest));
        Assert.Null(MapChunk.Verify(bytes, new Bytes([10]), map.Digest));
        Assert.Null(MapChunk.Verify(bytes, new Bytes([200]), map.Digest));
    }

    [Fact]
    public void A_liar_can_neither_change_nor_hide_nor_add_an_entry()
    {
        var dice = new Dice(4);
        var map = AnyMap(dice, 60);
        var from = new Bytes([80]);
        var honest = MapChunk.Encode(map, from, 100);
        var truth = MapChunk.Verify(honest, from, map.Digest)!;
        for (var place = 0; place < honest.Length; place++)
        {
            var forged = honest.ToArray();
            forged[place] ^= (byte)(1 << dice.Below(8));
            Assert.Null(MapChunk.Verify(new Bytes(forged), from, map.Digest));
            Assert.Null(MapChunk.Verify(Bytes.Copy(honest.Span[..place]), from, map.Digest));
        }

        Assert.Null(MapChunk.Verify(honest.Concat([0]), from, map.Digest));

        // The tree pruned down to its root's digest says nothing of the range, although the digest is right.
        var pruned = new Bytes([0, 1]).Concat(map.Digest.ToBytes().Span);
        Assert.Null(MapChunk.Verify(pruned, from, map.Digest));
        Assert.True(truth.Entries.Count > 3);
    }

    [Fact]
    public void An_empty_map_is_one_empty_chunk()
    {
        var chunk = MapChunk.Verify(MapChunk.Encode(MapSnapshot.Empty, default, 9), default, MapSnapshot.Empty.Digest);

        Assert.Equal(new MapChunk([], null), chunk);
    }

    private static MapSnapshot AnyMap(Dice dice, int count)
    {
        var map = new AuthenticatedMap();
        for (var entry = 0; entry < count; entry++)
        {
            map.Set(dice.Bytes(dice.Below(4)), dice.Bytes(dice.Below(30)));
        }

        return map.Snapshot();
    }
}
