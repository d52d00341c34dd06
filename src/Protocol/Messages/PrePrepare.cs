namespace Holdfast.Protocol.Messages;

/// <summary>The primary's offer of a batch for one place of the order, and its vote for it (PBFT, OSDI '99, section
/// 4.2).
/// What is signed is view, sequence and digest; the body rides along.</summary>
/// <param name="Digest">Of the batch.</param>
/// <param name="Batch">The body; null where a new view offers again what 2f + 1 have held already.</param>
public sealed record PrePrepare(SiteView View, SiteSequence Sequence, Digest Digest, Batch? Batch) : SiteWord
{
    public override SiteWordKind Kind => SiteWordKind.PrePrepare;

    public override string SignedAs => "holdfast pre-prepare 1";

    public static PrePrepare Of(SiteView view, SiteSequence sequence, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return new(view, sequence, batch.Digest, batch);
    }

    public override void Write(WireWriter writer)
    {
        WriteSigned(writer);
        writer.Bytes(Batch?.Encoded ?? Bytes.Empty);
    }

    public override void WriteSigned(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.View(View);
        writer.Sequence(Sequence);
        writer.Digest(Digest);
    }

    public static PrePrepare? Read(ref WireReader reader)
    {
        var (view, sequence, digest) = (reader.SiteView(), reader.SiteSequence(), reader.Digest());
        var body = reader.Bytes(Limits.BatchBytes);
        if (!reader.Finished)
        {
            return null;
        }

        if (body.IsEmpty)
        {
            return new(view, sequence, digest, null);
        }

        var batch = Batch.Decode(body.Span);
        return batch is not null && batch.Digest == digest ? new(view, sequence, digest, batch) : null;
    }
}
