namespace Holdfast.Protocol.Messages;

/// <summary>What a replica knows committed at consecutive places. f + 1 equal answers are the truth, for one of them
/// is a correct replica's.</summary>
/// <param name="Oldest">The oldest place that the speaker can still tell: who needs an older one needs the
/// state.</param>
/// <param name="First">The place of the first digest.</param>
public sealed record CommittedDigests(SiteSequence Oldest, SiteSequence First, ValueList<Digest> Digests) : SiteWord
{
    public override SiteWordKind Kind => SiteWordKind.CommittedDigests;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Sequence(Oldest);
        writer.Sequence(First);
        writer.Count(Digests.Count);
        foreach (var digest in Digests)
        {
            writer.Digest(digest);
        }
    }

    public static CommittedDigests? Read(ref WireReader reader)
    {
        var (oldest, first) = (reader.SiteSequence(), reader.SiteSequence());
        var digests = new Digest[reader.Count(Limits.CommittedPerStatus)];
        for (var index = 0; index < digests.Length; index++)
        {
            digests[index] = reader.Digest();
        }

        return reader.Finished ? new(oldest, first, new(digests)) : null;
    }
}
