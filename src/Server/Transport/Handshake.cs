using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Holdfast.Server.Transport;

/// <summary>
/// TLS 1.3 with a certificate on both sides, then a hello each way. Nothing of a chain of certificates is believed and
/// nothing is fetched for it: the key is the identity, looked at on every connection, and sessions are never resumed.
/// </summary>
internal sealed class Handshake
{
    private readonly SslStreamCertificateContext _certificate;
    private readonly byte[] _hello;
    private readonly FrameCallbacks _callbacks;

    public Handshake(TlsIdentity identity, ReadOnlySpan<byte> hello, FrameCallbacks callbacks)
    {
        _certificate = SslStreamCertificateContext.Create(
            identity.Certificate, additionalCertificates: null, offline: true);
        _hello = Hello.Write(hello);
        _callbacks = callbacks;
    }

    /// <summary>As the side that was called.</summary>
    public Task<FrameConnection> AcceptAsync(
        Socket socket, Func<PinHash, FrameLimits?> admit, CancellationToken cancel) =>
        RunAsync(socket, admit, ConnectionEnd.UnknownPin, AuthenticateAsServerAsync, cancel);

    /// <summary>As the side that called one peer.</summary>
    public Task<FrameConnection> DialAsync(
        Socket socket, PinHash expected, FrameLimits limits, CancellationToken cancel) =>
        RunAsync(
            socket,
            pin => pin == expected ? limits : null,
            ConnectionEnd.WrongPin,
            AuthenticateAsClientAsync,
            cancel);

    private async Task<FrameConnection> RunAsync(
        Socket socket,
        Func<PinHash, FrameLimits?> admit,
        ConnectionEnd refusal,
        Func<SslStream, RemoteCertificateValidationCallback, CancellationToken, Task> authenticate,
        CancellationToken cancel)
    {
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        ConnectionEnd? judged = null;
        try
        {
            await authenticate(
                stream,
                (_, certificate, _, _) => (judged = Judge(certificate, admit, refusal)) is null,
                cancel).ConfigureAwait(false);
            return await GreetAsync(socket, stream, admit, refusal, cancel).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw failure as ConnectionEndedException
                ?? new ConnectionEndedException(judged ?? NameOf(failure, cancel), failure);
        }
    }

    private async Task<FrameConnection> GreetAsync(
        Socket socket,
        SslStream stream,
        Func<PinHash, FrameLimits?> admit,
        ConnectionEnd refusal,
        CancellationToken cancel)
    {
        // The callback's verdict is not trusted alone: the key that counts is the one of the finished handshake.
        if (Judge(stream.RemoteCertificate, admit, refusal) is { } end)
        {
            throw new ConnectionEndedException(end, cause: null);
        }

        var pin = PinHash.Of((X509Certificate2)stream.RemoteCertificate!);
        var limits = admit(pin) ?? throw new ConnectionEndedException(refusal, cause: null);
        var reader = new FrameReader(stream);
        var connection = new FrameConnection(socket, stream, reader, pin, limits, _callbacks);
        await stream.WriteAsync(_hello, cancel).ConfigureAwait(false);
        connection.PeerHello = Hello.Read(await reader.NextAsync(static () => Hello.BytesMax, cancel).ConfigureAwait(false));
        return connection;
    }

    private static ConnectionEnd? Judge(
        X509Certificate? certificate, Func<PinHash, FrameLimits?> admit, ConnectionEnd refusal) => certificate switch
        {
            X509Certificate2 shown => admit(PinHash.Of(shown)) is null ? refusal : null,
            _ => ConnectionEnd.NoCertificate,
        };

    private static ConnectionEnd NameOf(Exception failure, CancellationToken cancel) => failure switch
    {
        _ when cancel.IsCancellationRequested => ConnectionEnd.HandshakeTimeout,
        AuthenticationException => ConnectionEnd.TlsRefused,
        IOException { InnerException: SocketException } or SocketException => ConnectionEnd.NetworkFailed,
        IOException => ConnectionEnd.ClosedByPeer,
        _ => ConnectionEnd.TlsRefused,
    };

    private Task AuthenticateAsServerAsync(
        SslStream stream, RemoteCertificateValidationCallback judge, CancellationToken cancel) =>
        stream.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificateContext = _certificate,
                ClientCertificateRequired = true,
                RemoteCertificateValidationCallback = judge,
                EnabledSslProtocols = SslProtocols.Tls13,
                AllowTlsResume = false,
                AllowRenegotiation = false,
                CertificateChainPolicy = BelieveNothing(),
            },
            cancel);

    private Task AuthenticateAsClientAsync(
        SslStream stream, RemoteCertificateValidationCallback judge, CancellationToken cancel) =>
        stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "holdfast",
                ClientCertificateContext = _certificate,
                RemoteCertificateValidationCallback = judge,
                EnabledSslProtocols = SslProtocols.Tls13,
                AllowTlsResume = false,
                AllowRenegotiation = false,
                CertificateChainPolicy = BelieveNothing(),
            },
            cancel);

    /// <summary>A stranger's certificate may name addresses to fetch others from; nobody goes there.</summary>
    private static X509ChainPolicy BelieveNothing() => new()
    {
        DisableCertificateDownloads = true,
        RevocationMode = X509RevocationMode.NoCheck,
        TrustMode = X509ChainTrustMode.CustomRootTrust,
    };
}
