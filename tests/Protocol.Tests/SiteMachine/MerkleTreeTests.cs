namespace Holdfast.Protocol.Tests;

/// <summary>RFC 6962, section 2.1, with the test values that Certificate Transparency's implementations
/// share.</summary>
public sealed class MerkleTreeTests
{
    private static readonly Bytes[] KnownLeaves =
    [
        Bytes.Empty, Bytes.FromHex("00"), Bytes.FromHex("10"), Bytes.FromHex("2021"), Bytes.FromHex("3031"),
        Bytes.FromHex("40414243"), Bytes.FromHex("5051525354555657"), Bytes.FromHex("606162636465666768696a6b6c6d6e6f"),
    ];

    [Theory]
    [InlineData(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData(1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")]
    [InlineData(2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")]
    [InlineData(3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77")]
    [InlineData(4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4")]
    [InlineData(6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef")]
    [InlineData(7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c")]
    [InlineData(8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")]
    public void The_root_is_that_of_the_known_values(int count, string root) =>
        Assert.Equal(root, new MerkleTree(KnownLeaves[..count]).Root.ToHex());

    [Fact]
    public void Every_leaf_of_every_small_tree_is_proved_by_its_path()
    {
        for (var count = 1; count <= 33; count++)
        {
            var leaves = Leaves(count);
            var tree = new MerkleTree(leaves);
            for (var index = 0; index < count; index++)
            {
                Assert.True(MerkleTree.Verify(leaves[index].Span, index, count, tree.Path(index), tree.Root));
            }
        }
    }

    [Fact]
    public void A_path_proves_no_other_index_leaf_or_root()
    {
        for (var count = 1; count <= 17; count++)
        {
            var leaves = Leaves(count);
            var tree = new MerkleTree(leaves);
            for (var index = 0; index < count; index++)
            {
                var path = tree.Path(index);
                for (var other = 0; other < count; other++)
                {
                    var isSame = other == index;
                    Assert.Equal(isSame, MerkleTree.Verify(leaves[index].Span, other, count, path, tree.Root));
                    Assert.Equal(isSame, MerkleTree.Verify(leaves[other].Span, index, count, path, tree.Root));
                }

                Assert.False(MerkleTree.Verify(leaves[index].Span, index, count, path, Digest.Of([1])));
            }
        }
    }

    [Fact]
    public void A_path_that_is_longer_or_shorter_or_out_of_range_proves_nothing()
    {
        var leaves = Leaves(13);
        var tree = new MerkleTree(leaves);
        var path = tree.Path(5);
        var leaf = leaves[5].Span;

        Assert.False(MerkleTree.Verify(leaf, 5, 13, ValueList.From([.. path, tree.Root]), tree.Root));
        Assert.False(MerkleTree.Verify(leaf, 5, 13, ValueList.From(path.Take(path.Count - 1)), tree.Root));
        Assert.False(MerkleTree.Verify(leaf, 5, 5, path, tree.Root));
        Assert.False(MerkleTree.Verify(leaf, -1, 13, path, tree.Root));
        Assert.False(MerkleTree.Verify(leaf, 5, 17, path, tree.Root));
        Assert.False(MerkleTree.Verify(leaf, 5, int.MaxValue, path, tree.Root));
        Assert.False(MerkleTree.Verify(leaf, 0, 0, [], tree.Root));
        Assert.False(MerkleTree.Verify(leaf, 0, 1, ValueList.From(new Digest[Limits.MerklePathLength + 1]), tree.Root));
    }

    [Fact]
    public void A_node_does_not_pass_for_a_leaf()
    {
        var tree = new MerkleTree(Leaves(4));
        var inner = new MerkleTree(Leaves(2)).Path(0)[0].ToBytes().Concat(tree.Path(0)[0].ToBytes().Span);

        Assert.False(MerkleTree.Verify(inner.Span, 0, 2, [tree.Path(0)[1]], tree.Root));
    }

    private static Bytes[] Leaves(int count) =>
        [.. Enumerable.Range(0, count).Select(index => new Bytes([(byte)index, 7]))];
}
