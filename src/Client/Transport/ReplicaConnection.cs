using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;
using Holdfast.Server.Transport;

namespace Holdfast.Client;

/// <summary>Keeps one connection to one replica's client port: TLS 1.3 with a certificate on both sides, the replica's
/// known by its pin, then the hellos. Dials again whenever it is gone.</summary>
internal sealed class ReplicaConnection(
    ReplicaId replica, ReplicaAddress address, TransportKey key, ClientIdentity identity, TransportCallbacks callbacks)
    : IAsyncDisposable
{
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BackOffMin = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan BackOffMax = TimeSpan.FromSeconds(2);

    /// <summary>A connection that lived so long was a good one: the next try comes soon.</summary>
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private FrameQueue? _queue;
    private Task _running = Task.CompletedTask;
    private long _framesWritten;

    /// <summary>What was sent and not dropped for want of room, hellos apart.</summary>
    public long FramesWritten => Interlocked.Read(ref _framesWritten);

    public void Start() => _running = Task.Run(KeepAsync);

    public void Send(ClientFrame frame) => Volatile.Read(ref _queue)?.TryAdd(frame.Encode());

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task KeepAsync()
    {
        var backOff = BackOffMin;
        while (!_stopping.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            try
            {
                await RunOnceAsync().ConfigureAwait(false);
            }
            catch (Exception failure) when (IsOfTheNetwork(failure))
            {
                // The next try is all that can be done; who is not connected is seen in the client's status.
            }

            backOff = Stopwatch.GetElapsedTime(began) >= LongEnough ? BackOffMin : backOff;
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

            backOff = backOff * 2 < BackOffMax ? backOff * 2 : BackOffMax;
        }
    }

    /// <summary>A cut line says nothing, and while a replica seems to be there its site seems to be able to answer: it is told
    /// from TCP as soon as at replicas.</summary>
    internal static Socket Open()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            SocketSettings.Apply(socket);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task RunOnceAsync()
    {
        using var socket = Open();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        limit.CancelAfter(HandshakeTimeout);
        await socket.ConnectAsync(address.Host, address.ClientPort, limit.Token).ConfigureAwait(false);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: false));
        await using (stream.ConfigureAwait(false))
        {
            var frames = new FrameStream(stream, Limits.ClientWrite);
            if (await ShakeHandsAsync(stream, frames, limit.Token).ConfigureAwait(false) is { } view)
            {
                await CarryAsync(frames, view).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The replica's view if it welcomes this client; null if it does not.</summary>
    /// <exception cref="IOException">Something failed, whatever it was: what a stranger shows may make libraries throw anything,
    /// and the next try must come.</exception>
    private async Task<SiteView?> ShakeHandsAsync(SslStream stream, FrameStream frames, CancellationToken cancel)
    {
        try
        {
            await AuthenticateAsync(stream, cancel).ConfigureAwait(false);
            await frames.GreetAsync(cancel).ConfigureAwait(false);
            return await IntroduceAsync(frames, cancel).ConfigureAwait(false);
        }
        catch (Exception failure) when (!IsOfTheNetwork(failure))
        {
            throw new IOException($"{replica} at {address.Host} could not be greeted.", failure);
        }
    }

    /// <summary>The key that counts is the one of the finished handshake, looked at on every connection.</summary>
    private async Task AuthenticateAsync(SslStream stream, CancellationToken cancel)
    {
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "holdfast",
                ClientCertificateContext = key.Context,
                RemoteCertificateValidationCallback = (_, certificate, _, _) => IsExpected(certificate),
                EnabledSslProtocols = SslProtocols.Tls13,
                AllowTlsResume = false,
                AllowRenegotiation = false,
                CertificateChainPolicy = new X509ChainPolicy
                {
                    DisableCertificateDownloads = true,
                    RevocationMode = X509RevocationMode.NoCheck,
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                },
            },
            cancel).ConfigureAwait(false);
        if (!IsExpected(stream.RemoteCertificate))
        {
            throw new AuthenticationException($"{replica} at {address.Host} shows another key than the topology has.");
        }
    }

    private bool IsExpected(X509Certificate? certificate) =>
        certificate is X509Certificate2 shown && TransportKey.PinOf(shown).ToBytes() == address.TransportPin;

    /// <summary>The replica's view if it welcomes this client; null if it does not.</summary>
    private async Task<SiteView?> IntroduceAsync(FrameStream frames, CancellationToken cancel)
    {
        var pin = new Digest(address.TransportPin.Span);
        var signed = ClientHello.SigningBytes(identity.Cluster, replica, key.Pin, pin);
        var hello = new ClientHello(identity.Client, identity.Sign(signed));
        await frames.WriteAsync([hello.Encode()], cancel).ConfigureAwait(false);
        while (true)
        {
            var bytes = await frames.ReadAsync(Limits.ReplyFrameBytes, cancel).ConfigureAwait(false);
            switch (ClientFrames.Decode(bytes))
            {
                case HelloAnswer welcome when welcome.Cluster == identity.Cluster:
                    return welcome.View;
                case HelloAnswer:
                    callbacks.OnRefused(replica, Rejection.WrongCluster);
                    return null;
                case Refused refused:
                    callbacks.OnRefused(replica, refused.Reason);
                    return null;
                case null:
                    callbacks.OnRefused(replica, Rejection.Malformed);
                    return null;
                default:
                    // A reply that was on its way to an older connection may come first; it is asked for again.
                    break;
            }
        }
    }

    private async Task CarryAsync(FrameStream frames, SiteView view)
    {
        var queue = new FrameQueue(Limits.ClientQueueFrames, Limits.ClientQueueBytes);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        Volatile.Write(ref _queue, queue);
        callbacks.OnConnected(replica, view);
        var writing = Task.Run(() => WriteAllAsync(frames, queue, ending), CancellationToken.None);
        try
        {
            while (true)
            {
                var bytes = await frames.ReadAsync(Limits.ReplyFrameBytes, ending.Token).ConfigureAwait(false);
                if (ClientFrames.Decode(bytes) is not { } frame)
                {
                    callbacks.OnRefused(replica, Rejection.Malformed);
                    return;
                }

                callbacks.OnFrame(replica, frame);
            }
        }
        finally
        {
            Volatile.Write(ref _queue, null);
            await ending.CancelAsync().ConfigureAwait(false);
            await writing.ConfigureAwait(false);
            callbacks.OnDisconnected(replica);
        }
    }

    private async Task WriteAllAsync(FrameStream frames, FrameQueue queue, CancellationTokenSource ending)
    {
        try
        {
            var ready = new List<Bytes>();
            while (true)
            {
                await queue.TakeAllAsync(ready, ending.Token).ConfigureAwait(false);
                await frames.WriteAsync(ready, ending.Token).ConfigureAwait(false);
                queue.Free(ready);
                Interlocked.Add(ref _framesWritten, ready.Count);
                ready.Clear();
            }
        }
        catch (Exception failure) when (IsOfTheNetwork(failure))
        {
            // The reader ends too, and tells.
            await ending.CancelAsync().ConfigureAwait(false);
        }
    }

    private static bool IsOfTheNetwork(Exception failure) => failure
        is IOException
        or InvalidDataException
        or SocketException
        or TimeoutException
        or AuthenticationException
        or ObjectDisposedException
        or OperationCanceledException;
}
