using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Holdfast.Server.Storage;

namespace Holdfast.Server.Transport;

/// <summary>
/// The key with which a process shows on a connection who it is: ECDSA on P-256 in a self-signed certificate. Others
/// know it by its <see cref="Pin"/>.
/// </summary>
public sealed class TlsIdentity : IDisposable
{
    private TlsIdentity(X509Certificate2 certificate)
    {
        Certificate = certificate;
        Pin = PinHash.Of(certificate);
    }

    public PinHash Pin { get; }

    /// <summary>With the private key.</summary>
    internal X509Certificate2 Certificate { get; }

    /// <summary>Makes a new key. The name is for people who look at the certificate; nobody relies on it.</summary>
    public static TlsIdentity Create(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(name);
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        // The dates mean nothing: who is known is in the topology, and leaves it there.
        var start = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        return new TlsIdentity(request.CreateSelfSigned(start, start.AddYears(100)));
    }

    /// <summary>Reads the two files that <see cref="Save"/> wrote.</summary>
    /// <exception cref="CryptographicException">They are not PEM, or do not belong together.</exception>
    public static TlsIdentity Load(string certificatePath, string keyPath)
    {
        try
        {
            return new(X509Certificate2.CreateFromPemFile(certificatePath, keyPath));
        }
        catch (Exception failure) when (failure is NotSupportedException or ArgumentException)
        {
            // .NET takes some damaged keys for such of a curve that it does not know.
            throw new CryptographicException(failure.Message, failure);
        }
    }

    /// <summary>Writes certificate and private key as PEM files that must not exist; the key with mode 0600.</summary>
    public void Save(string certificatePath, string keyPath)
    {
        using var key = Certificate.GetECDsaPrivateKey()
            ?? throw new CryptographicException("The certificate has no ECDSA key.");
        using (var file = new StreamWriter(new FileStream(keyPath, OwnerOnly.File(FileMode.CreateNew, FileShare.None))))
        {
            file.Write(key.ExportPkcs8PrivateKeyPem());
            file.Write('\n');
        }

        using var certificate = new StreamWriter(new FileStream(certificatePath, FileMode.CreateNew));
        certificate.Write(Certificate.ExportCertificatePem());
        certificate.Write('\n');
    }

    public void Dispose() => Certificate.Dispose();
}
