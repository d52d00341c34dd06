using System.Buffers.Binary;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;
using Holdfast.Simulation.Checkers;

namespace Holdfast.Simulation.Tests.Checkers;

/// <summary>The checkers of evidence on trial: an accused innocent, a proof that proves nothing, and a liar who was
/// not shown are found.</summary>
public sealed class EvidencePlantedFaultTests
{
    private static readonly ReplicaId Holder = new(new SiteId(0), 1);
    private static readonly ReplicaId Liar = new(new SiteId(0), 2);
    private static readonly ReplicaId Innocent = new(new SiteId(0), 3);

    [Fact]
    public void A_correct_replica_that_is_accused_is_found()
    {
        var framed = new NobodyFramed();
        framed.MayLie(Liar);
        framed.Kept(Holder, Liar, "TwoOffers", Rejection.None);

        Assert.Equal(1, framed.Accusations);
        AssertFails(nameof(NobodyFramed), () => framed.Kept(Holder, Innocent, "TwoOffers", Rejection.None));
    }

    [Fact]
    public void Evidence_that_convinces_no_stranger_is_found()
    {
        var framed = new NobodyFramed();
        framed.MayLie(Liar);

        AssertFails(nameof(NobodyFramed), () => framed.Kept(Holder, Liar, "TwoOffers", Rejection.BadSignature));
    }

    [Theory]
    [InlineData(SiteWordKind.PrePrepare, EvidenceKind.TwoOffers)]
    [InlineData(SiteWordKind.Prepare, EvidenceKind.TwoPrepares)]
    [InlineData(SiteWordKind.Checkpoint, EvidenceKind.TwoCheckpoints)]
    public void Two_stories_told_to_one_replica_without_evidence_are_found(SiteWordKind kind, EvidenceKind evidence)
    {
        var shown = new ContradictionsShown();
        shown.Took(Holder, 1, Frame(kind, place: 1, content: 1));
        shown.Took(Holder, 1, Frame(kind, place: 1, content: 1));
        shown.Took(Holder, 1, Frame(kind, place: 2, content: 2));
        shown.Took(Holder, 2, Frame(kind, place: 1, content: 2));
        shown.Took(Innocent, 1, Frame(kind, place: 1, content: 2));

        AssertFails(
            nameof(ContradictionsShown), () => shown.Took(Holder, 1, Frame(kind, place: 1, content: 2)));

        shown.Kept(Holder, Liar, evidence);
        shown.Took(Holder, 1, Frame(kind, place: 1, content: 2));
        Assert.Equal(1, shown.Found);
    }

    private static Bytes Frame(SiteWordKind kind, ulong place, byte content)
    {
        var digest = Digest.Of([content]);
        SiteWord word = kind switch
        {
            SiteWordKind.PrePrepare => new PrePrepare(default, new(place), digest, null),
            SiteWordKind.Prepare => new Prepare(default, new(place), digest),
            _ => new Checkpoint(new(place), digest),
        };
        var frame = Gate.FrameOf(new Said(Liar.Index, word, new(new byte[Limits.SignatureBytes])));

        // The checker reads by the layout, so the layout is pinned here as well.
        var at = 7 + Limits.SignatureBytes + (kind == SiteWordKind.Checkpoint ? 0 : sizeof(ulong));
        Assert.Equal(place, BinaryPrimitives.ReadUInt64BigEndian(frame.Span[at..]));
        return frame;
    }

    private static void AssertFails(string invariant, Action deed) =>
        Assert.Equal(invariant, Assert.Throws<CheckFailedException>(deed).Invariant);
}
