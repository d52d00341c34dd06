namespace Holdfast.Protocol.Messages;

/// <summary>A share that does not fit, under its sender's own signature: every machine can verify alone that it is
/// bad, so one reporter is enough and nobody can be framed.</summary>
public sealed record BadShare(ThresholdShare Share, Bytes ShareSignature) : SiteInput
{
    public override SiteInputKind Kind => SiteInputKind.BadShare;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Share.Write(writer);
        writer.Fixed(ShareSignature.Span);
    }

    public static BadShare? Read(ref WireReader reader)
    {
        var share = ThresholdShare.ReadFields(ref reader);
        var signature = reader.Fixed(Limits.SignatureBytes);
        return reader.Finished ? new(share, signature) : null;
    }

    public bool Equals(BadShare? other) => other is not null && Encoded == other.Encoded;

    public override int GetHashCode() => ShareSignature.GetHashCode();
}
