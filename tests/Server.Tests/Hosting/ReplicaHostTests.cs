using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Holdfast.Cryptography;
using Holdfast.Node.Storage;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;
using Holdfast.Server.Configuration;
using Holdfast.Server.Metrics;

namespace Holdfast.Server.Tests.Hosting;

/// <summary>One real replica: who is let in at its client port, what it answers, how it ends.</summary>
public sealed class ReplicaHostTests
{
    [Fact]
    public async Task A_known_client_is_welcome_and_told_the_cluster()
    {
        await using var stage = new HostStage();
        await stage.StartAsync();
        var client = await stage.ConnectAsync();

        var answer = await client.AskAsync(stage.Hello(stage.Key));

        Assert.Equal(stage.Topology.Genesis.Cluster, Assert.IsType<HelloAnswer>(answer).Cluster);
    }

    [Fact]
    public async Task A_stranger_is_refused_by_name()
    {
        await using var stage = new HostStage();
        await stage.StartAsync();
        var client = await stage.ConnectAsync();
        using var stranger = SigningKey.Generate(Randomness.System);

        Assert.Equal(new Refused(Rejection.UnknownClient), await client.AskAsync(stage.Hello(stranger)));
    }

    /// <summary>The signature binds both transport keys: a hello heard elsewhere opens nothing here.</summary>
    [Fact]
    public async Task A_hello_for_another_connection_is_refused()
    {
        await using var stage = new HostStage();
        await using var other = new HostStage();
        await stage.StartAsync();
        var client = await stage.ConnectAsync();

        Assert.Equal(new Refused(Rejection.BadSignature), await client.AskAsync(other.Hello(stage.Key)));
    }

    [Fact]
    public async Task Nothing_is_answered_before_a_hello()
    {
        await using var stage = new HostStage();
        await stage.StartAsync();
        var client = await stage.ConnectAsync();

        Assert.Equal(new Refused(Rejection.UnknownSender), await client.AskAsync(new StatusQuery()));
        Assert.Equal(
            new Refused(Rejection.UnknownSender),
            await client.AskAsync(new LocalQuery(1, new KeyValueQuery.Status().Encode(), default)));
    }

    [Fact]
    public async Task Garbage_is_refused_and_the_connection_lives_on()
    {
        await using var stage = new HostStage();
        await stage.StartAsync();
        var client = await stage.ConnectAsync();

        Assert.Equal(new Refused(Rejection.Malformed), await client.AskAsync(new byte[] { 1, 2, 3 }));
        Assert.IsType<HelloAnswer>(await client.AskAsync(stage.Hello(stage.Key)));
    }

    [Fact]
    public async Task A_request_in_another_clients_name_is_refused()
    {
        await using var stage = new HostStage();
        await stage.StartAsync();
        var client = await stage.ConnectAsync();
        await client.AskAsync(stage.Hello(stage.Key));
        using var other = SigningKey.Generate(Randomness.System);

        Assert.Equal(new Refused(Rejection.UnknownSender), await client.AskAsync(Opening(stage, other)));
    }

    [Fact]
    public async Task A_request_goes_through_order_and_disk_and_comes_back_as_a_reply()
    {
        await using var stage = new HostStage();
        await stage.StartAsync();
        var client = await stage.ConnectAsync();
        await client.AskAsync(stage.Hello(stage.Key));
        var request = Opening(stage, stage.Key);

        var reply = Assert.IsType<Reply>(await client.AskAsync(request));

        Assert.Equal(request.Body.RequestDigest(stage.Topology.Genesis.Cluster), reply.Body.Request);
        Assert.Equal(Outcome.Committed, Assert.Single(reply.Body.Results).Outcome);
    }

    [Fact]
    public async Task Who_asks_for_far_too_much_beside_others_is_told_so()
    {
        await using var stage = new HostStage();
        await stage.StartAsync();
        using var master = KeyFiles.ReadSigningKey(
            Path.Combine(HomeFiles.OperatorHome(stage.System), HomeFiles.OperatorKey), KeyKind.Operator);
        var other = await stage.ConnectAsync();
        await other.AskAsync(stage.Hello(master));
        await other.AskAsync(Opening(stage, master));
        var client = await stage.ConnectAsync();
        await client.AskAsync(stage.Hello(stage.Key));
        var requests = Enumerable.Range(0, 200).Select(nonce => Opening(stage, stage.Key, (byte)nonce).Encode().Memory);

        Assert.Equal(200, (await client.Connected).Send([.. requests]));

        var answer = (Reply?)null;
        while (answer?.Body.Results[0].Outcome != Outcome.NotTaken)
        {
            answer = Assert.IsType<Reply>(await client.HearAsync());
        }

        Assert.Equal(RefusedBecause.Overloaded, answer.Body.Results[0].Because);
    }

    [Fact]
    public async Task A_local_query_is_answered_or_its_floor_refused()
    {
        await using var stage = new HostStage();
        await stage.StartAsync();
        var client = await stage.ConnectAsync();
        await client.AskAsync(stage.Hello(stage.Key));
        var query = new KeyValueQuery.Status().Encode();

        var answer = Assert.IsType<LocalAnswer>(await client.AskAsync(new LocalQuery(7, query, default)));

        Assert.Equal((7UL, Rejection.None), (answer.Id, answer.Refusal));
        Assert.Equal(
            LocalAnswer.Refuse(8, Rejection.EarlySequence),
            await client.AskAsync(new LocalQuery(8, query, new GlobalSequence(1000))));
    }

    [Fact]
    public async Task It_ends_in_good_order_and_its_folder_can_be_used_again()
    {
        await using var stage = new HostStage();
        var first = await stage.StartAsync();

        await first.DisposeAsync();
        var second = await stage.StartAsync();

        Assert.Null(await first.Ended);
        Assert.False(second.Ended.IsCompleted);
    }

    [Fact]
    public async Task A_folder_in_use_is_refused_in_a_sentence()
    {
        await using var stage = new HostStage();
        await stage.StartAsync();

        var refused = await Assert.ThrowsAsync<ConfigurationException>(() => stage.StartAsync());

        Assert.Contains("in use", refused.Message);
    }

    [Fact]
    public async Task A_damaged_journal_is_refused_before_anything_is_said()
    {
        await using var stage = new HostStage();
        await (await stage.StartAsync()).DisposeAsync();
        var segment = Directory.EnumerateFiles(Path.Combine(stage.Home, "state", "journal")).Single(path =>
            !path.EndsWith("lock", StringComparison.Ordinal));
        var bytes = await File.ReadAllBytesAsync(segment, TestContext.Current.CancellationToken);
        bytes[8] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes, TestContext.Current.CancellationToken);

        await Assert.ThrowsAnyAsync<StorageException>(() => stage.StartAsync());
    }

    [Fact]
    public async Task A_journal_that_is_gone_is_refused_before_anything_is_said()
    {
        await using var stage = new HostStage();
        await (await stage.StartAsync()).DisposeAsync();
        Directory.Delete(Path.Combine(stage.Home, "state", "journal"), recursive: true);

        await Assert.ThrowsAsync<JournalDamagedException>(() => stage.StartAsync());
    }

    /// <summary>The state that it stopped with must not be taken for that of a replica that lives.</summary>
    [Fact]
    public async Task A_replica_whose_journal_fails_stops_itself_says_why_and_shuts_its_doors()
    {
        await using var stage = new HostStage();
        var host = await stage.StartAsync(journalSegmentBytes: 64 * 1024);
        var client = await stage.ConnectAsync();
        await client.AskAsync(stage.Hello(stage.Key));
        Directory.CreateDirectory(Path.Combine(stage.Home, "state", "journal", "journal-0000000000000002.segment"));

        await Assert.ThrowsAsync<ChannelClosedException>(async () =>
        {
            for (byte nonce = 0; ; nonce++)
            {
                await client.AskAsync(Opening(stage, stage.Key, nonce));
            }
        });

        Assert.IsType<JournalFailedException>(await host.Ended);
        using var caller = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => caller.ConnectAsync(
            IPAddress.Loopback, stage.Topology.Sites[0].Replicas[0].ClientPort, TestContext.Current.CancellationToken)
            .AsTask());
    }

    [Fact]
    public async Task Its_numbers_are_shown_in_the_text_that_prometheus_reads()
    {
        await using var stage = new HostStage();
        await stage.StartAsync();
        var client = await stage.ConnectAsync();
        await client.AskAsync(new StatusQuery());
        await using var endpoint = await MetricsEndpoint.StartAsync(0, TestContext.Current.CancellationToken);
        using var http = new HttpClient();

        var text = await http.GetStringAsync(endpoint.Address, TestContext.Current.CancellationToken);

        Assert.Contains("# TYPE holdfast_turns_total counter", text);
        Assert.Contains("# TYPE holdfast_site_view gauge", text);
        Assert.Contains("holdfast_evidence{site=\"0\",replica=\"0\",kind=\"TwoOffers\"} 0", text);
        Assert.Contains("holdfast_refused_total{site=\"0\",replica=\"0\",reason=\"UnknownSender\"}", text);
        Assert.All(
            text.TrimEnd().Split('\n').Where(line => !line.StartsWith('#')),
            line => Assert.Matches("""^[a-z_]+\{.*\} [0-9.eE+-]+$""", line));
    }

    /// <summary>Who holds many calls open must not take the descriptors that the replica needs.</summary>
    [Fact]
    public async Task Callers_of_the_numbers_are_bounded()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var endpoint = await MetricsEndpoint.StartAsync(0, cancel);
        var callers = Enumerable.Range(0, MetricsEndpoint.ConnectionsMax + 1).Select(_ => new TcpClient()).ToList();
        await Task.WhenAll(callers.Select(caller => caller.ConnectAsync(IPAddress.Loopback, endpoint.Address.Port)));

        var first = await Task.WhenAny(callers.Select(caller => caller.GetStream().ReadAsync(new byte[1], cancel).AsTask()))
            .WaitAsync(TimeSpan.FromSeconds(30), cancel);

        Assert.Equal(0, await first);
        callers.ForEach(static caller => caller.Dispose());
    }

    [Fact]
    public async Task A_client_that_was_removed_is_answered_nothing_more_on_the_connection_that_it_has()
    {
        await using var stage = new HostStage();
        await stage.StartAsync();
        var client = await stage.ConnectAsync();
        await client.AskAsync(stage.Hello(stage.Key));
        using var key = KeyFiles.ReadSigningKey(
            Path.Combine(HomeFiles.OperatorHome(stage.System), HomeFiles.OperatorKey), KeyKind.Operator);
        var master = await stage.ConnectAsync();
        await master.AskAsync(stage.Hello(key));
        var opened = Assert.IsType<Reply>(await master.AskAsync(Opening(stage, key)));
        var removal = new Administration.RemoveClient(Bytes.Copy(stage.Key.PublicKey.Span)).Encode();

        var removed = Assert.IsType<Reply>(await master.AskAsync(Signed(
            stage, key, opened.Body.Results[0].Position, new Operation(OperationKind.Administration, removal))));

        Assert.Equal(Outcome.Committed, removed.Body.Results[0].Outcome);

        // The port sees a turn's state when the turn is over, and so before the reply of the next one.
        await master.AskAsync(Opening(stage, key, nonce: 1));
        Assert.Equal(new Refused(Rejection.UnknownClient), await client.AskAsync(new StatusQuery()));
    }

    private static Request Opening(HostStage stage, SigningKey key, byte nonce = 0) => Signed(
        stage, key, session: default, new Operation(OperationKind.OpenSession, new Bytes([.. new byte[15], nonce])));

    private static Request Signed(HostStage stage, SigningKey key, GlobalPosition session, Operation operation)
    {
        var unsigned = new ClientRequest(
            Bytes.Copy(key.PublicKey.Span),
            session,
            1,
            0,
            RequestLevel.Update,
            ReceiptWanted: false,
            Timestamp.Never,
            default,
            [operation],
            new Bytes(new byte[Limits.SignatureBytes]));
        var signed = unsigned with
        {
            Signature = new(key.Sign(unsigned.SigningBytes(stage.Topology.Genesis.Cluster).Span)),
        };
        return new Request(signed);
    }
}
