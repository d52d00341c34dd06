namespace Holdfast.Protocol.Messages;

/// <summary>The question to peers for a batch's signature. The answer is the signature, or, from who has none, the
/// stored bytes of the own share.</summary>
public sealed record SignatureWanted(uint KeyEpoch, SiteSequence Sequence) : SiteWord
{
    public override SiteWordKind Kind => SiteWordKind.SignatureWanted;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.UInt32(KeyEpoch);
        writer.Sequence(Sequence);
    }

    public static SignatureWanted? Read(ref WireReader reader)
    {
        var word = new SignatureWanted(reader.UInt32(), reader.SiteSequence());
        return reader.Finished ? word : null;
    }
}
