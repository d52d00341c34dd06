using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Holdfast.Cli.Bench;
using Holdfast.Cli.Bench.Plots;
using Holdfast.Client;
using Holdfast.Protocol;

namespace Holdfast.Cli.Tests;

/// <summary>The bench measures what it says it measures.</summary>
[Collection("bench")]
public sealed class BenchTests : IDisposable
{
    private readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_mix_draws_its_operations_by_their_weights()
    {
        var mix = OperationMix.Parse("update=1,local=9");
        var random = new Random(1);

        var updates = Enumerable.Range(0, 10_000).Count(_ => mix.Draw(random) == BenchOperation.Update);

        Assert.InRange(updates, 900, 1100);
        Assert.Equal("update=1,local=9", mix.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("update=0")]
    [InlineData("update=1,update=2")]
    [InlineData("write=1")]
    [InlineData("7=1")]
    [InlineData("update=1=2")]
    public void What_is_no_mix_is_refused_in_a_sentence(string text)
    {
        var failure = Assert.Throws<CommandFailure>(() => OperationMix.Parse(text));

        Assert.Contains("--mix", failure.Message);
    }

    [Fact]
    public void Only_what_falls_into_the_window_counts()
    {
        var book = new LatencyBook(1);
        var early = Stopwatch.GetTimestamp();
        book.Done(0, BenchOperation.Update, early, early);
        book.DidNotEnd(early, "refused");
        book.Open();
        var within = Stopwatch.GetTimestamp();
        book.Done(0, BenchOperation.Update, within, within);
        book.DidNotEnd(within, "refused");
        book.Close();
        book.Done(0, BenchOperation.Update, within, Stopwatch.GetTimestamp());

        Assert.Equal(1, book.CountOf(BenchOperation.Update));
        Assert.Equal(1, book.Failed);
    }

    /// <summary>The store stands still until fifty operations have begun, one in each millisecond: the first of them
    /// waited for most of that time, and a loop that waits for answers would never get so far.</summary>
    [Fact]
    public async Task An_open_loop_counts_what_a_store_that_stands_still_makes_others_wait()
    {
        await using var store = new StandingStore(goesOnAfter: 50);
        var book = new LatencyBook(1);
        book.Open();
        await using (new BenchLoad(
            store, Workload.Find("leading") with { Rate = 1000 }, book, TestContext.Current.CancellationToken))
        {
            await store.GoesOn;
        }

        book.Close();
        Assert.True(book.CountOf(BenchOperation.Update) >= 50);
        Assert.True(book.Of(0, BenchOperation.Update).GetValueAtPercentile(100) >= 40_000);
    }

    [Theory]
    [InlineData("--clients", "1001")]
    [InlineData("--value-size", "65537")]
    [InlineData("--rate", "0")]
    [InlineData("--site", "3")]
    [InlineData("--duration", "0")]
    [InlineData("--system", "raft")]
    public async Task What_cannot_be_measured_is_refused_before_anything_starts(string option, string value)
    {
        var told = await Told.ByAsync("bench", option, value);

        Assert.Equal(ExitCode.Usage, told.ExitCode);
        Assert.Contains(option, told.Error);
    }

    [Theory]
    [InlineData(1.2, true, 1.2, true)]
    [InlineData(1.21, true, 1.2, false)]
    [InlineData(2000, false, 2000, true)]
    [InlineData(1999, false, 2000, false)]
    public void A_bar_holds_up_to_its_limit(double value, bool most, double limit, bool ok)
    {
        var row = new Bar("speed", value, "x", limit, most).ToJson();

        Assert.Equal(ok, (bool)row["ok"]!);
        Assert.Equal(value, (double)row["value"]!);
    }

    [Theory]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NaN)]
    public void A_share_of_nothing_holds_no_bar(double value)
    {
        var row = new Bar("speed", value, "x", Limit: 0.8, Most: false).ToJson();

        Assert.False((bool)row["ok"]!);
        Assert.Null(row["value"]);
    }

    [Fact]
    public async Task A_system_that_is_spread_over_places_is_measured_over_its_far_replicas()
    {
        var told = await Running.ToEndAsync(
            "bench", "leading", "--system", "flat-pbft", "--delay", "5", "--warm-up", "0.3", "--duration", "3",
            "--json", _folder["bench.json"]);

        Assert.Equal(ExitCode.Success, told.ExitCode);
        var found = JsonNode.Parse(await File.ReadAllTextAsync(
            _folder["bench.json"], TestContext.Current.CancellationToken))!;
        Assert.True((double)found["latencies"]![0]!["p50_ms"]! >= 15, "three steps over the wide area and less");
        Assert.True((double)found["per_update"]!["WAN messages"]! > 0);
    }

    [Fact]
    public void A_plot_gives_each_tenth_of_what_is_above_the_same_room()
    {
        var svg = LatencyPlot.Draw("a < b", [new("x & y", [(0, 10), (90, 20), (99, 40)])]);

        var points = Assert.Single(PointsOf(XDocument.Parse(svg)));
        Assert.Equal(3, points.Length);
        Assert.Equal(points[1][0] - points[0][0], points[2][0] - points[1][0], 1.0);
        Assert.True(points[0][1] > points[1][1] && points[1][1] > points[2][1], "slower is higher up");
    }

    [Fact]
    public void A_curve_has_a_point_for_each_load_and_slower_ones_higher_up()
    {
        var few = ResultOf(clients: 1, latency: TimeSpan.FromMilliseconds(20));
        var many = ResultOf(clients: 100, latency: TimeSpan.FromMilliseconds(200));

        var svg = XDocument.Parse(CurvePlot.Draw(new[] { few, many }.Select(CurvePoint.Of)));

        Assert.Equal(2, PointsOf(svg).Count);
        Assert.All(PointsOf(svg), line => Assert.True(line[0][1] > line[1][1]));
        Assert.Contains(svg.Descendants(), element => element.Value == "100");
        Assert.Contains(svg.Descendants(), element => element.Value == "update, 200 bytes");
    }

    [Fact]
    public void Costs_are_drawn_as_high_as_they_are_and_in_the_colour_of_their_site()
    {
        var result = ResultOf(clients: 1, latency: TimeSpan.FromMilliseconds(20)) with
        {
            Before = new([Used("replica 0.0", 0), Used("replica 0.1", 0), Used("replica 1.0", 0)], []),
            After = new([Used("replica 0.0", 10), Used("replica 0.1", 20), Used("replica 1.0", 5)], []),
        };

        var bars = XDocument.Parse(CostPlot.Draw("a < b", result)).Descendants()
            .Where(element => element.Name.LocalName == "rect").Skip(1).ToList();

        double HeightOf(int bar) => double.Parse(bars[bar].Attribute("height")!.Value, CultureInfo.InvariantCulture);
        Assert.Equal(3, bars.Count);
        Assert.Equal(HeightOf(1), 2 * HeightOf(0), 1.0);
        Assert.Equal(HeightOf(0), 2 * HeightOf(2), 1.0);
        Assert.Equal(bars[0].Attribute("fill")!.Value, bars[1].Attribute("fill")!.Value);
        Assert.NotEqual(bars[0].Attribute("fill")!.Value, bars[2].Attribute("fill")!.Value);

        static ProcessUse Used(string name, int milliseconds) => new(name, TimeSpan.FromMilliseconds(milliseconds), 1);
    }

    [Fact]
    public async Task A_small_system_is_measured_from_one_client_to_more()
    {
        var told = await Running.ToEndAsync(
            "bench", "curve", "--sites", "1", "--faults", "0", "--clients", "1,4", "--warm-up", "0.3",
            "--duration", "0.5", "--json", _folder["curve.json"], "--plot", _folder["curve.svg"]);

        Assert.Equal(ExitCode.Success, told.ExitCode);
        var found = JsonNode.Parse(await File.ReadAllTextAsync(
            _folder["curve.json"], TestContext.Current.CancellationToken))!.AsArray();
        Assert.Equal([1, 4], found.Select(one => (int)one!["clients"]!));
        Assert.Equal(2, PointsOf(XDocument.Load(_folder["curve.svg"])).Count);

        var again = await Told.ByAsync(
            "bench", "curve", "--from", _folder["curve.json"], "--plot", _folder["again.svg"]);
        Assert.Equal(ExitCode.Success, again.ExitCode);
        Assert.Equal(2, PointsOf(XDocument.Load(_folder["again.svg"])).Count);
    }

    [Fact]
    public async Task What_is_no_curve_is_not_drawn()
    {
        await File.WriteAllTextAsync(_folder["other.json"], "{}", TestContext.Current.CancellationToken);

        var told = await Told.ByAsync(
            "bench", "curve", "--from", _folder["other.json"], "--plot", _folder["other.svg"]);

        Assert.Equal(ExitCode.Usage, told.ExitCode);
        Assert.Contains("--from", told.Error);
        Assert.False(File.Exists(_folder["other.svg"]));
    }

    [Theory]
    [InlineData("--clients", "0")]
    [InlineData("--clients", "1,,3")]
    [InlineData("--clients", "1,1001")]
    [InlineData("--operation", "update=1,local=1")]
    [InlineData("--system", "raft")]
    [InlineData("--from", "nowhere.json")]
    public async Task A_curve_that_cannot_be_measured_is_refused_before_anything_starts(string option, string value)
    {
        var told = await Told.ByAsync("bench", "curve", option, value);

        Assert.Equal(ExitCode.Usage, told.ExitCode);
        Assert.Contains(option, told.Error);
    }

    [Fact]
    public async Task A_small_system_is_measured()
    {
        var told = await Running.ToEndAsync(
            "bench", "mixed", "--sites", "1", "--faults", "0", "--clients", "4", "--warm-up", "0.3",
            "--duration", "0.5", "--json", _folder["bench.json"], "--plot", _folder["bench.svg"]);

        Assert.Equal(ExitCode.Success, told.ExitCode);
        var found = JsonNode.Parse(await File.ReadAllTextAsync(
            _folder["bench.json"], TestContext.Current.CancellationToken))!;
        Assert.Equal(0, (int)found["failed"]!);
        Assert.All(found["latencies"]!.AsArray(), row => Assert.True((double)row!["p50_ms"]! > 0));
        Assert.True((double)found["per_update"]!["journal flushes"]! > 0);
        Assert.Equal(4, PointsOf(XDocument.Load(_folder["bench.svg"])).Count);
    }

    [Fact]
    public async Task Who_is_asked_to_end_in_the_middle_ends_in_good_order()
    {
        await using var bench = Running.Start(
            "bench", "--sites", "1", "--faults", "0", "--warm-up", "0.3", "--duration", "600");
        await bench.SaysAsync("measuring");

        Assert.Equal(ExitCode.Interrupted, await bench.TerminateAsync());
    }

    /// <summary>Of each line of a picture.</summary>
    private static List<double[][]> PointsOf(XDocument svg) =>
    [
        .. svg.Descendants().Where(element => element.Name.LocalName == "polyline").Select(line =>
            line.Attribute("points")!.Value.Split(' ').Select(point =>
                point.Split(',').Select(number => double.Parse(number, CultureInfo.InvariantCulture)).ToArray()).ToArray()),
    ];

    /// <summary>Each client had one update done, in so long.</summary>
    private static BenchResult ResultOf(int clients, TimeSpan latency)
    {
        var book = new LatencyBook(1);
        var began = Stopwatch.GetTimestamp() - (long)(latency.TotalSeconds * Stopwatch.Frequency);
        book.Open();
        for (var client = 0; client < clients; client++)
        {
            book.Done(0, BenchOperation.Update, began, Stopwatch.GetTimestamp());
        }

        book.Close();
        return new("one", Workload.Find("updates") with { Clients = clients }, book, new([], []), new([], []));
    }

    /// <summary>Answers nothing until so many operations have begun, and then everything.</summary>
    private sealed class StandingStore(int goesOnAfter) : IBenchSystem, IBenchClient
    {
        private readonly TaskCompletionSource _goesOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _begun;

        public Task GoesOn => _goesOn.Task;

        public string Name => "standing";

        public int Places => 1;

        public int ConnectionsPerPlace => 1;

        public Task StartAsync(CancellationToken cancel) => Task.CompletedTask;

        public void Widen(double? megabits)
        {
        }

        public IBenchClient Connect(int place, int requestsInFlight) => this;

        public Task<CostSnapshot> SnapshotAsync(CancellationToken cancel) =>
            Task.FromResult(new CostSnapshot([], []));

        public Task UpdateAsync(Bytes key, Bytes value, CancellationToken cancel)
        {
            if (Interlocked.Increment(ref _begun) >= goesOnAfter)
            {
                _goesOn.TrySetResult();
            }

            return _goesOn.Task;
        }

        public Task QueryAsync(Bytes key, QueryLevel level, CancellationToken cancel) => _goesOn.Task;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
