using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>Two signed words of one replica of which a correct one says one at most.</summary>
public sealed record TwoWords : Evidence
{
    private TwoWords(EvidenceKind kind, Said first, Said second) => (Kind, First, Second) = (kind, first, second);

    public override EvidenceKind Kind { get; }

    public Said First { get; }

    public Said Second { get; }

    public override int Accused => First.Replica;

    public override EvidencePlace Place => PlaceOf(First.Word);

    public override IReadOnlyList<string> Statements => [Line(First), Line(Second)];

    /// <summary>Null if a correct replica may say both. Bodies that no signature covers are left out.</summary>
    public static TwoWords? Of(Said first, Said second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return first.Replica == second.Replica && KindOf(first.Word, second.Word) is { } kind
            ? new(kind, WithoutBody(first), WithoutBody(second))
            : null;
    }

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Write(writer, First);
        Write(writer, Second);
    }

    public static TwoWords? Read(EvidenceKind kind, int accused, ref WireReader reader)
    {
        var (first, second) = (ReadWord(accused, ref reader), ReadWord(accused, ref reader));
        return reader.Finished && first is not null && second is not null && Of(first, second) is { } both
            && both.Kind == kind
            ? both
            : null;
    }

    public override Rejection Refusal(
        Genesis genesis, SiteId site, IVerifier verifier, IShareVerifier shareVerifier) =>
        IsSigned(First, genesis, site, verifier) && IsSigned(Second, genesis, site, verifier)
            ? Rejection.None
            : Rejection.BadSignature;

    private static EvidenceKind? KindOf(SiteWord first, SiteWord second) => (first, second) switch
    {
        (PrePrepare one, PrePrepare other) when IsSamePlace(one, other) && one.Digest != other.Digest =>
            EvidenceKind.TwoOffers,
        (Prepare one, Prepare other)
            when one.View == other.View && one.Sequence == other.Sequence && one.Digest != other.Digest =>
            EvidenceKind.TwoPrepares,
        (Checkpoint one, Checkpoint other) when one.Sequence == other.Sequence && one.State != other.State =>
            EvidenceKind.TwoCheckpoints,
        (ViewChange one, ViewChange other)
            when one.View == other.View && one != other && IsOneLife(one.Stable.Sequence, other.Stable.Sequence) =>
            EvidenceKind.TwoViewChanges,
        (NewView one, NewView other)
            when one.View == other.View && one != other && IsOneLife(one.Stable, other.Stable) =>
            EvidenceKind.TwoNewViews,
        (NewView view, PrePrepare offer) when IsAgainst(view, offer) => EvidenceKind.OfferAgainstNewView,
        (ThresholdShare one, ThresholdShare other) when one.Place == other.Place && one != other =>
            EvidenceKind.TwoShares,
        _ => null,
    };

    /// <summary>A correct replica that lost its disk may come into a view that it has seen before; what it says then
    /// proves itself to be two windows further at least.</summary>
    private static bool IsOneLife(SiteSequence one, SiteSequence other) =>
        Math.Max(one.Number, other.Number) - Math.Min(one.Number, other.Number) <= Limits.SiteWindow;

    private static bool IsSamePlace(PrePrepare one, PrePrepare other) =>
        one.View == other.View && one.Sequence == other.Sequence;

    private static bool IsAgainst(NewView view, PrePrepare offer) =>
        view.View == offer.View
        && NewViewChoice.Of(view).For(offer.Sequence) is { } chosen
        && chosen != offer.Digest;

    private static EvidencePlace PlaceOf(SiteWord word) => word switch
    {
        PrePrepare offer => new(offer.View.Number, offer.Sequence.Number),
        Prepare vote => new(vote.View.Number, vote.Sequence.Number),
        Checkpoint checkpoint => new(0, checkpoint.Sequence.Number),
        ViewChange change => new(change.View.Number, 0),
        NewView view => new(view.View.Number, 0),
        ThresholdShare share => ShareThatDoesNotFit.PlaceOf(share.Place),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static Said WithoutBody(Said said) =>
        said.Word is PrePrepare { Batch: not null } offer ? said with { Word = offer with { Batch = null } } : said;

    private static bool IsSigned(Said said, Genesis genesis, SiteId site, IVerifier verifier) =>
        (said.Word is not ThresholdShare share || share.Place.Member == said.Replica)
        && new SignedBy(said.Replica, said.Signature).IsSignatureOf(said.Word, genesis, site, verifier);

    private static void Write(WireWriter writer, Said said)
    {
        writer.Byte((byte)said.Word.Kind);
        writer.Fixed(said.Signature.Span);
        writer.Bytes(SiteWords.Encode(said.Word));
    }

    private static Said? ReadWord(int accused, ref WireReader reader)
    {
        var (kind, signature) = ((SiteWordKind)reader.Byte(), reader.Fixed(Limits.SignatureBytes));
        var word = SiteWords.Decode(kind, reader.Bytes(Limits.WitnessedWordBytes).Span);
        return word is null ? null : new(accused, word, signature);
    }

    private static string Line(Said said) => $"{Describe(said.Word)}, signature {said.Signature.ToHex()}";

    private static string Describe(SiteWord word) => word switch
    {
        PrePrepare offer =>
            $"PrePrepare view {offer.View.Number}, place {offer.Sequence.Number}, batch {offer.Digest.ToHex()}",
        Prepare vote => $"Prepare view {vote.View.Number}, place {vote.Sequence.Number}, batch {vote.Digest.ToHex()}",
        Checkpoint checkpoint =>
            $"Checkpoint place {checkpoint.Sequence.Number}, state {checkpoint.State.ToHex()}",
        ViewChange change => $"ViewChange view {change.View.Number}, stable {change.Stable.Sequence.Number}, "
            + $"{change.Prepared.Count} certificates, SHA-256 {NameOf(change)}",
        NewView view => $"NewView view {view.View.Number}, view changes of replicas "
            + $"{string.Join(' ', view.Changes.Select(change => change.Replica))}, SHA-256 {NameOf(view)}",
        ThresholdShare share => ShareThatDoesNotFit.Describe(share),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static string NameOf(SiteWord word) => Digest.Of(SiteWords.Encode(word).Span).ToHex();
}
