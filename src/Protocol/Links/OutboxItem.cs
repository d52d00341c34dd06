namespace Holdfast.Protocol;

/// <summary>One place of a link's stream that the other site has not acknowledged.</summary>
/// <param name="Body">The body or part of one, framed as it travels.</param>
/// <param name="PutAt">Agreed time when it came into the outbox.</param>
/// <param name="PutOutAt">Agreed time when a batch first put it out; Never before that.</param>
/// <param name="Batch">The newest batch whose tree holds it; 0 for none.</param>
public sealed record OutboxItem(
    ulong Sequence, Bytes Body, Digest Digest, Timestamp PutAt, Timestamp PutOutAt, SiteSequence Batch)
{
    public bool IsPutOut => Batch.Number > 0;
}
