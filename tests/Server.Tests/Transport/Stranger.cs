using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Holdfast.Server.Transport;

namespace Holdfast.Server.Tests.Transport;

/// <summary>A caller that says whatever it likes, with TLS or without.</summary>
internal sealed class Stranger : IAsyncDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp);
    private SslStream? _tls;

    public static async Task<Stranger> ConnectAsync(IPEndPoint address)
    {
        var stranger = new Stranger();
        await stranger._socket.ConnectAsync(address, TestContext.Current.CancellationToken);
        return stranger;
    }

    public static async Task<Stranger> ConnectAsync(
        IPEndPoint address, TlsIdentity? identity, SslProtocols protocols = SslProtocols.Tls13)
    {
        var stranger = await ConnectAsync(address);
        stranger._tls = new SslStream(new NetworkStream(stranger._socket, ownsSocket: false));
#pragma warning disable CA5359 // A stranger talks to anyone.
        await stranger._tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "anything",
                ClientCertificates = identity is null ? null : new X509CertificateCollection { identity.Certificate },
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
                EnabledSslProtocols = protocols,
            },
            TestContext.Current.CancellationToken);
#pragma warning restore CA5359
        return stranger;
    }

    public async Task SayAsync(byte[] bytes)
    {
        if (_tls is null)
        {
            await _socket.SendAsync(bytes, TestContext.Current.CancellationToken);
        }
        else
        {
            await _tls.WriteAsync(bytes, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Returns when the other side has hung up.</summary>
    public async Task HearEndAsync()
    {
        var stream = _tls ?? (Stream)new NetworkStream(_socket, ownsSocket: false);
        var buffer = new byte[4096];
        try
        {
            var cancel = TestContext.Current.CancellationToken;
            while (await stream.ReadAsync(buffer, cancel).AsTask().WaitAsync(Side.Limit, cancel) > 0)
            {
            }
        }
        catch (IOException)
        {
            // Hung up without a word.
        }
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        if (_tls is not null)
        {
            await _tls.DisposeAsync();
        }
    }
}
