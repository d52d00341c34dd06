using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Holdfast.Protocol;

namespace Holdfast.Client;

/// <summary>The key of this process's ends of TLS connections: ECDSA on P-256, made new for each life and kept in
/// memory only. Who the client is says its Ed25519 key, in a hello that names this key.</summary>
internal sealed class TransportKey : IDisposable
{
    private readonly X509Certificate2 _certificate;

    public TransportKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=holdfast client", key, HashAlgorithmName.SHA256);

        // The dates mean nothing: replicas look at the key alone.
        _certificate = request.CreateSelfSigned(
            new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero),
            new DateTimeOffset(2120, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Context = SslStreamCertificateContext.Create(_certificate, additionalCertificates: null, offline: true);
        Pin = PinOf(_certificate);
    }

    public SslStreamCertificateContext Context { get; }

    public Digest Pin { get; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo (RFC 7469, section 2.4): the key, and nothing else of a
    /// certificate, is believed.</summary>
    public static Digest PinOf(X509Certificate2 certificate) =>
        Digest.Of(certificate.PublicKey.ExportSubjectPublicKeyInfo());

    public void Dispose() => _certificate.Dispose();
}
