namespace Holdfast.Protocol.Messages;

/// <summary>The site's signature for a batch, passed on to peers that do not have it yet. It proves itself against the
/// statement that the receiver's own machine made.</summary>
public sealed record SiteSignature(uint KeyEpoch, SiteSequence Sequence, Bytes Signature) : SiteWord
{
    public override SiteWordKind Kind => SiteWordKind.SiteSignature;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.UInt32(KeyEpoch);
        writer.Sequence(Sequence);
        writer.Fixed(Signature.Span);
    }

    public static SiteSignature? Read(ref WireReader reader)
    {
        var word = new SiteSignature(reader.UInt32(), reader.SiteSequence(), reader.Fixed(Limits.SignatureBytes));
        return reader.Finished ? word : null;
    }
}
