using System.Net.Sockets;
using Holdfast.Protocol;

namespace Holdfast.Client.Tests;

/// <summary>A replica that is gone, or takes nothing, without a word.</summary>
public sealed class TransportTests
{
    private const int TcpLevel = 6;
    private const int TcpUserTimeout = 18;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void A_cut_line_is_told_within_seconds()
    {
        using var socket = ReplicaConnection.Open();

        Assert.NotEqual(0, socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive));
        Assert.Equal(5, socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime));
        var milliseconds = new byte[sizeof(int)];
        Assert.Equal(sizeof(int), socket.GetRawSocketOption(TcpLevel, TcpUserTimeout, milliseconds));
        Assert.Equal(10_000, BitConverter.ToInt32(milliseconds));
    }

    /// <summary>Its TCP acknowledges all that comes until buffers are full: nothing but the write itself tells.</summary>
    [Fact]
    public async Task A_write_that_the_other_side_does_not_take_ends()
    {
        var frames = new FrameStream(new Deaf(), TimeSpan.FromMilliseconds(1));

        var write = frames.WriteAsync([Bytes.FromText("frame")], Cancel);

        Assert.Same(write, await Task.WhenAny(write, Task.Delay(TimeSpan.FromSeconds(30), Cancel)));
        await Assert.ThrowsAsync<TimeoutException>(() => write);
    }

    [Fact]
    public async Task Frames_to_a_replica_that_takes_none_are_bounded_in_bytes_until_they_are_written()
    {
        var queue = new FrameQueue(framesMax: 100, bytesMax: 50);
        var (frame, ready) = (new Bytes(new byte[20]), new List<Bytes>());
        Assert.True(queue.TryAdd(frame) && queue.TryAdd(frame));
        Assert.False(queue.TryAdd(frame));

        await queue.TakeAllAsync(ready, Cancel);
        Assert.Equal([frame, frame], ready);
        Assert.False(queue.TryAdd(frame));
        queue.Free(ready);

        Assert.True(queue.TryAdd(frame));
    }

    [Fact]
    public void Frames_to_a_replica_that_takes_none_are_bounded_in_number()
    {
        var queue = new FrameQueue(framesMax: 1, bytesMax: 50);

        Assert.True(queue.TryAdd(new Bytes(new byte[1])));
        Assert.False(queue.TryAdd(new Bytes(new byte[1])));
    }

    /// <summary>Takes nothing, and says nothing.</summary>
    private sealed class Deaf : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(Task.Delay(Timeout.Infinite, cancellationToken));
    }
}
