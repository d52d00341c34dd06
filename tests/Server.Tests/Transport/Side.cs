using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Threading.Channels;
using Holdfast.Server.Transport;

namespace Holdfast.Server.Tests.Transport;

/// <summary>One end of connections: an identity, its counters, and all that its callbacks were told.</summary>
internal sealed class Side : IAsyncDisposable
{
    /// <summary>So long a test waits for what must happen. It is never waited out where all is well.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly Channel<FrameConnection> _connected = Channel.CreateUnbounded<FrameConnection>();
    private readonly Channel<byte[]> _frames = Channel.CreateUnbounded<byte[]>();
    private readonly Channel<ConnectionEnd> _ends = Channel.CreateUnbounded<ConnectionEnd>();
    private readonly Channel<ConnectionEnd> _refusals = Channel.CreateUnbounded<ConnectionEnd>();
    private readonly ConcurrentBag<IAsyncDisposable> _open = [];

    public Side(string name)
    {
        Name = name;
        Identity = TlsIdentity.Create(name);
        Callbacks = new FrameCallbacks
        {
            OnConnected = connection => _connected.Writer.TryWrite(connection),
            OnFrame = (_, frame) => _frames.Writer.TryWrite(frame.ToArray()),
            OnDisconnected = (_, end) => _ends.Writer.TryWrite(end),
            OnRefused = (_, end) => _refusals.Writer.TryWrite(end),
        };
    }

    public string Name { get; }

    public TlsIdentity Identity { get; }

    public FrameCallbacks Callbacks { get; set; }

    public TransportCounters Counters { get; } = new();

    /// <summary>Frames that were heard and not asked for yet.</summary>
    public int Heard => _frames.Reader.Count;

    public FrameListener Listen(
        Func<PinHash, FrameLimits?> admit, Func<FrameListenerOptions, FrameListenerOptions>? change = null)
    {
        var options = new FrameListenerOptions
        {
            EndPoint = new IPEndPoint(IPAddress.Loopback, 0),
            Identity = Identity,
            Hello = Encoding.UTF8.GetBytes(Name),
            Admit = admit,
            Callbacks = Callbacks,
            Counters = Counters,
        };
        var listener = new FrameListener(change?.Invoke(options) ?? options);
        _open.Add(listener);
        listener.Start();
        return listener;
    }

    public FrameDialer Dial(
        FrameListener listener,
        PinHash expected,
        FrameLimits? limits = null,
        Func<FrameDialerOptions, FrameDialerOptions>? change = null)
    {
        var options = new FrameDialerOptions
        {
            EndPoint = listener.EndPoint,
            Identity = Identity,
            Expected = expected,
            Hello = Encoding.UTF8.GetBytes(Name),
            Limits = limits ?? FrameLimits.Peer,
            Callbacks = Callbacks,
            Counters = Counters,
            BackOffMin = TimeSpan.FromMilliseconds(5),
            BackOffMax = TimeSpan.FromMilliseconds(40),
        };
        var dialer = new FrameDialer(change?.Invoke(options) ?? options);
        _open.Add(dialer);
        dialer.Start();
        return dialer;
    }

    public Task<FrameConnection> Connected() => Next(_connected);

    public Task<byte[]> Frame() => Next(_frames);

    public Task<ConnectionEnd> Ended() => Next(_ends);

    public Task<ConnectionEnd> Refused() => Next(_refusals);

    public async ValueTask DisposeAsync()
    {
        foreach (var open in _open)
        {
            await open.DisposeAsync();
        }

        Identity.Dispose();
    }

    private static Task<T> Next<T>(Channel<T> channel) =>
        channel.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Limit);
}
