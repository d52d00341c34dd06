namespace Holdfast.Protocol.Messages;

/// <summary>Bytes to words: the one switch over the kinds.</summary>
public static class SiteWords
{
    /// <summary>Null if the bytes are not one whole word of this kind, or the kind is unknown.</summary>
    public static SiteWord? Decode(SiteWordKind kind, ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        return kind switch
        {
            SiteWordKind.PrePrepare => PrePrepare.Read(ref reader),
            SiteWordKind.Prepare => Prepare.Read(ref reader),
            SiteWordKind.Commit => Commit.Read(ref reader),
            SiteWordKind.Checkpoint => Checkpoint.Read(ref reader),
            SiteWordKind.ViewChange => ViewChange.Read(ref reader),
            SiteWordKind.NewView => NewView.Read(ref reader),
            SiteWordKind.Complain => Complain.Read(ref reader),
            SiteWordKind.Status => Status.Read(ref reader),
            SiteWordKind.CommittedBatch => CommittedBatch.Read(ref reader),
            SiteWordKind.CommittedDigests => CommittedDigests.Read(ref reader),
            SiteWordKind.StateFetch => StateFetch.Read(ref reader),
            SiteWordKind.StateChunk => StateChunk.Read(ref reader),
            SiteWordKind.StateGone => StateGone.Read(ref reader),
            SiteWordKind.Inquiry => Inquiry.Read(ref reader),
            SiteWordKind.Recollection => Recollection.Read(ref reader),
            SiteWordKind.GlobalStateHeld => GlobalStateHeld.Read(ref reader),
            SiteWordKind.HandOn => HandOn.Read(ref reader),
            SiteWordKind.ThresholdShare => ThresholdShare.Read(ref reader),
            SiteWordKind.SiteSignature => SiteSignature.Read(ref reader),
            SiteWordKind.SignatureWanted => SignatureWanted.Read(ref reader),
            _ => null,
        };
    }

    public static Bytes Encode(SiteWord word)
    {
        ArgumentNullException.ThrowIfNull(word);
        var writer = new WireWriter();
        word.Write(writer);
        return writer.ToBytes();
    }

    /// <summary>Whether the certificates inside a word are valid, beside the signature over the word itself. Pure: the
    /// gate asks it, on any thread; inputs' own proofs are another question.</summary>
    public static bool IsProven(SiteWord word, Genesis genesis, SiteId site, IVerifier verifier) => word switch
    {
        ViewChange change => change.IsProven(genesis, site, verifier),
        NewView view => view.IsProven(genesis, site, verifier),
        _ => true,
    };
}
