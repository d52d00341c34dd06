using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Holdfast.Server.Tests.Storage;
using Holdfast.Server.Transport;

namespace Holdfast.Server.Tests.Transport;

/// <summary>Who a process is on the wire.</summary>
public sealed class TlsIdentityTests
{
    [Fact]
    public void An_identity_comes_back_from_its_files_and_its_key_is_for_its_owner_alone()
    {
        using var folder = new TemporaryFolder();
        using var identity = TlsIdentity.Create("replica 0");
        identity.Save(folder["tls.pem"], folder["tls.key"]);

        using var again = TlsIdentity.Load(folder["tls.pem"], folder["tls.key"]);

        Assert.Equal(identity.Pin, again.Pin);
        Assert.Equal("600", TemporaryFolder.ModeOf(folder["tls.key"]));
        Assert.Throws<IOException>(() => identity.Save(folder["other.pem"], folder["tls.key"]));
    }

    [Fact]
    public void A_pin_is_the_digest_of_the_public_key_and_nothing_else()
    {
        using var identity = TlsIdentity.Create("a name");
        using var key = identity.Certificate.GetECDsaPublicKey()!;

        Assert.Equal(SHA256.HashData(key.ExportSubjectPublicKeyInfo()), identity.Pin.ToArray());
        Assert.Equal("1.2.840.10045.3.1.7", key.ExportParameters(false).Curve.Oid.Value);
        Assert.Equal(identity.Pin, PinHash.Parse(identity.Pin.ToString()));
    }

    [Fact]
    public void Two_identities_of_one_name_differ()
    {
        using var one = TlsIdentity.Create("name");
        using var other = TlsIdentity.Create("name");
        Assert.NotEqual(one.Pin, other.Pin);
    }
}
