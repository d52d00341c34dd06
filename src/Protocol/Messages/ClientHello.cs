namespace Holdfast.Protocol.Messages;

/// <summary>The first frame of a client on a connection: its key is at this end. The signature binds both ends of the
/// TLS connection, so nobody in between can pass it on as the client's.</summary>
/// <param name="Client">The client's Ed25519 public key.</param>
public sealed record ClientHello(Bytes Client, Bytes Signature) : ClientFrame
{
    public override ClientFrameKind Kind => ClientFrameKind.ClientHello;

    /// <summary>The bytes under the client's signature.</summary>
    /// <param name="clientPin">SHA-256 of the SubjectPublicKeyInfo of the client's TLS key.</param>
    /// <param name="replicaPin">The same of the replica's.</param>
    public static Bytes SigningBytes(Digest cluster, ReplicaId replica, Digest clientPin, Digest replicaPin)
    {
        var writer = new WireWriter();
        writer.Text("holdfast client hello 1");
        writer.Digest(cluster);
        writer.Site(replica.Site);
        writer.Byte((byte)replica.Index);
        writer.Digest(clientPin);
        writer.Digest(replicaPin);
        return writer.ToBytes();
    }

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Fixed(Client.Span);
        writer.Fixed(Signature.Span);
    }

    public static ClientHello? Read(ref WireReader reader)
    {
        var hello = new ClientHello(reader.Fixed(Limits.PublicKeyBytes), reader.Fixed(Limits.SignatureBytes));
        return reader.Finished ? hello : null;
    }
}

/// <summary>A replica's answer to a hello: the client is welcome. It says which system this is and where the site
/// stands.</summary>
/// <param name="View">The replica's view of its site: its primary takes requests.</param>
public sealed record HelloAnswer(Digest Cluster, SiteView View) : ClientFrame
{
    public override ClientFrameKind Kind => ClientFrameKind.HelloAnswer;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Digest(Cluster);
        writer.View(View);
    }

    public static HelloAnswer? Read(ref WireReader reader)
    {
        var answer = new HelloAnswer(reader.Digest(), reader.SiteView());
        return reader.Finished ? answer : null;
    }
}
