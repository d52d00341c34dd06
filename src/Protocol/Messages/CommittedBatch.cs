namespace Holdfast.Protocol.Messages;

/// <summary>One copy of a batch for a place, for a replica that lacks the body. Believed only by its digest, which f
/// + 1 replicas tell or a certificate names.</summary>
public sealed record CommittedBatch(SiteSequence Sequence, Batch Batch) : SiteWord
{
    public override SiteWordKind Kind => SiteWordKind.CommittedBatch;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Sequence(Sequence);
        writer.Bytes(Batch.Encoded);
    }

    public static CommittedBatch? Read(ref WireReader reader)
    {
        var sequence = reader.SiteSequence();
        var body = reader.Bytes(Limits.BatchBytes);
        return reader.Finished && Batch.Decode(body.Span) is { } batch ? new(sequence, batch) : null;
    }
}
