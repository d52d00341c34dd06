using System.Diagnostics;
using System.Text;
using Holdfast.Server.Transport;

namespace Holdfast.Server.Tests.Transport;

/// <summary>Two sides that know one another, over loopback.</summary>
public sealed class ConversationTests : IAsyncDisposable
{
    private readonly Side _called = new("called");
    private readonly Side _caller = new("caller");

    public async ValueTask DisposeAsync()
    {
        await _caller.DisposeAsync();
        await _called.DisposeAsync();
    }

    [Fact]
    public async Task Each_side_learns_from_the_handshake_who_the_other_is_and_what_it_says_first()
    {
        var (there, here) = await Meet();

        Assert.Equal((_caller.Identity.Pin, "caller"), (there.PeerPin, Encoding.UTF8.GetString(there.PeerHello.Span)));
        Assert.Equal((_called.Identity.Pin, "called"), (here.PeerPin, Encoding.UTF8.GetString(here.PeerHello.Span)));
    }

    [Fact]
    public async Task Frames_of_all_sizes_arrive_in_order_and_whole_both_ways()
    {
        var (there, here) = await Meet();
        int[] sizes = [1, 3, 16 * 1024 - 4, 16 * 1024, 16 * 1024 + 1, 300_000, 2, FrameLimits.Peer.FrameBytesMax, 5];
        foreach (var size in sizes)
        {
            Assert.True(here.Send(Bytes(size)));
            Assert.True(there.Send(Bytes(size)));
        }

        foreach (var size in sizes)
        {
            Assert.Equal(Bytes(size), await _called.Frame());
            Assert.Equal(Bytes(size), await _caller.Frame());
        }

        static byte[] Bytes(int size)
        {
            var bytes = new byte[size];
            bytes.AsSpan().Fill((byte)size);
            return bytes;
        }
    }

    [Fact]
    public async Task What_was_sent_and_received_is_counted()
    {
        var (there, here) = await Meet();
        var helloBytes = there.BytesReceived;

        Assert.Equal(2, here.Send(new byte[10], new byte[20]));
        await _called.Frame();
        await _called.Frame();
        there.Send(new byte[1]);
        await _caller.Frame();

        Assert.Equal((2, 38), (there.FramesReceived, there.BytesReceived - helloBytes));
        Assert.Equal(1, here.FramesReceived);
        Assert.Equal((2, 38, 0), (here.FramesSent, here.BytesSent, here.FramesDropped));
    }

    [Fact]
    public async Task Frames_sent_together_leave_in_one_write()
    {
        var (_, here) = await Meet();

        Assert.Equal(100, here.Send([.. Enumerable.Repeat<ReadOnlyMemory<byte>>(new byte[200], 100)]));
        for (var count = 0; count < 100; count++)
        {
            await _called.Frame();
        }

        Assert.Equal((100, 1), (here.FramesSent, here.Writes));
    }

    [Fact]
    public async Task A_frame_that_the_other_side_would_not_take_is_dropped_here()
    {
        var (_, here) = await Meet();

        Assert.False(here.Send(new byte[FrameLimits.Peer.FrameBytesMax + 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => here.Send(ReadOnlyMemory<byte>.Empty));
        Assert.Equal(0, here.Send(new byte[FrameLimits.Peer.FrameBytesMax + 1], new byte[1]));
        Assert.Equal(3, here.FramesDropped);
        here.Close();
        Assert.False(here.Send(new byte[1]));
    }

    [Fact]
    public async Task A_full_queue_drops_and_counts_and_never_waits()
    {
        using var hold = new ManualResetEventSlim();
        _called.Callbacks = _called.Callbacks with { OnFrame = (_, _) => hold.Wait(Side.Limit) };
        var (_, here) = await Meet(FrameLimits.Peer with { SendQueueBytesMax = 1 << 20 });

        var queued = 0;
        while (here.Send(new byte[256 * 1024]) && queued < 1000)
        {
            queued++;
        }

        Assert.InRange(queued, 4, 999);
        Assert.Equal(1, here.FramesDropped);
        hold.Set();
    }

    [Fact]
    public async Task A_caller_comes_back_when_the_connection_is_closed()
    {
        var (there, _) = await Meet();

        there.Close();

        Assert.Equal(ConnectionEnd.ClosedHere, await _called.Ended());
        await _caller.Ended();
        var again = await _called.Connected();
        (await _caller.Connected()).Send(new byte[] { 1 });
        Assert.Equal([1], await _called.Frame());
        Assert.Equal(_caller.Identity.Pin, again.PeerPin);
    }

    [Fact]
    public async Task A_caller_finds_one_who_comes_later()
    {
        var listener = _called.Listen(_ => FrameLimits.Peer);
        await listener.DisposeAsync();
        _caller.Dial(listener, _called.Identity.Pin);
        Assert.Equal(ConnectionEnd.NetworkFailed, await _caller.Refused());

        _called.Listen(_ => FrameLimits.Peer, options => options with { EndPoint = listener.EndPoint });

        await _caller.Connected();
    }

    [Fact]
    public async Task A_caller_comes_back_to_one_that_was_started_again()
    {
        var listener = _called.Listen(_ => FrameLimits.Peer);
        _caller.Dial(listener, _called.Identity.Pin);
        await _caller.Connected();
        await _called.Connected();

        await listener.DisposeAsync();
        Assert.Equal(ConnectionEnd.ClosedHere, await _called.Ended());
        await _caller.Ended();
        _called.Listen(_ => FrameLimits.Peer, options => options with { EndPoint = listener.EndPoint });

        (await _caller.Connected()).Send(new byte[] { 1 });
        Assert.Equal([1], await _called.Frame());
    }

    [Fact]
    public async Task A_callback_that_throws_ends_its_own_connection_alone()
    {
        _called.Callbacks = _called.Callbacks with { OnFrame = (_, _) => throw new InvalidOperationException() };
        var (_, here) = await Meet();

        here.Send(new byte[1]);

        Assert.Equal(ConnectionEnd.CallbackFailed, await _called.Ended());
        await _caller.Ended();
        await _called.Connected();
    }

    [Fact]
    public async Task An_emulated_delay_holds_frames_and_keeps_their_order()
    {
        using var delay = new EmulatedDelay();
        var (_, here) = await Meet();
        var oneWay = TimeSpan.FromMilliseconds(30);
        here.Emulate(delay, oneWay);

        var began = Stopwatch.GetTimestamp();
        for (byte number = 0; number < 100; number++)
        {
            here.Send(new byte[] { number });
        }

        here.Emulate(null, TimeSpan.Zero);
        here.Send(new byte[] { 100 });
        for (byte number = 0; number <= 100; number++)
        {
            Assert.Equal([number], await _called.Frame());
            Assert.True(Stopwatch.GetElapsedTime(began) >= oneWay - TimeSpan.FromMilliseconds(0.6));
        }
    }

    /// <summary>The road takes an hour for what went before, of which nobody waits for the end.</summary>
    [Fact]
    public async Task A_narrow_road_holds_what_goes_far_until_it_has_left()
    {
        var handed = new List<int>();
        using var delay = new EmulatedDelay(bytes =>
        {
            handed.Add(bytes);
            return Stopwatch.GetTimestamp() + (handed.Count == 1 ? 0 : Stopwatch.Frequency * 3600);
        });
        var (_, here) = await Meet();
        here.Emulate(delay, TimeSpan.FromMilliseconds(1));

        here.Send(new byte[] { 1 }, new byte[] { 2, 2 });
        here.Send(new byte[] { 3 });

        Assert.Equal([1], await _called.Frame());
        Assert.Equal([2, 2], await _called.Frame());
        Assert.Equal([1 + 2 + (2 * FrameReader.PrefixBytes), 1 + FrameReader.PrefixBytes], handed);
        Assert.Equal(2, here.FramesSent);
    }

    [Fact]
    public async Task Many_connections_share_one_delay()
    {
        using var delay = new EmulatedDelay();
        var listener = _called.Listen(_ => FrameLimits.Peer with { ConnectionsPerPinMax = 8 });
        for (var count = 0; count < 8; count++)
        {
            _caller.Dial(listener, _called.Identity.Pin);
            var connection = await _caller.Connected();
            connection.Emulate(delay, TimeSpan.FromMilliseconds(8 - count));
            connection.Send(new byte[] { (byte)count });
        }

        var heard = new List<byte>();
        for (var count = 0; count < 8; count++)
        {
            heard.Add((await _called.Frame())[0]);
        }

        Assert.Equal(Enumerable.Range(0, 8).Select(number => (byte)number), heard.Order());
    }

    [Fact]
    public async Task What_was_held_back_may_wait_for_one_who_holds_something_back()
    {
        using var delay = new EmulatedDelay();
        var cancel = TestContext.Current.CancellationToken;
        var (gate, order) = (new Lock(), new List<int>());
        using var begun = new SemaphoreSlim(0);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        void Hold()
        {
            lock (gate)
            {
                delay.After(TimeSpan.Zero, () =>
                {
                    begun.Release();
                    Add(1);
                });
                begun.Wait(cancel);
                delay.After(TimeSpan.Zero, () =>
                {
                    Add(2);
                    done.SetResult();
                });
            }
        }

        await Task.Run(Hold, cancel).WaitAsync(TimeSpan.FromSeconds(30), cancel);
        await done.Task;

        Assert.Equal([1, 2], order);

        void Add(int number)
        {
            lock (gate)
            {
                order.Add(number);
            }
        }
    }

    [Fact]
    public async Task Who_rests_reads_nothing_more_and_yet_speaks_and_ends_at_once()
    {
        RestAfterEach(TimeSpan.FromHours(1));
        var (there, here) = await Meet();
        here.Send(new byte[] { 1 });
        Assert.Equal([1], await _called.Frame());

        here.Send(new byte[] { 2 });
        for (var turn = 0; turn < 100; turn++)
        {
            there.Send(new byte[] { 3 });
            Assert.Equal([3], await _caller.Frame());
        }

        Assert.Equal(0, _called.Heard);
        there.Close();
        Assert.Equal(ConnectionEnd.ClosedHere, await _called.Ended());
    }

    [Fact]
    public async Task After_a_rest_all_arrives_that_was_sent_meanwhile()
    {
        RestAfterEach(TimeSpan.FromMilliseconds(20));
        var (_, here) = await Meet();

        here.Send(new byte[] { 1 }, new byte[] { 2 }, new byte[] { 3 });

        Assert.Equal([1], await _called.Frame());
        Assert.Equal([2], await _called.Frame());
        Assert.Equal([3], await _called.Frame());
    }

    private void RestAfterEach(TimeSpan time)
    {
        var hear = _called.Callbacks.OnFrame;
        _called.Callbacks = _called.Callbacks with
        {
            OnFrame = (connection, frame) =>
            {
                connection.Rest(time);
                hear(connection, frame);
            },
        };
    }

    private async Task<(FrameConnection There, FrameConnection Here)> Meet(FrameLimits? limits = null)
    {
        var listener = _called.Listen(pin => pin == _caller.Identity.Pin ? FrameLimits.Peer : null);
        _caller.Dial(listener, _called.Identity.Pin, limits);
        return (await _called.Connected(), await _caller.Connected());
    }
}
