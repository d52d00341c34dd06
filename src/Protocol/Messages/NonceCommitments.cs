namespace Holdfast.Protocol.Messages;

/// <summary>The two points that commit a replica to one pair of FROST nonces (RFC 9591, section 5.1).</summary>
public readonly record struct NoncePoints(Digest Hiding, Digest Binding);

/// <summary>One row of nonce commitments of a replica, agreed through the site log before any of them is
/// used.</summary>
public sealed record NonceCommitments(
    uint KeyEpoch, int Replica, uint Incarnation, uint Row, ValueList<NoncePoints> Points, Bytes Signature) : SiteInput
{
    public const string SignedAs = "holdfast nonce commitments 1";

    public override SiteInputKind Kind => SiteInputKind.NonceCommitments;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        WriteSigned(writer);
        writer.Fixed(Signature.Span);
    }

    public void WriteSigned(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.UInt32(KeyEpoch);
        writer.Byte((byte)Replica);
        writer.UInt32(Incarnation);
        writer.UInt32(Row);
        writer.Count(Points.Count);
        foreach (var points in Points)
        {
            writer.Digest(points.Hiding);
            writer.Digest(points.Binding);
        }
    }

    public static NonceCommitments? Read(ref WireReader reader)
    {
        var (epoch, replica, incarnation, row) = (reader.UInt32(), reader.Byte(), reader.UInt32(), reader.UInt32());
        var points = new NoncePoints[reader.Count(Limits.CommitmentsPerRow)];
        for (var index = 0; index < points.Length; index++)
        {
            points[index] = new(reader.Digest(), reader.Digest());
        }

        var signature = reader.Fixed(Limits.SignatureBytes);
        return reader.Finished && points.Length == Limits.CommitmentsPerRow
            ? new(epoch, replica, incarnation, row, new(points), signature)
            : null;
    }

    public bool Equals(NonceCommitments? other) => other is not null && Encoded == other.Encoded;

    public override int GetHashCode() => Signature.GetHashCode();
}
