using System.Buffers.Binary;
using System.Security.Authentication;
using System.Text;
using Holdfast.Server.Transport;

namespace Holdfast.Server.Tests.Transport;

/// <summary>What strangers and faulty peers can say, and what they get: a named end, a counter, and no more.</summary>
public sealed class HostileCallerTests : IAsyncDisposable
{
    private readonly Side _called = new("called");
    private readonly Side _caller = new("caller");
    private readonly TlsIdentity _other = TlsIdentity.Create("other");

    public async ValueTask DisposeAsync()
    {
        await _caller.DisposeAsync();
        await _called.DisposeAsync();
        _other.Dispose();
    }

    [Fact]
    public async Task A_listener_refuses_a_key_that_it_does_not_know()
    {
        var listener = Listen();
        _caller.Dial(listener, _called.Identity.Pin);
        await using var stranger = await Stranger.ConnectAsync(listener.EndPoint, _other);
        await stranger.HearEndAsync();

        Assert.Equal(ConnectionEnd.UnknownPin, await _called.Refused());
        Assert.Equal(1, _called.Counters[ConnectionEnd.UnknownPin]);
        await _called.Connected();
    }

    [Fact]
    public async Task A_dialer_refuses_another_key_than_the_expected_one()
    {
        _caller.Dial(Listen(), _other.Pin);

        Assert.Equal(ConnectionEnd.WrongPin, await _caller.Refused());
        Assert.True(_caller.Counters[ConnectionEnd.WrongPin] >= 1);
    }

    [Fact]
    public async Task A_caller_without_a_certificate_is_refused()
    {
        await using var stranger = await Stranger.ConnectAsync(Listen().EndPoint, identity: null);

        Assert.Equal(ConnectionEnd.NoCertificate, await _called.Refused());
    }

    [Fact]
    public async Task Tls_1_2_is_refused()
    {
        var listener = Listen();
        await Assert.ThrowsAnyAsync<Exception>(
            () => Stranger.ConnectAsync(listener.EndPoint, _caller.Identity, SslProtocols.Tls12));

        Assert.Equal(ConnectionEnd.TlsRefused, await _called.Refused());
    }

    [Fact]
    public async Task Plain_http_is_refused()
    {
        await using var stranger = await Stranger.ConnectAsync(Listen().EndPoint);
        await stranger.SayAsync("GET / HTTP/1.1\r\nHost: holdfast\r\n\r\n"u8.ToArray());

        Assert.Equal(ConnectionEnd.TlsRefused, await _called.Refused());
        await stranger.HearEndAsync();
    }

    [Fact]
    public async Task One_who_says_nothing_is_let_go_in_time()
    {
        var listener = Listen(options => options with { HandshakeTimeout = TimeSpan.FromMilliseconds(100) });
        await using var mute = await Stranger.ConnectAsync(listener.EndPoint);
        await using var withoutHello = await Stranger.ConnectAsync(listener.EndPoint, _caller.Identity);

        Assert.Equal(ConnectionEnd.HandshakeTimeout, await _called.Refused());
        Assert.Equal(ConnectionEnd.HandshakeTimeout, await _called.Refused());
        await mute.HearEndAsync();
        await withoutHello.HearEndAsync();
    }

    [Fact]
    public async Task Only_so_many_may_be_unknown_at_the_same_time()
    {
        var listener = Listen(options => options with { HandshakesPerAddressMax = 2 });
        await using var first = await Stranger.ConnectAsync(listener.EndPoint);
        await using var second = await Stranger.ConnectAsync(listener.EndPoint);
        await using var third = await Stranger.ConnectAsync(listener.EndPoint);

        Assert.Equal(ConnectionEnd.TooManyHandshakes, await _called.Refused());
        await third.HearEndAsync();
    }

    [Fact]
    public async Task A_stranger_who_dawdles_makes_room_for_the_next_one()
    {
        var listener = Listen(options => options with
        {
            HandshakesPerAddressMax = 1,
            HandshakeYieldsAfter = TimeSpan.Zero,
        });
        await using var dawdler = await Stranger.ConnectAsync(listener.EndPoint);
        _caller.Dial(listener, _called.Identity.Pin);

        Assert.Equal(ConnectionEnd.Yielded, await _called.Refused());
        await dawdler.HearEndAsync();
        await _called.Connected();
    }

    [Fact]
    public async Task A_full_class_of_strangers_yields_to_a_newcomer()
    {
        var strangers = FrameLimits.Client with { ConnectionsMax = 1, YieldsAfter = TimeSpan.Zero };
        var listener = _called.Listen(_ => strangers);
        await using var first = await Stranger.ConnectAsync(listener.EndPoint, _other);
        await first.SayAsync(Hello.Write([]));
        await _called.Connected();

        _caller.Dial(listener, _called.Identity.Pin);

        Assert.Equal(_caller.Identity.Pin, (await _called.Connected()).PeerPin);
        Assert.Equal(ConnectionEnd.Yielded, await _called.Ended());
        await first.HearEndAsync();
    }

    [Fact]
    public async Task One_who_has_proved_more_leaves_the_strangers_places_and_may_say_more()
    {
        var strangers = FrameLimits.Client with { Name = "stranger", FrameBytesMax = 10, ConnectionsMax = 1 };
        var listener = _called.Listen(_ => strangers);
        await using var known = await Stranger.ConnectAsync(listener.EndPoint, _other);
        await known.SayAsync(Hello.Write([]));
        var clients = FrameLimits.Client with { ConnectionsMax = 1 };

        Assert.True(listener.TryPromote(await _called.Connected(), clients));
        await known.SayAsync(Framed(new byte[11]));
        Assert.Equal(11, (await _called.Frame()).Length);

        await using var second = await Stranger.ConnectAsync(listener.EndPoint, _caller.Identity);
        await second.SayAsync(Hello.Write([]));
        Assert.False(listener.TryPromote(await _called.Connected(), clients));
    }

    /// <summary>One of another system sends its hello and a frame in one write.</summary>
    [Fact]
    public async Task What_came_with_the_hello_of_a_closed_connection_is_not_heard()
    {
        _called.Callbacks = _called.Callbacks with { OnConnected = static connection => connection.Close() };
        var listener = Listen();
        await using var peer = await Stranger.ConnectAsync(listener.EndPoint, _caller.Identity);
        await peer.SayAsync([.. Hello.Write([]), .. Framed([1, 2, 3])]);

        Assert.Equal(ConnectionEnd.ClosedHere, await _called.Ended());
        Assert.Equal(0, _called.Heard);
    }

    [Fact]
    public async Task A_frame_longer_than_the_other_side_takes_is_not_sent()
    {
        var limits = FrameLimits.Client with { FrameBytesMax = 10, SentFrameBytesMax = 20 };
        var listener = _called.Listen(_ => limits);
        await using var peer = await Stranger.ConnectAsync(listener.EndPoint, _caller.Identity);
        await peer.SayAsync(Hello.Write([]));
        var connection = await _called.Connected();

        Assert.True(connection.Send(new byte[20]));
        Assert.False(connection.Send(new byte[21]));
    }

    [Theory]
    [InlineData("not a hello, but long enough", ConnectionEnd.BadHello)]
    [InlineData("HOLDFAST", ConnectionEnd.BadHello)]
    [InlineData("HOLDFAST\u0002", ConnectionEnd.UnknownFormat)]
    public async Task A_first_frame_that_is_no_hello_is_refused(string hello, ConnectionEnd expected)
    {
        await using var peer = await Stranger.ConnectAsync(Listen().EndPoint, _caller.Identity);
        await peer.SayAsync(Framed(Encoding.UTF8.GetBytes(hello)));

        Assert.Equal(expected, await _called.Refused());
        await peer.HearEndAsync();
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(4097u + 9u)]
    [InlineData(uint.MaxValue)]
    public async Task A_hello_of_a_wrong_length_is_refused(uint length)
    {
        await using var peer = await Stranger.ConnectAsync(Listen().EndPoint, _caller.Identity);
        await peer.SayAsync(Prefix(length));

        Assert.Equal(ConnectionEnd.BadLength, await _called.Refused());
    }

    [Theory]
    [InlineData(0u)]
    [InlineData((4u << 20) + 1u)]
    [InlineData(0x80000000u)]
    public async Task A_frame_of_a_wrong_length_ends_the_connection(uint length)
    {
        await using var peer = await Stranger.ConnectAsync(Listen().EndPoint, _caller.Identity);
        await peer.SayAsync(Hello.Write([]));
        await peer.SayAsync(Prefix(length));

        Assert.Equal(ConnectionEnd.BadLength, await _called.Ended());
        Assert.Equal(1, _called.Counters[ConnectionEnd.BadLength]);
        await peer.HearEndAsync();
    }

    [Fact]
    public async Task A_peer_that_begins_a_frame_and_does_not_end_it_is_let_go()
    {
        var listener = _called.Listen(_ => FrameLimits.Peer with { Patience = TimeSpan.FromMilliseconds(100) });
        await using var peer = await Stranger.ConnectAsync(listener.EndPoint, _caller.Identity);
        await peer.SayAsync(Hello.Write([]));
        await peer.SayAsync([.. Prefix(1000), 1, 2, 3]);

        Assert.Equal(ConnectionEnd.FrameTimeout, await _called.Ended());
        await peer.HearEndAsync();
    }

    [Fact]
    public async Task A_peer_that_does_not_take_what_is_written_is_let_go()
    {
        var listener = _called.Listen(_ => FrameLimits.Peer with { Patience = TimeSpan.FromMilliseconds(200) });
        await using var peer = await Stranger.ConnectAsync(listener.EndPoint, _caller.Identity);
        await peer.SayAsync(Hello.Write([]));
        var connection = await _called.Connected();
        while (connection.Send(new byte[1 << 20]))
        {
        }

        Assert.Equal(ConnectionEnd.WriteTimeout, await _called.Ended());
    }

    [Fact]
    public async Task A_peer_that_comes_too_often_loses_its_oldest_connection()
    {
        var listener = Listen();
        var peers = new List<Stranger>();
        for (var count = 0; count <= FrameLimits.Peer.ConnectionsPerPinMax; count++)
        {
            peers.Add(await Stranger.ConnectAsync(listener.EndPoint, _caller.Identity));
            await peers[^1].SayAsync(Hello.Write([]));
            await _called.Connected();
        }

        Assert.Equal(ConnectionEnd.Replaced, await _called.Ended());
        await peers[0].HearEndAsync();
        Assert.Equal(FrameLimits.Peer.ConnectionsPerPinMax, listener.Connections.Count);
        foreach (var peer in peers)
        {
            await peer.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_class_of_peers_has_a_bound_that_another_class_does_not_feel()
    {
        var clients = FrameLimits.Client with { ConnectionsMax = 1 };
        var listener = _called.Listen(pin => pin == _caller.Identity.Pin ? FrameLimits.Peer : clients);
        using var second = TlsIdentity.Create("second");
        await using var client = await Stranger.ConnectAsync(listener.EndPoint, _other);
        await client.SayAsync(Hello.Write([]));
        await _called.Connected();
        await using var refused = await Stranger.ConnectAsync(listener.EndPoint, second);
        await refused.SayAsync(Hello.Write([]));
        Assert.Equal(ConnectionEnd.TooManyConnections, await _called.Refused());

        _caller.Dial(listener, _called.Identity.Pin);
        Assert.Equal(_caller.Identity.Pin, (await _called.Connected()).PeerPin);
    }

    [Fact]
    public async Task Garbage_of_any_kind_leaves_the_listener_at_work()
    {
        var listener = Listen();
        for (var seed = 0; seed < 40; seed++)
        {
            var garbage = Garbage((ulong)seed);
            await using var stranger = seed % 2 == 0
                ? await Stranger.ConnectAsync(listener.EndPoint)
                : await Stranger.ConnectAsync(listener.EndPoint, _caller.Identity);
            // With a length prefix that fits, half of the authenticated ones get as far as the hello's bytes.
            await stranger.SayAsync(seed % 4 == 1 ? Framed(garbage) : garbage);
            ConnectionEnd[] expected = seed % 2 == 0
                ? [ConnectionEnd.TlsRefused, ConnectionEnd.ClosedByPeer, ConnectionEnd.NetworkFailed]
                : [ConnectionEnd.BadHello, ConnectionEnd.BadLength];
            if (seed % 2 == 0)
            {
                await stranger.DisposeAsync();
            }

            Assert.Contains(await _called.Refused(), expected);
        }

        _caller.Dial(listener, _called.Identity.Pin);
        var here = await _caller.Connected();
        here.Send(new byte[] { 42 });
        Assert.Equal([42], await _called.Frame());
    }

    private FrameListener Listen(Func<FrameListenerOptions, FrameListenerOptions>? change = null) =>
        _called.Listen(pin => pin == _caller.Identity.Pin ? FrameLimits.Peer : null, change);

    private static byte[] Prefix(uint length)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, length);
        return bytes;
    }

    private static byte[] Framed(byte[] frame) => [.. Prefix((uint)frame.Length), .. frame];

    /// <summary>Bytes by SplitMix64, the first one never 0: as a length prefix they are far too long.</summary>
    private static byte[] Garbage(ulong seed)
    {
        var bytes = new byte[64 + (seed * 37 % 900)];
        for (var index = 0; index < bytes.Length; index++)
        {
            var z = seed += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            bytes[index] = (byte)(z ^ (z >> 31));
        }

        bytes[0] |= 0x80;
        return bytes;
    }
}
