using System.Security.Cryptography;
using System.Text;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Client.Tests;

/// <summary>The client as applications use it, over real TLS on loopback.</summary>
public sealed class RealConnectionTests
{
    private static readonly Bytes Key = Bytes.FromText("colour");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_put_is_got_at_every_level()
    {
        await using var replicas = new RealReplicas(faults: 1);
        await using var client = HoldfastClient.Connect(replicas.Settings);
        var store = new KeyValueClient(client);

        var put = await store.PutAsync(Key, Bytes.FromText("green"), cancel: Cancel);

        Assert.Equal(Outcome.Committed, put.Outcome.Outcome);
        foreach (var level in Enum.GetValues<QueryLevel>())
        {
            var got = await store.GetAsync(Key, level, Cancel);
            Assert.Equal("green", Encoding.UTF8.GetString(got.Value!.Value.Span));
            Assert.Equal(level, got.Outcome.Level);
        }
    }

    [Fact]
    public async Task Many_updates_at_once_are_each_executed_once_though_connections_break()
    {
        await using var replicas = new RealReplicas(faults: 1);
        await using var client = HoldfastClient.Connect(replicas.Settings);
        var store = new KeyValueClient(client);
        var puts = Enumerable.Range(0, 300)
            .Select(number => store.PutAsync(Key, Bytes.FromText($"{number}"), cancel: Cancel))
            .ToArray();
        await Task.WhenAny(puts);

        replicas.CutAll();

        await Task.WhenAll(puts);
        var got = await store.GetAsync(Key, QueryLevel.Ordered, Cancel);
        Assert.Equal(300UL, got.Value!.Version);
    }

    [Fact]
    public async Task One_of_four_replicas_may_be_off()
    {
        await using var replicas = new RealReplicas(faults: 1);
        await replicas.StopAsync(0);
        await using var client = HoldfastClient.Connect(replicas.Settings);
        var store = new KeyValueClient(client);

        for (var number = 1UL; number <= 4; number++)
        {
            var put = await store.PutAsync(Key, Bytes.FromText("red"), cancel: Cancel);
            Assert.Equal(number + 1, put.Value.Revision);
        }
    }

    [Fact]
    public async Task An_address_that_answers_with_another_key_gets_nothing()
    {
        await using var replicas = new RealReplicas(faults: 0);
        var wrong = replicas.Topology.Sites[0].Replicas[0] with { TransportPin = Digest.Of([3]).ToBytes() };
        var topology = replicas.Topology with { Sites = [new SiteAddresses("site-0", [wrong])] };
        await using var client = HoldfastClient.Connect(replicas.Settings with { Topology = topology });

        var outcome = await client.ExecuteAsync(
            default, new UpdateOptions { Patience = TimeSpan.FromMilliseconds(300) }, Cancel);

        Assert.Equal((Outcome.Rejected, ClientReason.DeadlinePassed), (outcome.Outcome, outcome.Reason));
    }

    [Fact]
    public async Task A_replica_is_dialled_again_whatever_went_wrong_when_it_was_greeted()
    {
        await using var replicas = new RealReplicas(faults: 0);
        var (welcome, signed) = (new TaskCompletionSource<ReplicaId>(), 0);
        var identity = new ClientIdentity(
            replicas.Topology.Genesis.Cluster,
            Bytes.Copy(replicas.Key.PublicKey.Span),
            message => ++signed == 1
                ? throw new CryptographicException("not now")
                : new Bytes(replicas.Key.Sign(message.Span)));
        await using var transport = new TlsTransport(replicas.Topology, identity);
        transport.Start(new((replica, _) => welcome.TrySetResult(replica), _ => { }, (_, _) => { }, (_, _) => { }));

        transport.Reach(new(0));

        Assert.Equal(new(new(0), 0), await welcome.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel));
    }

    [Fact]
    public async Task A_store_that_says_no_is_heard()
    {
        await using var replicas = new RealReplicas(faults: 0);
        await using var client = HoldfastClient.Connect(replicas.Settings);
        var store = new KeyValueClient(client);

        var refusal = await Assert.ThrowsAsync<KeyValueRefusedException>(
            () => store.PutAsync(Bytes.Empty, Bytes.Empty, cancel: Cancel));

        Assert.Equal(KeyValueError.EmptyKey, refusal.Error);
    }

    [Fact]
    public async Task A_replica_tells_its_status()
    {
        await using var replicas = new RealReplicas(faults: 1);
        await using var client = HoldfastClient.Connect(replicas.Settings);
        await new KeyValueClient(client).StatusAsync(QueryLevel.Local, Cancel);

        var all = await Task.WhenAll(Enumerable.Range(0, 4).Select(
            replica => client.StatusAsync(new ReplicaId(new(0), replica), Cancel)));

        Assert.Contains(all, fields => fields is [{ Name: "replica" }]);
    }

    [Fact]
    public async Task A_cancelled_update_ends_with_an_outcome()
    {
        await using var replicas = new RealReplicas(faults: 1);
        await replicas.StopAsync(0);
        await replicas.StopAsync(1);
        await replicas.StopAsync(2);
        await using var client = HoldfastClient.Connect(replicas.Settings);
        using var stopping = new CancellationTokenSource();

        var update = client.ExecuteAsync(new byte[] { 1 }, cancel: stopping.Token);
        await stopping.CancelAsync();

        var outcome = await update;
        Assert.Equal((Outcome.Rejected, ClientReason.Cancelled), (outcome.Outcome, outcome.Reason));
    }
}
