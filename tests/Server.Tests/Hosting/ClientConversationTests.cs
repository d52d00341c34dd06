using Holdfast.Protocol;
using Holdfast.Server.Hosting;

namespace Holdfast.Server.Tests.Hosting;

/// <summary>What one client connection may do before and after it has said who it is.</summary>
public sealed class ClientConversationTests
{
    private static readonly Bytes Ann = new(new byte[32]);
    private readonly ClientConversation _conversation = new();

    [Fact]
    public void A_stranger_has_few_frames_at_a_time_and_a_client_its_share_of_the_lane()
    {
        Assert.Equal(HostLimits.FramesPerStranger, Enter(100));

        _conversation.Leave();
        Assert.Equal(1, Enter(100));

        _conversation.Begin(Ann, static () => { });
        Assert.Equal(100, Enter(100));
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

    private int Enter(int times) => Enumerable.Range(0, times).Count(_ => _conversation.TryEnter());
}
