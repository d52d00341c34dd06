using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Holdfast.Cli.Tests;

/// <summary>Real processes, sockets and disks: that the plumbing holds. What the protocol promises is tested elsewhere,
/// by simulation.</summary>
public sealed partial class RealRunTests : IAsyncDisposable
{
    // A test that would wait for ever fails.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Folder _folder = new();
    private readonly string _port = $"{Ports.Free()}";
    private readonly List<Running> _started = [];

    /// <summary>A test that fails leaves no process behind either.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var process in _started)
        {
            await process.DisposeAsync();
        }

        _folder.Dispose();
    }

    [Fact]
    public async Task A_demo_keeps_what_it_was_told_over_a_restart()
    {
        await using (var first = await DemoAsync("--sites", "1", "--faults", "0"))
        {
            Assert.Equal(ExitCode.Success, (await AskAsync("put", "hello", "world")).ExitCode);
            Assert.Equal(ExitCode.Success, await first.TerminateAsync());
        }

        var second = await DemoAsync("--sites", "1", "--faults", "0");
        var told = await AskAsync("get", "hello", "--level", "ordered");

        Assert.StartsWith("world", told.Output);
        Assert.Equal(ExitCode.NotThere, (await AskAsync("get", "goodbye")).ExitCode);
        Assert.Equal(ExitCode.Success, await second.TerminateAsync());
    }

    [Fact]
    public async Task An_update_at_one_site_is_read_at_another_and_its_receipt_proves_it()
    {
        var demo = await DemoAsync("--faults", "1,0,0", "--delay", "5");
        var put = await AskAsync("put", "hello", "world", "--receipt", _folder["receipt"]);
        var got = await AskAsync("get", "hello", "--site", "1", "--only-site", "--level", "global");
        Assert.Matches(@"as of g\d+, .* global answer of .*, at most \d+ ms old", got.Error);

        var own = await Told.ByAsync("verify", _folder["receipt"], "--site-key", _folder["demo/system/site-0.pem"]);
        var foreign = await Told.ByAsync("verify", _folder["receipt"], "--site-key", _folder["demo/system/site-1.pem"]);

        Assert.Equal(ExitCode.Success, put.ExitCode);
        Assert.StartsWith("world", got.Output);
        Assert.Equal(ExitCode.Success, own.ExitCode);
        Assert.Contains("Committed at g", own.Output);
        Assert.Equal(ExitCode.NotProven, foreign.ExitCode);
        Assert.Equal(ExitCode.Success, await demo.TerminateAsync());
    }

    /// <summary>The operator's word counts everywhere, from its place in the global order on.</summary>
    [Fact]
    public async Task A_client_may_do_something_from_when_the_operator_says_so()
    {
        var demo = await DemoAsync("--sites", "1", "--faults", "0");
        await AskAsync("client", "add", "ann", "--role", "Reader");
        var ann = _folder["demo/system/clients/ann"];

        var reads = await Told.ByAsync("get", "hello", "--home", ann, "--timeout", "30");
        var writes = await Told.ByAsync("put", "hello", "world", "--home", ann, "--timeout", "30");

        Assert.Equal(ExitCode.NotThere, reads.ExitCode);
        Assert.Equal(ExitCode.Refused, writes.ExitCode);
        Assert.Contains("NotPermitted", writes.Error);
    }

    /// <summary>Twice, so that it is not taken for its first life either.</summary>
    [Fact]
    public async Task A_replica_whose_disk_is_lost_comes_back_by_itself_and_votes()
    {
        await Told.ByAsync("init", "--out", _folder["demo/system"], "--sites", "1", "--port", _port);
        var homes = Enumerable.Range(0, 4).Select(replica => _folder[$"demo/system/site-0/replica-{replica}"]).ToArray();
        var running = homes.Select(home => Start("replica", "--home", home)).ToArray();
        await Task.WhenAll(running.Select(replica => replica.SaysAsync("ready")));
        Assert.Equal(ExitCode.Success, (await AskAsync("put", "hello", "world")).ExitCode);

        for (var life = 1; life <= 2; life++)
        {
            await running[3].DisposeAsync();
            Directory.Delete(Path.Combine(homes[3], "state"), recursive: true);
            running[3] = Start("replica", "--home", homes[3]);
            await running[3].SaysAsync("its site takes this replica back");
            for (var watch = Stopwatch.StartNew(); !VotesIn(await AskAsync("status", "--all"), life);)
            {
                Assert.True(watch.Elapsed < Patience, "it does not vote");
                Assert.Equal(ExitCode.Success, (await AskAsync("put", "hello", $"world {life}")).ExitCode);
            }
        }

        // Without it there is no quorum.
        await running[2].DisposeAsync();
        Assert.Equal(ExitCode.Success, (await AskAsync("put", "hello", "again")).ExitCode);
    }

    /// <summary>The drill of docs/protocol.md, section 10, and then as much work as only the restored site makes a majority
    /// for.</summary>
    [Fact]
    public async Task A_site_that_lost_its_disks_comes_back_by_the_operators_drill()
    {
        await Told.ByAsync("init", "--out", _folder["demo/system"], "--sites", "3", "--faults", "0", "--port", _port);
        var homes = Enumerable.Range(0, 3).Select(site => _folder[$"demo/system/site-{site}/replica-0"]).ToArray();
        var running = homes.Select(home => Start("replica", "--home", home)).ToArray();
        await Task.WhenAll(running.Select(replica => replica.SaysAsync("ready")));
        Assert.Equal(ExitCode.Success, (await AskAsync("put", "hello", "world")).ExitCode);
        await running[2].DisposeAsync();
        Directory.Delete(Path.Combine(homes[2], "state"), recursive: true);

        var drill = await AskAsync("site", "rejoin", "--lost", "2");
        running[2] = Start("replica", "--home", homes[2]);
        await running[2].SaysAsync("ready");
        for (var watch = Stopwatch.StartNew(); (await AskAsync("status", "--all")).Output.Contains("takes part: no");)
        {
            Assert.True(watch.Elapsed < Patience, "it does not take part");
            Assert.Equal(ExitCode.Success, (await AskAsync("put", "hello", "world again")).ExitCode);
        }

        await running[1].DisposeAsync();
        var put = await AskAsync("put", "hello", "all of you");
        var got = await AskAsync("get", "hello", "--site", "2", "--only-site", "--level", "global");

        Assert.Equal(ExitCode.Success, drill.ExitCode);
        Assert.Equal(ExitCode.Success, put.ExitCode);
        Assert.StartsWith("all of you", got.Output);
    }

    private static bool VotesIn(Told status, int life) => status.Output.Split("replica 0.")
        .Any(lines => lines.StartsWith('3') && lines.Contains("votes: yes") && lines.Contains($"life: {life}"));

    [Fact]
    public async Task Children_show_their_numbers_and_end_with_a_parent_that_is_killed()
    {
        var demo = await DemoAsync("--sites", "1", "--processes");
        var status = (await AskAsync("status")).Output;
        var places = MetricsAt().Matches(status).Select(match => match.Value).Distinct().ToList();
        Assert.Equal(4, places.Count);
        using var http = new HttpClient();
        var numbers = await http.GetStringAsync(new Uri(places[0]), TestContext.Current.CancellationToken);
        Assert.Contains("holdfast_updates_total{site=\"0\",replica=\"0\"}", numbers);
        var children = ProcessOf().Matches(status)
            .Select(match => Process.GetProcessById(int.Parse(match.Groups[1].Value)))
            .ToList();
        Assert.Equal(4, children.Count);

        Running.Signal("KILL", demo.Id);

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        await Task.WhenAll(children.Select(child => child.WaitForExitAsync(patience.Token)));
    }

    [Fact]
    public async Task A_replica_refuses_a_port_in_use_and_a_folder_in_use_in_one_sentence()
    {
        await Told.ByAsync("init", "--out", _folder["system"], "--sites", "1", "--faults", "0", "--port", _port);
        var home = _folder["system/site-0/replica-0"];
        var first = Start("replica", "--home", home);
        await first.SaysAsync("ready");

        var sameFolder = await Told.ByAsync("replica", "--home", home, "--log-level", "None");
        Directory.Delete(_folder["system/site-0/replica-0/state"], recursive: true);
        var samePort = await Told.ByAsync("replica", "--home", home, "--log-level", "None");

        Assert.Equal(ExitCode.Configuration, sameFolder.ExitCode);
        Assert.Contains("in use", sameFolder.Error);
        Assert.Equal(ExitCode.Configuration, samePort.ExitCode);
        Assert.Contains(_port, samePort.Error);
        Assert.Single(samePort.Error.TrimEnd().Split('\n'));
    }

    [GeneratedRegex(@"process (\d+),")]
    private static partial Regex ProcessOf();

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+/metrics")]
    private static partial Regex MetricsAt();

    private Running Start(params string[] arguments)
    {
        var process = Running.Start(arguments);
        _started.Add(process);
        return process;
    }

    private async Task<Running> DemoAsync(params string[] more)
    {
        var demo = Start(["demo", "--dir", _folder["demo"], "--port", _port, .. more]);
        await demo.SaysAsync("Ctrl-C ends the demo");
        return demo;
    }

    private Task<Told> AskAsync(params string[] arguments) =>
        Told.ByAsync([.. arguments, "--home", _folder["demo"], "--timeout", "60"]);
}
