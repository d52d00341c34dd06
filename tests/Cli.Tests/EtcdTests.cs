using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Holdfast.Cli.Bench;
using Holdfast.Cli.Bench.Etcd;
using Holdfast.Cli.Demo;

namespace Holdfast.Cli.Tests;

/// <summary>The bench speaks to etcd as etcd expects, over roads that are as long as they are said to be.</summary>
[Collection("bench")]
public sealed class EtcdTests : IDisposable
{
    private readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The example of the format's own description: field 1 is 150, and field 2 the word "testing".</summary>
    [Fact]
    public void A_message_is_written_as_the_format_has_it()
    {
        var message = new ProtoMessage().With(1, 150).With(2, "testing"u8).ToArray();

        Assert.Equal("08960112" + "0774657374696e67", Convert.ToHexStringLower(message));
        Assert.Equal("0000000003" + "089601", Convert.ToHexStringLower(ProtoMessage.Framed(message.AsSpan(0, 3))));
        Assert.Equal(message, ProtoMessage.Unframed(ProtoMessage.Framed(message)).ToArray());
    }

    [Fact]
    public void A_number_is_found_behind_fields_of_every_form_and_within_others()
    {
        var inner = new ProtoMessage().With(1, 5).With(2, ulong.MaxValue).ToArray();
        byte[] message = [0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x25, 1, 2, 3, 4, .. new ProtoMessage().With(1, inner).With(6, 7).ToArray()];

        Assert.Equal(ulong.MaxValue, ProtoMessage.NumberIn(message, 1, 2));
        Assert.Equal(7ul, ProtoMessage.NumberIn(message, 6));
        Assert.Equal(0ul, ProtoMessage.NumberIn(message, 9));
    }

    [Theory]
    [InlineData("80")]
    [InlineData("0a05ff")]
    [InlineData("0b")]
    [InlineData("ffffffffffffffffffffff")]
    public void What_is_no_message_is_refused(string hex) =>
        Assert.Throws<FormatException>(() => ProtoMessage.NumberIn(Convert.FromHexString(hex), 1));

    [Theory]
    [InlineData("00000000")]
    [InlineData("0100000000")]
    [InlineData("000000000200")]
    public void What_is_not_one_whole_frame_is_refused(string hex) =>
        Assert.Throws<FormatException>(() => ProtoMessage.Unframed(Convert.FromHexString(hex)).ToArray());

    [Fact]
    public void A_number_is_read_from_the_text_of_a_server()
    {
        const string Text = "# HELP flushes_count x\nflushes_count_more 3\nflushes_count 1.5e+02\n";

        Assert.Equal(150, EtcdServer.MetricIn(Text, "flushes_count"));
        Assert.Throws<FormatException>(() => EtcdServer.MetricIn(Text, "flushes"));
    }

    [Theory]
    [InlineData("CONNECT 192.0.2.3:2380 HTTP/1.1\r\n\r\n", 2)]
    [InlineData("CONNECT 192.0.2.4:2380 HTTP/1.1\r\n\r\n", null)]
    [InlineData("GET 192.0.2.3:2380 HTTP/1.1\r\n\r\n", null)]
    [InlineData("", null)]
    public void A_road_leads_to_the_place_that_is_named(string request, int? place) =>
        Assert.Equal(place, FarRoads.PlaceIn(request, places: 3));

    [Fact]
    public async Task A_road_carries_every_byte_in_order_and_not_before_its_time()
    {
        const int Length = 3_000_000;
        var cancel = TestContext.Current.CancellationToken;
        using var called = new TcpListener(IPAddress.Loopback, 0);
        called.Start();
        await using var roads = new FarRoads(DelayMatrix.Read("20", sites: 2), _ => (IPEndPoint)called.LocalEndpoint);
        using var caller = new TcpClient();
        await caller.ConnectAsync(IPAddress.Loopback, roads.ProxyOf(0).Port, cancel);
        var stream = caller.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"CONNECT {FarRoads.NameOf(1)}:1 HTTP/1.1\r\n\r\n"), cancel);
        var greeting = new byte["HTTP/1.1 200 OK\r\n\r\n".Length];
        await stream.ReadExactlyAsync(greeting, cancel);
        using var callee = await called.AcceptTcpClientAsync(cancel);
        var sent = new byte[Length];
        new Random(1).NextBytes(sent);
        var began = System.Diagnostics.Stopwatch.StartNew();
        var sending = stream.WriteAsync(sent, cancel);

        var received = new byte[Length];
        await callee.GetStream().ReadExactlyAsync(received, cancel);

        await sending;
        Assert.True(began.ElapsedMilliseconds >= 19, $"{began.ElapsedMilliseconds} ms");
        Assert.Equal(sent, received);
        Assert.Equal(Length, roads.Bytes);
    }

    [Fact]
    public async Task Where_etcd_cannot_be_had_a_sentence_says_what_to_install()
    {
        var failure = await Assert.ThrowsAsync<CommandFailure>(
            () => EtcdProgram.FindAsync(_folder.Path, _folder.Path, TestContext.Current.CancellationToken));

        Assert.Equal(ExitCode.Environment, failure.ExitCode);
        Assert.Contains("sudo apt-get install etcd-server", failure.Message);
    }

    [Fact]
    public async Task Etcd_is_measured_where_it_is_installed()
    {
        Assert.SkipUnless(
            EtcdProgram.On(Environment.GetEnvironmentVariable("PATH"), "etcd") is not null, "etcd is not installed here.");
        var told = await Running.ToEndAsync(
            "bench", "elsewhere", "--system", "etcd", "--delay", "5", "--mix", "update,local", "--warm-up", "0.3",
            "--duration", "1", "--json", _folder["bench.json"]);

        Assert.Equal(ExitCode.Success, told.ExitCode);
        var found = JsonNode.Parse(await File.ReadAllTextAsync(
            _folder["bench.json"], TestContext.Current.CancellationToken))!;
        Assert.Equal(0, (int)found["failed"]!);
        Assert.True((double)found["latencies"]![0]!["p50_ms"]! >= 20, "to the leader and to a majority, and back");
        Assert.True((double)found["per_update"]!["journal flushes"]! > 0);
    }
}
