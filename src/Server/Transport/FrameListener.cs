using System.Net;
using System.Net.Sockets;

namespace Holdfast.Server.Transport;

/// <summary>How a <see cref="FrameListener"/> works.</summary>
public sealed record FrameListenerOptions
{
    /// <summary>Port 0 takes a free one.</summary>
    public required IPEndPoint EndPoint { get; init; }

    public required TlsIdentity Identity { get; init; }

    /// <summary>What this side says first; at most 4096 bytes.</summary>
    public required ReadOnlyMemory<byte> Hello { get; init; }

    /// <summary>The class of a peer, or null for one that is not known. Called on any thread, more than once.</summary>
    public required Func<PinHash, FrameLimits?> Admit { get; init; }

    public required FrameCallbacks Callbacks { get; init; }

    public required TransportCounters Counters { get; init; }

    /// <summary>For TLS and hello together.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Connections not authenticated yet, at the same time.</summary>
    public int HandshakesMax { get; init; } = 128;

    /// <summary>The same from one address, so that one stranger cannot take all.</summary>
    public int HandshakesPerAddressMax { get; init; } = 48;

    /// <summary>Where either is reached, a handshake that has gone on for so long makes room.</summary>
    public TimeSpan HandshakeYieldsAfter { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>Takes connections of peers, within bounds, whatever strangers send.</summary>
public sealed class FrameListener : IAsyncDisposable
{
    private readonly FrameListenerOptions _options;
    private readonly Handshake _handshake;
    private readonly Socket _socket;
    private readonly CancellationTokenSource _stopping = new();
    private readonly HandshakeBounds _handshakes;
    private readonly ConnectionTable _connections = new();
    private Task _accepting = Task.CompletedTask;

    /// <summary>Binds the address; nobody is let in before <see cref="Start"/>.</summary>
    public FrameListener(FrameListenerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _handshake = new Handshake(options.Identity, options.Hello.Span, options.Callbacks);
        _handshakes = new HandshakeBounds(
            options.HandshakesMax, options.HandshakesPerAddressMax, options.HandshakeYieldsAfter);
        _socket = new Socket(options.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (options.EndPoint.Address.Equals(IPAddress.IPv6Any))
        {
            _socket.DualMode = true;
        }

        _socket.Bind(options.EndPoint);
        _socket.Listen();
        EndPoint = (IPEndPoint)_socket.LocalEndPoint!;
    }

    /// <summary>The address with the port that it really has.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>The connections open now.</summary>
    public IReadOnlyList<FrameConnection> Connections => _connections.All();

    /// <summary>Puts a connection into another class, once it has proved more. False where that class is full.</summary>
    public bool TryPromote(FrameConnection connection, FrameLimits limits) => _connections.TryPromote(connection, limits);

    public void Start() => _accepting = Task.Run(AcceptAllAsync);

    /// <summary>Closes all and returns after the last callback; so it is not to be called in one.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _socket.Dispose();
        await _accepting.ConfigureAwait(false);
        await _connections.CloseAllAsync().ConfigureAwait(false);
    }

    private async Task AcceptAllAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await _socket.AcceptAsync(_stopping.Token).ConfigureAwait(false);
                Admit(socket);
            }
            catch (Exception failure) when (failure is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // The caller hung up already, or the process is out of file descriptors: others may hang up meanwhile.
                _options.Counters.Count(ConnectionEnd.NetworkFailed);
                await Task.Delay(TimeSpan.FromMilliseconds(20)).ConfigureAwait(false);
            }
        }
    }

    private void Admit(Socket socket)
    {
        var address = (socket.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        var limit = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        limit.CancelAfter(_options.HandshakeTimeout);
        if (_handshakes.TryEnter(address, limit) is not { } ticket)
        {
            limit.Dispose();
            Refuse(socket.RemoteEndPoint, ConnectionEnd.TooManyHandshakes);
            socket.Dispose();
            return;
        }

        _connections.Track(Task.Run(() => ServeAsync(socket, ticket, limit)));
    }

    private async Task ServeAsync(Socket socket, HandshakeTicket ticket, CancellationTokenSource limit)
    {
        var remote = socket.RemoteEndPoint;
        FrameConnection connection;
        try
        {
            SocketSettings.Apply(socket);
            connection = await _handshake.AcceptAsync(socket, _options.Admit, limit.Token).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            socket.Dispose();
            var end = ticket.HasYielded ? ConnectionEnd.Yielded
                : (failure as ConnectionEndedException)?.End ?? ConnectionEnd.NetworkFailed;
            Refuse(remote, _stopping.IsCancellationRequested ? ConnectionEnd.ClosedHere : end);
            return;
        }
        finally
        {
            _handshakes.Leave(ticket);
            ticket.Dispose();
        }

        if (!_connections.TryAdd(connection))
        {
            await connection.AbandonAsync(ConnectionEnd.TooManyConnections).ConfigureAwait(false);
            Refuse(remote, ConnectionEnd.TooManyConnections);
            return;
        }

        try
        {
            _options.Counters.Count(await connection.RunAsync().ConfigureAwait(false));
        }
        finally
        {
            _connections.Remove(connection);
        }
    }

    private void Refuse(EndPoint? remote, ConnectionEnd end)
    {
        _options.Counters.Count(end);
        try
        {
            _options.Callbacks.OnRefused(remote, end);
        }
        catch (Exception)
        {
            _options.Counters.Count(ConnectionEnd.CallbackFailed);
        }
    }
}
