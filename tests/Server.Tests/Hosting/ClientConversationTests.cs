using Holdfast.Protocol;
using Holdfast.Server.Hosting;

namespace Holdfast.Server.Tests.Hosting;

/// <summary>What one client connection may do before and after it has said who it is.</summary>
public sealed class ClientConversationTests
{
    private static readonly Bytes Ann = new(new byte[32]);
    private readonly ClientConversation _conversation = new();

    [Fact]
    public void A_stranger_has_room_for_a_hello_and_little_more()
    {
        Assert.Equal(HostLimits.FramesPerStranger, Enter(HostLimits.FramesPerConnection));

        _conversation.Leave(1);

        Assert.True(_conversation.TryEnter(1));
    }

    [Fact]
    public void A_client_has_its_own_bound()
    {
        _conversation.Begin(Ann, static () => { });

        Assert.Equal(HostLimits.FramesPerConnection, Enter(HostLimits.FramesPerConnection + 1));
    }

    [Fact]
    public void All_connections_of_a_client_leave_others_half_of_the_lane()
    {
        _conversation.Begin(Ann, static () => { });
        var bytes = 0L;
        while (_conversation.TryEnter(Limits.ClientFrameBytes))
        {
            bytes += Limits.ClientFrameBytes;
        }

        Assert.InRange(bytes * HostLimits.ConnectionsPerClient, 1, HostLimits.ClientLaneBytes / 2);
        Assert.True(
            HostLimits.FramesPerConnection * HostLimits.ConnectionsPerClient <= HostLimits.FramesPerLane / 2);
    }

    /// <summary>A hello that was still being checked must not enter a connection that is gone.</summary>
    [Fact]
    public void After_its_end_a_conversation_does_not_begin()
    {
        Assert.Null(_conversation.End());

        Assert.False(_conversation.Begin(Ann, static () => Assert.Fail("It entered.")));
    }

    [Fact]
    public void Its_end_tells_whose_it_was()
    {
        _conversation.Begin(Ann, static () => { });

        Assert.Equal(Ann, _conversation.End());
    }

    [Fact]
    public void The_second_sweep_finds_it_late()
    {
        Assert.False(_conversation.IsLate());
        Assert.True(_conversation.IsLate());
    }

    private int Enter(int times) => Enumerable.Range(0, times).Count(_ => _conversation.TryEnter(1));
}
