using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Holdfast.Server.Transport;

/// <summary>How a <see cref="FrameDialer"/> works.</summary>
public sealed record FrameDialerOptions
{
    /// <summary>An <see cref="IPEndPoint"/>, or a <see cref="DnsEndPoint"/>, which is looked up at each try.</summary>
    public required EndPoint EndPoint { get; init; }

    public required TlsIdentity Identity { get; init; }

    /// <summary>The only key that is accepted there.</summary>
    public required PinHash Expected { get; init; }

    /// <summary>What this side says first; at most 4096 bytes.</summary>
    public required ReadOnlyMemory<byte> Hello { get; init; }

    public required FrameLimits Limits { get; init; }

    public required FrameCallbacks Callbacks { get; init; }

    public required TransportCounters Counters { get; init; }

    /// <summary>For connecting, TLS and hello together.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Wait after the first failure; doubled by each further one.</summary>
    public TimeSpan BackOffMin { get; init; } = TimeSpan.FromMilliseconds(50);

    public TimeSpan BackOffMax { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Fails where the process has no descriptor left.</summary>
    internal Func<Socket> Open { get; init; } = static () => new Socket(SocketType.Stream, ProtocolType.Tcp);
}

/// <summary>Keeps one connection to one peer: dials, and dials again whenever it is gone.</summary>
public sealed class FrameDialer : IAsyncDisposable
{
    /// <summary>A connection that lived so long was a good one: the next try comes soon.</summary>
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(1);

    private readonly FrameDialerOptions _options;
    private readonly Handshake _handshake;
    private readonly CancellationTokenSource _stopping = new();
    private FrameConnection? _connection;
    private Task _dialling = Task.CompletedTask;
    private long _tries;

    public FrameDialer(FrameDialerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _handshake = new Handshake(options.Identity, options.Hello.Span, options.Callbacks);
    }

    /// <summary>The connection that is open now, if any.</summary>
    public FrameConnection? Connection => Volatile.Read(ref _connection);

    /// <summary>How often the address was dialled.</summary>
    public long Tries => Interlocked.Read(ref _tries);

    public void Start() => _dialling = Task.Run(KeepAsync);

    /// <summary>Sends frames as <see cref="FrameConnection.SendHere"/> does, or drops them all if there is no connection.
    /// Never waits.</summary>
    /// <returns>How many were queued.</returns>
    public int SendHere(ReadOnlySpan<ReadOnlyMemory<byte>> frames) => Connection?.SendHere(frames) ?? 0;

    /// <summary>Closes all and returns after the last callback; so it is not to be called in one.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        Connection?.Close(ConnectionEnd.ClosedHere);
        await _dialling.ConfigureAwait(false);
    }

    private async Task KeepAsync()
    {
        var backOff = _options.BackOffMin;
        while (!_stopping.IsCancellationRequested)
        {
            if (await TryOnceAsync().ConfigureAwait(false) >= LongEnough)
            {
                backOff = _options.BackOffMin;
            }

            try
            {
                // Between half of it and all, so that those whom one cut parted do not come back in step.
                var wait = backOff * (0.5 + (Random.Shared.NextDouble() / 2));
                await Task.Delay(wait, _stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            backOff = backOff * 2 < _options.BackOffMax ? backOff * 2 : _options.BackOffMax;
        }
    }

    /// <summary>Dials, and runs what comes of it to its end.</summary>
    /// <returns>How long the connection lived.</returns>
    private async Task<TimeSpan> TryOnceAsync()
    {
        Interlocked.Increment(ref _tries);
        FrameConnection connection;
        try
        {
            connection = await DialAsync().ConfigureAwait(false);
        }
        catch (ConnectionEndedException ended)
        {
            Refuse(_stopping.IsCancellationRequested ? ConnectionEnd.ClosedHere : ended.End);
            return TimeSpan.Zero;
        }

        var began = Stopwatch.GetTimestamp();
        Volatile.Write(ref _connection, connection);
        if (_stopping.IsCancellationRequested)
        {
            connection.Close(ConnectionEnd.ClosedHere);
        }

        var end = await connection.RunAsync().ConfigureAwait(false);
        Volatile.Write(ref _connection, null);
        _options.Counters.Count(end);
        return Stopwatch.GetElapsedTime(began);
    }

    private async Task<FrameConnection> DialAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        limit.CancelAfter(_options.HandshakeTimeout);
        Socket? socket = null;
        try
        {
            socket = _options.Open();
            SocketSettings.Apply(socket);
            await socket.ConnectAsync(_options.EndPoint, limit.Token).ConfigureAwait(false);
            return await _handshake.DialAsync(socket, _options.Expected, _options.Limits, limit.Token)
                .ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            // Whatever it was, the road must be dialled again: nobody else does it.
            socket?.Dispose();
            throw failure as ConnectionEndedException
                ?? new ConnectionEndedException(ConnectionEnd.NetworkFailed, failure);
        }
    }

    private void Refuse(ConnectionEnd end)
    {
        _options.Counters.Count(end);
        try
        {
            _options.Callbacks.OnRefused(_options.EndPoint, end);
        }
        catch (Exception)
        {
            _options.Counters.Count(ConnectionEnd.CallbackFailed);
        }
    }
}
