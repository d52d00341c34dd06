using System.Net.Sockets;
using Holdfast.Server.Transport;

namespace Holdfast.Server.Tests.Transport;

/// <summary>A road that could not be dialled is dialled again, whatever the cause was.</summary>
public sealed class FrameDialerTests
{
    [Fact]
    public async Task A_process_without_descriptors_dials_again_when_it_has_some()
    {
        await using var called = new Side("called");
        await using var caller = new Side("caller");
        var listener = called.Listen(_ => FrameLimits.Peer);
        var opened = 0;
        caller.Dial(listener, called.Identity.Pin, change: options => options with
        {
            Open = () => ++opened <= 2
                ? throw new SocketException((int)SocketError.TooManyOpenSockets)
                : new Socket(SocketType.Stream, ProtocolType.Tcp),
        });

        Assert.Equal(ConnectionEnd.NetworkFailed, await caller.Refused());
        Assert.Equal(ConnectionEnd.NetworkFailed, await caller.Refused());
        Assert.Equal(called.Identity.Pin, (await caller.Connected()).PeerPin);
    }
}
