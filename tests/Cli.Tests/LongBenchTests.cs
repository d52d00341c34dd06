using System.Text.Json.Nodes;
using Holdfast.Cli.Bench;
using Holdfast.Protocol;

namespace Holdfast.Cli.Tests;

/// <summary>What takes long, made short: many keys, and load for long.</summary>
[Collection("bench")]
public sealed class LongBenchTests : IDisposable
{
    private readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_goes_up_and_down_does_not_grow()
    {
        var samples = Samples(100, index => 100 + (index % 7));

        Assert.InRange(Growth.Share(samples), -0.01, 0.01);
    }

    [Fact]
    public void What_grows_all_the_time_grows_by_what_it_gained_after_the_first_quarter()
    {
        var samples = Samples(101, index => 100 + index);

        Assert.Equal(75.0 / 162.5, Growth.Share(samples), 6);
    }

    [Fact]
    public void A_start_that_grows_and_a_few_peaks_do_not_count()
    {
        var samples = Samples(100, index => index < 25 ? index : index is 50 or 90 ? 1000 : 25);

        Assert.Equal(0, Growth.Share(samples));
    }

    [Fact]
    public void A_slow_leak_under_a_saw_is_found()
    {
        var samples = Samples(180, index => 100 + (10 * (index % 9)) + (0.2 * index));

        Assert.True(Growth.Share(samples) > 0.1, $"{Growth.Share(samples)}");
    }

    [Theory]
    [InlineData(0.5, 2)]
    [InlineData(30, 9)]
    public void A_soak_is_sampled_often_enough_and_not_too_often(double minutes, double seconds) =>
        Assert.Equal(seconds, SoakRun.SampleEvery(TimeSpan.FromMinutes(minutes)).TotalSeconds);

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(1000)]
    public void Every_key_is_filled_once_in_pieces_that_one_operation_sets(int keys)
    {
        var pieces = KeyFill.Pieces(keys).ToList();

        Assert.Equal(Enumerable.Range(0, keys), pieces.SelectMany(piece => piece));
        Assert.All(pieces, piece => Assert.InRange(piece.Count, 1, KeyValueLimits.OperationsPerTransaction));
    }

    [Theory]
    [InlineData("keys", "--keys", "999")]
    [InlineData("keys", "--value-size", "2049")]
    [InlineData("keys", "--clients", "0")]
    [InlineData("pauses", "--draws", "0")]
    [InlineData("return", "--megabytes", "0")]
    [InlineData("return", "--clients", "1001")]
    [InlineData("soak", "--minutes", "0")]
    [InlineData("soak", "--clients", "1001")]
    [InlineData("bars", "--duration", "0")]
    public async Task What_cannot_be_measured_is_refused_before_anything_starts(string command, string option, string value)
    {
        var told = await Told.ByAsync("bench", command, option, value);

        Assert.Equal(ExitCode.Usage, told.ExitCode);
        Assert.Contains(option, told.Error);
    }

    [Fact]
    public async Task Keys_are_filled_and_a_replica_that_starts_again_catches_up()
    {
        var told = await Running.ToEndAsync(
            "bench", "keys", "--keys", "2000", "--sites", "1", "--faults", "1", "--clients", "4", "--warm-up", "0.3",
            "--duration", "2", "--json", _folder["keys.json"]);

        Assert.True(told.ExitCode is ExitCode.Success or ExitCode.CheckFailed, told.Error);
        Assert.Contains("filled 2000 keys", told.Output);
        var found = JsonNode.Parse(await File.ReadAllTextAsync(
            _folder["keys.json"], TestContext.Current.CancellationToken))!;
        Assert.Equal([1000, 2000], found["results"]!.AsArray().Select(result => (int)result!["keys"]!));
        Assert.All(found["results"]!.AsArray(), result => Assert.True((double)result!["latencies"]![0]!["count"]! > 0));
        Assert.Equal(3, found["bars"]!.AsArray().Count);
        Assert.All(found["bars"]!.AsArray(), bar => Assert.True((double)bar!["value"]! > 0));
    }

    [Fact]
    public async Task A_replica_that_lost_its_disk_comes_back_while_others_work()
    {
        var told = await Running.ToEndAsync(
            "bench", "return", "--megabytes", "1", "--sites", "1", "--faults", "1", "--clients", "4", "--warm-up", "0.3",
            "--duration", "2", "--json", _folder["return.json"]);

        Assert.True(told.ExitCode is ExitCode.Success or ExitCode.CheckFailed, told.Error);
        var found = JsonNode.Parse(await File.ReadAllTextAsync(
            _folder["return.json"], TestContext.Current.CancellationToken))!;
        Assert.Equal(1, (int)found["life"]!);
        Assert.Equal(2, found["bars"]!.AsArray().Count);
        Assert.All(found["bars"]!.AsArray(), bar => Assert.True((double)bar!["value"]! > 0));
    }

    [Fact]
    public async Task A_soak_tells_the_memory_of_every_replica()
    {
        var told = await Running.ToEndAsync(
            "bench", "soak", "--minutes", "0.1", "--sites", "1", "--faults", "1", "--clients", "2", "--warm-up", "0.3",
            "--json", _folder["soak.json"]);

        Assert.True(told.ExitCode is ExitCode.Success or ExitCode.CheckFailed, told.Error);
        var found = JsonNode.Parse(await File.ReadAllTextAsync(
            _folder["soak.json"], TestContext.Current.CancellationToken))!;
        Assert.True(found["samples"]!.AsArray().Count >= 2);
        Assert.All(found["samples"]!.AsArray(), sample =>
        {
            var memory = sample!["memory_mib"]!.AsObject();
            Assert.Equal(4, memory.Count);
            Assert.All(memory, one => Assert.True((double)one.Value! > 1));
        });
    }

    private static List<(TimeSpan At, double Value)> Samples(int count, Func<int, double> value) =>
        [.. Enumerable.Range(0, count).Select(index => (TimeSpan.FromSeconds(index), value(index)))];
}
