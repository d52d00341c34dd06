using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Holdfast.Server.Transport;

/// <summary>
/// An authenticated connection that carries frames both ways. Every member may be called from any thread, also after
/// the end.
/// </summary>
public sealed class FrameConnection
{
    /// <summary>Frames up to this sum leave in one write; a longer one leaves alone.</summary>
    private const int WriteBytesMax = 256 * 1024;

    private readonly Socket _socket;
    private readonly SslStream _stream;
    private readonly FrameReader _reader;
    private readonly SendQueue _queue;
    private readonly FrameCallbacks _callbacks;
    private readonly Lock _delayGate = new();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FrameLimits _limits;
    private EmulatedDelay? _delay;
    private long _delayTicks;
    private long _lastDue;
    private int _end = -1;
    private long _writes;
    private long _bytesSent;
    private long _framesSent;
    private long _framesReceived;
    private long _restsUntil;

    internal FrameConnection(
        Socket socket, SslStream stream, FrameReader reader, PinHash peer, FrameLimits limits, FrameCallbacks callbacks)
    {
        _socket = socket;
        _stream = stream;
        _reader = reader;
        _callbacks = callbacks;
        _queue = new SendQueue(limits.SendQueueBytesMax, limits.SendQueueFramesMax, limits.SendRoom);
        PeerPin = peer;
        _limits = limits;
        RemoteEndPoint = socket.RemoteEndPoint;
    }

    /// <summary>Who is at the other end: proved in the handshake of this very connection.</summary>
    public PinHash PeerPin { get; }

    /// <summary>What the other side said in its hello. Not signed by anything but the connection.</summary>
    public ReadOnlyMemory<byte> PeerHello { get; internal set; }

    public FrameLimits Limits => Volatile.Read(ref _limits);

    /// <summary>When it came about.</summary>
    internal long BeganAt { get; } = Stopwatch.GetTimestamp();

    public EndPoint? RemoteEndPoint { get; }

    /// <summary>Bytes handed to TLS: frames and prefixes. TLS adds 22 per 16 KiB or write.</summary>
    public long BytesSent => Interlocked.Read(ref _bytesSent);

    public long FramesSent => Interlocked.Read(ref _framesSent);

    /// <summary>Writes to TLS, of one frame or many.</summary>
    public long Writes => Interlocked.Read(ref _writes);

    /// <summary>Bytes that TLS gave, the hello included.</summary>
    public long BytesReceived => _reader.BytesRead;

    public long FramesReceived => Interlocked.Read(ref _framesReceived);

    /// <summary>Frames not queued: no room, too long, or the connection had ended.</summary>
    public long FramesDropped => _queue.Dropped;

    /// <summary>Why it ended, or null while it lives.</summary>
    public ConnectionEnd? End => Volatile.Read(ref _end) is var end and >= 0 ? (ConnectionEnd)end : null;

    /// <summary>Sends a frame after all earlier ones, or drops it if the queue is full. Never waits.</summary>
    /// <param name="frame">
    /// 1 byte at least; one above <see cref="FrameLimits.SentFrameBytesMax"/> is dropped too, since the other side would
    /// end the connection. Not copied: its bytes must not change any more.
    /// </param>
    /// <returns>Whether it was queued; that says nothing about its arrival.</returns>
    public bool Send(ReadOnlyMemory<byte> frame) => Send([frame]) == 1;

    /// <summary>
    /// Sends frames that belong together: they leave in one write of up to 256 KiB, or in as few as that allows.
    /// </summary>
    /// <returns>How many were queued; at the first that has no room, it and those behind it are dropped.</returns>
    public int Send(params ReadOnlySpan<ReadOnlyMemory<byte>> frames) => Send(frames, here: false);

    /// <summary>The same, and this thread does the writing as far as it goes without waiting: for one that has nothing
    /// better to do. The way to another thread costs more than a short write.</summary>
    public int SendHere(ReadOnlySpan<ReadOnlyMemory<byte>> frames) => Send(frames, here: true);

    /// <summary>Holds each later frame for this time before it is written.</summary>
    /// <param name="delay">Null ends the emulation; frames that are held still come first.</param>
    /// <param name="oneWay">From 0 to 10 s.</param>
    public void Emulate(EmulatedDelay? delay, TimeSpan oneWay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(oneWay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(oneWay, TimeSpan.FromSeconds(10));
        lock (_delayGate)
        {
            _delay = delay ?? _delay;
            _delayTicks = delay is null ? 0 : (long)(oneWay.TotalSeconds * Stopwatch.Frequency);
        }
    }

    /// <summary>Reads nothing more for a while, so that the other side comes to wait: what it sends stays with it. For
    /// one that sends too much; called by what its frames are handed to.</summary>
    public void Rest(TimeSpan time)
    {
        var until = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        Interlocked.Exchange(ref _restsUntil, Math.Max(until, Interlocked.Read(ref _restsUntil)));
    }

    private int Send(ReadOnlySpan<ReadOnlyMemory<byte>> frames, bool here)
    {
        var count = 0;
        var bytesMax = Limits.SentFrameBytesMax ?? Limits.FrameBytesMax;
        while (count < frames.Length && _queue.TryReserve(frames[count].Length, bytesMax))
        {
            count++;
        }

        if (count < frames.Length)
        {
            _queue.Drop(frames.Length - count);
        }

        if (count > 0 && Pass(frames[..count]))
        {
            _queue.Wake(here);
        }

        return count;
    }

    /// <summary>Ends the connection at once; what is queued is lost.</summary>
    public void Close() => Close(ConnectionEnd.ClosedHere);

    /// <summary>Puts it into another class. The room for what it is sent stays as it was.</summary>
    internal void Become(FrameLimits limits) => Volatile.Write(ref _limits, limits);

    internal void Close(ConnectionEnd end)
    {
        if (Interlocked.CompareExchange(ref _end, (int)end, -1) == -1)
        {
            _closed.TrySetResult();
            _socket.Dispose();
            _queue.Close();
        }
    }

    /// <summary>Runs the connection to its end, from the first callback to the last.</summary>
    internal async Task<ConnectionEnd> RunAsync()
    {
        // What follows the last write never runs on the thread of one who sends.
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isWriting = false;
        try
        {
            _callbacks.OnConnected(this);
            isWriting = true;
            _ = Task.Run(() => WriteAllAsync(written));
            await ReadAllAsync().ConfigureAwait(false);
        }
        catch (ConnectionEndedException ended)
        {
            Close(ended.End);
        }
        catch (Exception failure)
        {
            Close(IsOfTheNetwork(failure) ? ConnectionEnd.NetworkFailed : ConnectionEnd.CallbackFailed);
        }

        if (isWriting)
        {
            await written.Task.ConfigureAwait(false);
        }

        await _stream.DisposeAsync().ConfigureAwait(false);
        try
        {
            _callbacks.OnDisconnected(this, End!.Value);
        }
        catch (Exception)
        {
            return ConnectionEnd.CallbackFailed;
        }

        return End!.Value;
    }

    /// <summary>Ends a connection that was never run.</summary>
    internal async ValueTask AbandonAsync(ConnectionEnd end)
    {
        Close(end);
        await _stream.DisposeAsync().ConfigureAwait(false);
    }

    private static bool IsOfTheNetwork(Exception failure) =>
        failure is IOException or SocketException or ObjectDisposedException or OperationCanceledException;

    /// <summary>Whether they may be written at once.</summary>
    private bool Pass(ReadOnlySpan<ReadOnlyMemory<byte>> frames)
    {
        // Taken also by connections without a delay: one that has just lost it must not overtake what is held.
        lock (_delayGate)
        {
            var now = Stopwatch.GetTimestamp();
            if (_delay is null || (_delayTicks == 0 && _lastDue < now - Stopwatch.Frequency))
            {
                _queue.Add(frames);
                return true;
            }

            // Who is not far away is not reached over the narrow road.
            var departure = _delayTicks == 0 ? now : _delay.Departure(BytesOf(frames));
            _lastDue = Math.Max(_lastDue, departure + _delayTicks);
            _delay.Hold(_queue, frames.ToArray(), _lastDue);
            return false;
        }
    }

    private static int BytesOf(ReadOnlySpan<ReadOnlyMemory<byte>> frames)
    {
        var bytes = frames.Length * FrameReader.PrefixBytes;
        foreach (var frame in frames)
        {
            bytes += frame.Length;
        }

        return bytes;
    }

    private async Task ReadAllAsync()
    {
        using var patience = new Timer(_ => Close(ConnectionEnd.FrameTimeout));
        var isArmed = false;
        _reader.OnIncomplete = () =>
        {
            if (!isArmed)
            {
                isArmed = true;
                patience.Change(Limits.Patience, Timeout.InfiniteTimeSpan);
            }
        };
        // What came with the last frames may be here already when a callback has closed the connection.
        while (End is null)
        {
            var frame = await _reader.NextAsync(() => Limits.FrameBytesMax, CancellationToken.None).ConfigureAwait(false);
            if (isArmed)
            {
                isArmed = false;
                patience.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }

            Interlocked.Increment(ref _framesReceived);
            _callbacks.OnFrame(this, frame);
            await RestAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask RestAsync()
    {
        while (End is null)
        {
            var now = Stopwatch.GetTimestamp();
            var until = Interlocked.Read(ref _restsUntil);
            if (until <= now)
            {
                return;
            }

            var rest = Stopwatch.GetElapsedTime(now, until) + TimeSpan.FromMilliseconds(1);
            await _closed.Task.WaitAsync(rest).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task WriteAllAsync(TaskCompletionSource written)
    {
        using var patience = new Timer(_ => Close(ConnectionEnd.WriteTimeout));
        try
        {
            var frames = new List<ReadOnlyMemory<byte>>();
            var buffer = new byte[16 * 1024];
            while (await _queue.TakeAllAsync(frames).ConfigureAwait(false) is { } full)
            {
                frames = full;
                for (var first = 0; first < frames.Count;)
                {
                    var last = Gather(frames, first, ref buffer, out var length);
                    Interlocked.Increment(ref _writes);
                    Interlocked.Add(ref _bytesSent, length);
                    Interlocked.Add(ref _framesSent, last - first);
                    var write = _stream.WriteAsync(buffer.AsMemory(0, length));
                    var isStuck = !write.IsCompleted;
                    if (isStuck)
                    {
                        patience.Change(Limits.Patience, Timeout.InfiniteTimeSpan);
                    }

                    await write.ConfigureAwait(false);
                    if (isStuck)
                    {
                        patience.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                    }

                    _queue.Free(last - first, length - (long)((last - first) * FrameReader.PrefixBytes));
                    first = last;
                }

                frames.Clear();
                buffer = buffer.Length > WriteBytesMax ? new byte[16 * 1024] : buffer;
            }
        }
        catch (Exception)
        {
            // Whatever it was, nothing more can be written: the stream is in the middle of something.
            Close(ConnectionEnd.NetworkFailed);
        }
        finally
        {
            written.SetResult();
        }
    }

    /// <summary>Copies frames with their prefixes into the buffer, and gives the index of the first left out.</summary>
    private static int Gather(List<ReadOnlyMemory<byte>> frames, int first, ref byte[] buffer, out int length)
    {
        var last = first;
        length = 0;
        do
        {
            length += FrameReader.PrefixBytes + frames[last].Length;
            last++;
        }
        while (last < frames.Count && length + FrameReader.PrefixBytes + frames[last].Length <= WriteBytesMax);

        if (buffer.Length < length)
        {
            buffer = new byte[Math.Max(length, Math.Min(2 * buffer.Length, WriteBytesMax))];
        }

        var position = 0;
        for (var index = first; index < last; index++)
        {
            BinaryPrimitives.WriteInt32BigEndian(buffer.AsSpan(position), frames[index].Length);
            frames[index].Span.CopyTo(buffer.AsSpan(position + FrameReader.PrefixBytes));
            position += FrameReader.PrefixBytes + frames[index].Length;
        }

        return last;
    }
}
