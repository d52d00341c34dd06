using System.Text.RegularExpressions;
using Holdfast.Protocol;
using Holdfast.Server.Configuration;
using Holdfast.Server.Tests.Storage;

namespace Holdfast.Server.Tests.Configuration;

/// <summary>Nothing starts with a folder that does not fit; each trouble is one sentence for the operator.</summary>
public sealed class ReplicaHomeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _system;

    public ReplicaHomeTests()
    {
        _system = _folder["system"];
        Initialization.Run(_system, new SystemPlan { Faults = [1, 0] });
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_that_init_made_opens_as_its_replica()
    {
        using var home = ReplicaHome.Open(Home(0, 2));

        Assert.Equal(new ReplicaId(new(0), 2), home.Replica);
        Assert.Equal(
            home.Topology.Genesis.Sites[0].ReplicaKeys[2].ToHex(), Convert.ToHexStringLower(home.Key.PublicKey.Span));
    }

    [Theory]
    [InlineData("a", "a a a a a")]
    [InlineData("a b", "a a a a b")]
    [InlineData("a b c d e", "a b c d e")]
    public void Hosts_are_one_for_all_one_for_each_site_or_one_for_each_replica(string given, string expected)
    {
        var topology = Initialization.Run(
            _folder["hosts"], new SystemPlan { Faults = [1, 0], Hosts = given.Split(' ') });

        Assert.Equal(
            expected.Split(' '), topology.Sites.SelectMany(site => site.Replicas).Select(replica => replica.Host));
    }

    [Fact]
    public void Another_number_of_hosts_is_refused()
    {
        var refused = Assert.Throws<ConfigurationException>(() => Initialization.Run(
            _folder["hosts"], new SystemPlan { Faults = [1, 0], Hosts = ["a", "b", "c"] }));

        Assert.Contains("2 (one for each site) or 5 (one for each replica", refused.Message);
        Assert.False(Directory.Exists(_folder["hosts"]));
    }

    [Theory]
    [InlineData(HomeFiles.Topology)]
    [InlineData(HomeFiles.ReplicaSettings)]
    [InlineData(HomeFiles.ReplicaKey)]
    [InlineData(HomeFiles.SiteShare)]
    [InlineData(HomeFiles.TransportKey)]
    [InlineData(HomeFiles.TransportCertificate)]
    public void A_missing_file_is_named(string file)
    {
        File.Delete(Path.Combine(Home(0, 1), file));

        var refused = Assert.Throws<ConfigurationException>(() => ReplicaHome.Open(Home(0, 1)));

        Assert.Contains(Home(0, 1), refused.Message);
        Assert.DoesNotContain('\n', refused.Message);
    }

    /// <summary>A neighbour's key is a sound key, and still not this replica's.</summary>
    [Theory]
    [InlineData(HomeFiles.ReplicaKey)]
    [InlineData(HomeFiles.SiteShare)]
    public void A_neighbours_key_is_foreign(string file)
    {
        File.Copy(Path.Combine(Home(0, 0), file), Path.Combine(Home(0, 1), file), overwrite: true);

        var refused = Assert.Throws<ConfigurationException>(() => ReplicaHome.Open(Home(0, 1)));

        Assert.Contains("a foreign key", refused.Message);
        Assert.Contains(file, refused.Message);
    }

    [Fact]
    public void A_neighbours_transport_identity_is_foreign()
    {
        foreach (var file in new[] { HomeFiles.TransportKey, HomeFiles.TransportCertificate })
        {
            File.Copy(Path.Combine(Home(0, 0), file), Path.Combine(Home(0, 1), file), overwrite: true);
        }

        Assert.Contains(
            "foreign key", Assert.Throws<ConfigurationException>(() => ReplicaHome.Open(Home(0, 1))).Message);
    }

    [Fact]
    public void A_topology_of_another_system_is_refused()
    {
        Initialization.Run(_folder["other"], new SystemPlan { Faults = [1, 0] });
        File.Copy(
            Path.Combine(_folder["other"], HomeFiles.Topology),
            Path.Combine(Home(1, 0), HomeFiles.Topology),
            overwrite: true);

        Assert.Contains(
            "foreign key", Assert.Throws<ConfigurationException>(() => ReplicaHome.Open(Home(1, 0))).Message);
    }

    [Theory]
    [InlineData(HomeFiles.Topology)]
    [InlineData(HomeFiles.ReplicaSettings)]
    public void A_format_of_the_future_is_refused_by_its_number(string file)
    {
        var path = Path.Combine(Home(0, 3), file);
        var text = File.ReadAllText(path);
        File.WriteAllText(path, Regex.Replace(text, "\"format\": ?\\d", "\"format\": 7"));

        var refused = Assert.Throws<ConfigurationException>(() => ReplicaHome.Open(Home(0, 3)));

        Assert.Contains("7", refused.Message);
        Assert.Contains("holdfast version", refused.Message);
    }

    [Fact]
    public void An_edited_topology_is_noticed()
    {
        var path = Path.Combine(Home(0, 3), HomeFiles.Topology);
        File.WriteAllText(path, File.ReadAllText(path).Replace("Reader, Writer", "Reader, Writer, Operator"));

        Assert.Contains("edited", Assert.Throws<ConfigurationException>(() => ReplicaHome.Open(Home(0, 3))).Message);
    }

    /// <summary>Pins are no part of the genesis: two replicas with one could not be told from one another.</summary>
    [Fact]
    public void A_topology_with_one_transport_key_for_two_replicas_is_refused()
    {
        var path = Path.Combine(Home(1, 0), HomeFiles.Topology);
        var replicas = TopologyText.Read(File.ReadAllText(path)).Sites[0].Replicas;
        var text = File.ReadAllText(path);
        File.WriteAllText(
            path, text.Replace(replicas[0].TransportPin.ToHex(), replicas[1].TransportPin.ToHex()));

        Assert.Contains("twice", Assert.Throws<ConfigurationException>(() => ReplicaHome.Open(Home(1, 0))).Message);
    }

    /// <summary>A disk that lies a little: refused in one line, or what was flipped says nothing to this replica.</summary>
    [Theory]
    [InlineData(HomeFiles.Topology, 13)]
    [InlineData(HomeFiles.ReplicaSettings, 1)]
    [InlineData(HomeFiles.ReplicaKey, 1)]
    [InlineData(HomeFiles.SiteShare, 3)]
    [InlineData(HomeFiles.TransportKey, 3)]
    [InlineData(HomeFiles.TransportCertificate, 3)]
    public void A_flipped_bit_is_refused_in_a_sentence_or_changes_no_key_and_no_genesis(string file, int step)
    {
        using var whole = ReplicaHome.Open(Home(0, 1));
        var path = Path.Combine(Home(0, 1), file);
        var bytes = File.ReadAllBytes(path);
        for (var bit = 0; bit < bytes.Length * 8; bit += step)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(path, bytes);
            try
            {
                using var home = ReplicaHome.Open(Home(0, 1));
                Assert.Equal((whole.Replica, whole.Topology.Genesis), (home.Replica, home.Topology.Genesis));
                Assert.Equal(whole.Identity.Pin, home.Identity.Pin);
            }
            catch (ConfigurationException refused)
            {
                Assert.DoesNotContain('\n', refused.Message);
            }

            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    /// <summary>A key that began with an f was taken for 'false', and the parser says all that it found instead.</summary>
    [Fact]
    public void A_text_that_is_no_value_is_refused_in_one_line()
    {
        var path = Path.Combine(Home(0, 1), HomeFiles.Topology);
        var text = File.ReadAllText(path);
        File.WriteAllText(path, text.Replace("\"publicKey\": \"", "\"publicKey\": f"));

        var refused = Assert.Throws<ConfigurationException>(() => ReplicaHome.Open(Home(0, 1)));

        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public void A_key_that_others_may_read_is_refused()
    {
#pragma warning disable CA1416 // The tests run where the replica runs.
        File.SetUnixFileMode(
            Path.Combine(Home(0, 0), HomeFiles.ReplicaKey),
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
#pragma warning restore CA1416

        Assert.Contains("chmod 600", Assert.Throws<ConfigurationException>(() => ReplicaHome.Open(Home(0, 0))).Message);
    }

    private string Home(int site, int replica) => HomeFiles.ReplicaHome(_system, new(new(site), replica));
}
