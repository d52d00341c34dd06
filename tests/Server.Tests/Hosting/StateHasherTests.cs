using Holdfast.Protocol;
using Holdfast.Server.Hosting;

namespace Holdfast.Server.Tests.Hosting;

/// <summary>States are hashed beside the pump.</summary>
public sealed class StateHasherTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void The_newest_state_that_is_offered_is_hashed()
    {
        using var hasher = new StateHasher("hasher", Assert.Null);
        hasher.Start();
        var map = new AuthenticatedMap();
        for (var round = 0; round < 3; round++)
        {
            for (var key = 0; key < 1000; key++)
            {
                map.Set(Bytes.FromText($"{key}"), Bytes.FromText($"{round}"));
            }

            var state = map.Snapshot();
            Assert.False(state.IsHashed);

            hasher.Offer(state);

            Assert.True(SpinWait.SpinUntil(() => state.IsHashed, Patience));
        }
    }

    [Fact]
    public void It_ends_whether_it_was_ever_asked_or_not()
    {
        var asked = new StateHasher("asked", Assert.Null);
        var idle = new StateHasher("idle", Assert.Null);
        var neverStarted = new StateHasher("never started", Assert.Null);
        asked.Start();
        idle.Start();
        asked.Offer(MapSnapshot.Empty);

        asked.Dispose();
        idle.Dispose();
        neverStarted.Dispose();
    }
}
