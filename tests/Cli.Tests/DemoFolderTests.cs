using Holdfast.Cli.Demo;
using Holdfast.Server.Configuration;

namespace Holdfast.Cli.Tests;

/// <summary>Where a demo keeps what it has.</summary>
public sealed class DemoFolderTests
{
    private static readonly int[] Three = [1, 1, 1];

    [Fact]
    public void A_second_start_goes_on_with_the_system_of_the_first()
    {
        using var folder = new Folder();
        var path = folder["demo"];
        string cluster;
        using (var first = DemoFolder.Open(path, Three, 7400))
        {
            Assert.True(first.IsNew);
            cluster = first.Topology.Genesis.Cluster.ToHex();
        }

        using var second = DemoFolder.Open(path, Three, 7400);

        Assert.False(second.IsNew);
        Assert.Equal(cluster, second.Topology.Genesis.Cluster.ToHex());
    }

    [Fact]
    public void Only_one_demo_at_a_time_has_a_folder()
    {
        using var folder = new Folder();
        using var first = DemoFolder.Open(folder["demo"], [0], 7400);

        var refused = Assert.Throws<ConfigurationException>(() => DemoFolder.Open(folder["demo"], [0], 7400));

        Assert.Contains("another demo", refused.Message);
    }

    [Theory]
    [InlineData("1,1")]
    [InlineData("1,1,1,1")]
    [InlineData("1,0,1")]
    public void Another_shape_is_refused_and_nothing_is_changed(string shape)
    {
        using var folder = new Folder();
        DemoFolder.Open(folder["demo"], Three, 7400).Dispose();
        var topology = File.ReadAllText(folder["demo/system/topology.json"]);

        var refused = Assert.Throws<ConfigurationException>(
            () => DemoFolder.Open(folder["demo"], [.. shape.Split(',').Select(int.Parse)], 7400));

        Assert.Contains("3 sites with f = 1", refused.Message);
        Assert.Equal(topology, File.ReadAllText(folder["demo/system/topology.json"]));
    }

    [Fact]
    public void A_refused_demo_lets_go_of_the_folder()
    {
        using var folder = new Folder();
        DemoFolder.Open(folder["demo"], Three, 7400).Dispose();
        Assert.Throws<ConfigurationException>(() => DemoFolder.Open(folder["demo"], [1], 7400));

        using var again = DemoFolder.Open(folder["demo"], Three, 7400);

        Assert.False(again.IsNew);
    }
}
