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
    public void What_one_replica_signs_in_many_ways_crowds_out_nothing_else(SiteInputKind kind)
    {
        var added = 0;
        while (Add(Signed(kind, replica: 0, variant: added)) == Rejection.None)
        {
            added++;
        }

        Assert.Equal(Rejection.PoolFull, Add(Signed(kind, replica: 0, variant: added)));
        Assert.Equal(Limits.InputsOfOneReplica, added);
        Assert.Equal(Rejection.None, Add(Signed(Other(kind), replica: 0, variant: 0)));
        Assert.Equal(Rejection.None, Add(Signed(kind, replica: 1, variant: 0)));
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

    private static SiteInput Signed(SiteInputKind kind, int replica, int variant)
    {
        var signature = new byte[Limits.SignatureBytes];
        BitConverter.TryWriteBytes(signature, variant);
        return kind == SiteInputKind.AttestationRetry
            ? new AttestationRetry(replica, new(1_000_000), 0, [], new(signature))
            : new ReplicaReturns(replica, 1, default, new(signature));
    }
}
