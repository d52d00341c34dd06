namespace Holdfast.Protocol.Messages;

/// <summary>A replica that has lost what its disk knew asks its site to let it come back. From its place in the order
/// the site counts when it may vote again.</summary>
/// <param name="Life">One more than that of the life before.</param>
/// <param name="Disk">The name of the disk on which it comes back.</param>
public sealed record ReplicaReturns(int Replica, uint Life, Digest Disk, Bytes Signature) : SiteInput
{
    public const string SignedAs = "holdfast replica returns 1";

    public override SiteInputKind Kind => SiteInputKind.ReplicaReturns;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        WriteSigned(writer);
        writer.Fixed(Signature.Span);
    }

    public void WriteSigned(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Byte((byte)Replica);
        writer.UInt32(Life);
        writer.Digest(Disk);
    }

    public static ReplicaReturns? Read(ref WireReader reader)
    {
        var (replica, life, disk) = (reader.Byte(), reader.UInt32(), reader.Digest());
        var signature = reader.Fixed(Limits.SignatureBytes);
        return reader.Finished ? new(replica, life, disk, signature) : null;
    }

    public bool Equals(ReplicaReturns? other) => other is not null && Encoded == other.Encoded;

    public override int GetHashCode() => Signature.GetHashCode();
}
