using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>A replica can sign one thing in countless ways, each of them an input. However many it makes of them, correct primaries
/// and pools have room for what others want.</summary>
public sealed class InputsOfReplicasTests
{
    private readonly MachineWorld _world = new(2, faults: 1);
    private readonly InputPool _pool;

    public InputsOfReplicasTests() => _pool = new(_world[0]);

    [Theory]
    [InlineData(SiteInputKind.AttestationRetry)]
    [InlineData(SiteInputKind.ReplicaReturns)]
    public void What_one_replica_signs_in_many_ways_is_held_once(SiteInputKind kind)
    {
        Assert.Equal(Rejection.None, Add(Signed(kind, replica: 0, variant: 0)));
        Assert.Equal(Rejection.AlreadyKnown, Add(Signed(kind, replica: 0, variant: 1)));
        Assert.Equal(Rejection.None, Add(Signed(Other(kind), replica: 0, variant: 0)));
        Assert.Equal(Rejection.None, Add(Signed(kind, replica: 1, variant: 0)));
    }

    /// <summary>A primary that refused it, because it was told so much else, would seem to leave it out.</summary>
    [Fact]
    public void What_comes_early_gives_way_to_what_is_wanted_now()
    {
        for (var place = 0; place < Limits.InputsOfOneReplica; place++)
        {
            Assert.Equal(Rejection.None, Add(Signed(SiteInputKind.AttestationRetry, replica: 0, variant: 0, place: 100 + place)));
        }

        Assert.Equal(Rejection.PoolFull, Add(Signed(SiteInputKind.AttestationRetry, replica: 0, variant: 0, place: 1000)));
        var machine = new BoxMachine { KeepsAsReplicas = true };
        var pool = new InputPool(machine);
        for (var place = 1; place <= Limits.InputsOfOneReplica; place++)
        {
            pool.TryAdd(Signed(SiteInputKind.AttestationRetry, 0, 0, place), default, TimeSpan.Zero, out _);
        }

        var wanted = Signed(SiteInputKind.AttestationRetry, replica: 0, variant: 0, place: 0);
        Assert.Equal(Rejection.None, pool.TryAdd(wanted, default, TimeSpan.Zero, out _));
        Assert.Equal(Limits.InputsOfOneReplica, pool.Count);
        Assert.Equal(wanted, BatchBuilder.Build(pool).Inputs[0].Input);
    }

    [Fact]
    public void Who_kept_silent_is_named_in_one_order()
    {
        var retry = new AttestationRetry(2, new(5), 0, [0, 1, 3], new Bytes(new byte[Limits.SignatureBytes]));

        Assert.Equal(retry, SiteInput.Decode(retry.Encoded.Span));
        Assert.Null(SiteInput.Decode((retry with { Silent = [1, 0, 3] }).Encoded.Span));
        Assert.Null(SiteInput.Decode((retry with { Silent = [0, 1, 1] }).Encoded.Span));
    }

    private Rejection Add(SiteInput input) => _pool.TryAdd(input, default, TimeSpan.FromMilliseconds(50), out _);

    private static SiteInputKind Other(SiteInputKind kind) =>
        kind == SiteInputKind.AttestationRetry ? SiteInputKind.ReplicaReturns : SiteInputKind.AttestationRetry;

    private static SiteInput Signed(SiteInputKind kind, int replica, int variant, int place = 1_000_000)
    {
        var signature = new byte[Limits.SignatureBytes];
        BitConverter.TryWriteBytes(signature, variant);
        return kind == SiteInputKind.AttestationRetry
            ? new AttestationRetry(replica, new((ulong)place), 0, [], new(signature))
            : new ReplicaReturns(replica, 1, default, new(signature));
    }
}
