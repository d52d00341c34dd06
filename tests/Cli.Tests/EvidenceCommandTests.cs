using Holdfast.Cryptography;
using Holdfast.Node.Storage;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;
using Holdfast.Server.Configuration;

namespace Holdfast.Cli.Tests;

/// <summary>Evidence as an operator meets it: shown, exported, and checked with the topology alone.</summary>
public sealed class EvidenceCommandTests : IDisposable
{
    private static readonly ReplicaId Liar = new(new(0), 2);
    private static readonly ReplicaId Witness = new(new(0), 1);
    private readonly Folder _folder = new();

    private string System => _folder["system"];

    private string Topology => Path.Combine(System, HomeFiles.Topology);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_system_without_evidence_says_so()
    {
        await InitAsync();

        var told = await Told.ByAsync("evidence", "--home", System);

        Assert.Equal((ExitCode.Success, "No evidence against any replica.\n"), (told.ExitCode, told.Output));
    }

    [Fact]
    public async Task Evidence_is_shown_with_who_what_when_and_the_statements_also_from_one_replicas_folder()
    {
        await InitAsync();
        Keep(TwoVotes(Sign));

        foreach (var home in new[] { System, HomeFiles.ReplicaHome(System, Witness) })
        {
            var told = await Told.ByAsync("evidence", "--home", home);

            Assert.Equal(ExitCode.Success, told.ExitCode);
            Assert.Contains("replica 0.2: TwoPrepares", told.Output);
            Assert.Contains("noticed by replicas 1 of site 0, at 2026-01-02 03:04:05Z", told.Output);
            Assert.Contains($"Prepare view 3, place 17, batch {Digest.Of([1]).ToHex()}, signature ", told.Output);
            Assert.Contains($"Prepare view 3, place 17, batch {Digest.Of([2]).ToHex()}, signature ", told.Output);
        }
    }

    [Fact]
    public async Task What_was_exported_is_checked_with_the_topology_alone()
    {
        await InitAsync();
        Keep(TwoVotes(Sign));
        await Told.ByAsync("evidence", "--home", System, "--export", _folder["out"]);
        File.Copy(Topology, _folder["topology.json"]);
        Directory.Delete(System, recursive: true);

        var told = await VerifyAsync("0.2-TwoPrepares-3-17.evidence", _folder["topology.json"]);

        Assert.Equal(ExitCode.Success, told.ExitCode);
        Assert.StartsWith("Proven: replica 0.2 has signed what no correct replica signs: ", told.Output);
        Assert.Contains("that is its word and not proven", told.Output);
    }

    [Fact]
    public async Task What_the_accused_did_not_sign_proves_nothing_wherever_it_lies()
    {
        await InitAsync();
        Keep(TwoVotes((_, _) => new byte[Limits.SignatureBytes]));
        var path = Path.Combine(EvidenceFolder, "0.2-TwoPrepares-3-17.evidence");

        var shown = await Told.ByAsync("evidence", "--home", System);
        var told = await Told.ByAsync("evidence", "verify", path, "--topology", Topology);

        Assert.Equal(ExitCode.NotProven, shown.ExitCode);
        Assert.Contains("replica 0.2 has not signed this", shown.Output);
        Assert.Equal(ExitCode.NotProven, told.ExitCode);
        Assert.StartsWith("Nothing is proven: replica 0.2 has not signed this.", told.Error);
    }

    [Fact]
    public async Task Evidence_of_another_system_proves_nothing_here()
    {
        await InitAsync();
        Keep(TwoVotes(Sign));
        await Told.ByAsync("evidence", "--home", System, "--export", _folder["out"]);
        await Told.ByAsync("init", "--out", _folder["other"]);

        var told = await VerifyAsync("0.2-TwoPrepares-3-17.evidence", _folder["other/topology.json"]);

        Assert.Equal(ExitCode.NotProven, told.ExitCode);
        Assert.Contains("another system", told.Error);
    }

    [Theory]
    [InlineData("missing", ExitCode.Configuration)]
    [InlineData("garbage", ExitCode.NotProven)]
    public async Task Verify_refuses_what_is_no_evidence(string name, int expected)
    {
        await InitAsync();
        Directory.CreateDirectory(_folder["out"]);
        await File.WriteAllTextAsync(_folder["out/garbage"], "no evidence", TestContext.Current.CancellationToken);

        var told = await VerifyAsync(name, Topology);

        Assert.Equal(expected, told.ExitCode);
        Assert.StartsWith("Expected ", told.Error);
    }

    [Fact]
    public async Task Verify_without_a_topology_says_what_it_needs()
    {
        var told = await VerifyAsync("garbage", _folder["none.json"]);

        Assert.Equal(ExitCode.Configuration, told.ExitCode);
        Assert.StartsWith("Expected a topology at ", told.Error);
    }

    private string EvidenceFolder =>
        Path.Combine(HomeFiles.ReplicaHome(System, Witness), HomeFiles.State, HomeFiles.Evidence);

    private Task<Told> VerifyAsync(string name, string topology) =>
        Told.ByAsync("evidence", "verify", Path.Combine(_folder["out"], name), "--topology", topology);

    private async Task InitAsync() =>
        Assert.Equal(ExitCode.Success, (await Told.ByAsync("init", "--out", System)).ExitCode);

    private void Keep(Evidence evidence)
    {
        var time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).ToUnixTimeMilliseconds() * 1000;
        var cluster = HomeFiles.ReadTopology(System).Genesis.Cluster;
        var file = new EvidenceFile(cluster, Witness.Site, Witness.Index, new(time), evidence);
        Directory.CreateDirectory(EvidenceFolder);
        File.WriteAllBytes(Path.Combine(EvidenceFolder, EvidenceStore.NameOf(file)), file.Encode().ToArray());
    }

    private TwoWords TwoVotes(Func<SigningKey, byte[], byte[]> sign)
    {
        var speaker = Speaker.Of(HomeFiles.ReadTopology(System).Genesis, Liar);
        var folder = HomeFiles.ReplicaHome(System, Liar);
        using var key = KeyFiles.ReadSigningKey(Path.Combine(folder, HomeFiles.ReplicaKey), KeyKind.Replica);
        return TwoWords.Of(Vote(1), Vote(2))!;

        Said Vote(byte content)
        {
            var word = new Prepare(new(3), new(17), Digest.Of([content]));
            return new(Liar.Index, word, new(sign(key, word.SigningBytes(speaker).ToArray())));
        }
    }

    private static byte[] Sign(SigningKey key, byte[] message) => key.Sign(message);
}
