using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>What a witness notices among signed words, and what it must not hold against anybody.</summary>
public sealed class WitnessTests
{
    private static readonly Digest Apple = Digest.Of([1]);
    private static readonly Digest Pear = Digest.Of([2]);
    private static readonly SiteView Later = new(4);
    private readonly WitnessStage _stage = new();

    public static TheoryData<EvidenceKind> Pairs =>
    [
        EvidenceKind.TwoOffers, EvidenceKind.TwoPrepares, EvidenceKind.TwoCheckpoints, EvidenceKind.TwoViewChanges,
        EvidenceKind.TwoNewViews, EvidenceKind.OfferAgainstNewView, EvidenceKind.TwoShares,
    ];

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Two_words_of_which_a_correct_replica_says_one_are_evidence_for_a_stranger(EvidenceKind kind)
    {
        var (first, second) = Pair(kind);

        var file = Assert.Single(_stage.Hear(0, first, second));

        Assert.Equal(kind, file.Evidence.Kind);
        Assert.Equal(new ReplicaId(Sample.Home, 0), file.Accused);
        Assert.Equal((WitnessStage.Self, WitnessStage.Now), (file.Witness, file.NoticedAt));
        Assert.Equal(2, file.Evidence.Statements.Count);
        Assert.Equal(Rejection.None, WitnessStage.Judge(file));
        Assert.Equal(file.Encode(), EvidenceFile.Decode(file.Encode().Span)!.Encode());
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void The_order_in_which_they_come_does_not_matter_and_once_is_enough(EvidenceKind kind)
    {
        var (first, second) = Pair(kind);

        Assert.Equal(kind, Assert.Single(_stage.Hear(0, second, first, second, first)).Evidence.Kind);
        Assert.Empty(_stage.Hear(0, second));
    }

    /// <summary>A replica that restarts says the same again, and what it says of other places and times may
    /// differ.</summary>
    [Fact]
    public void What_a_correct_replica_may_say_is_never_held_against_it()
    {
        foreach (var kind in Pairs.Select(row => row.Data))
        {
            var (first, second) = Pair(kind);
            Assert.Empty(new WitnessStage().Hear(0, first, first));
            Assert.Empty(new WitnessStage().Hear(0, second, second));
        }

        Assert.Empty(_stage.Hear(
            2,
            new Prepare(default, new(1), Apple),
            new Prepare(new(3), new(1), Pear),
            new Prepare(default, new(2), Pear),
            new Complain(default, WitnessStage.Now, Stands: true),
            new Complain(default, WitnessStage.Now, Stands: false),
            new ViewChange(Later, StableCheckpoint.Genesis, []),
            new ViewChange(new(5), StableCheckpoint.Genesis, [Certificate(0, 1, Apple)])));
    }

    /// <summary>A process that died may have published a row that its site never ordered; the next one makes
    /// another.</summary>
    [Fact]
    public void Two_rows_for_one_place_and_two_retries_for_one_attempt_are_no_evidence()
    {
        var ledger = new AttestationLedger(WitnessStage.Genesis, Sample.Home, WitnessStage.Signing);

        Assert.Empty(_stage.Offer(WitnessStage.Signed(Sample.Row(0, 1, 0, seed: 0))));
        Assert.Empty(_stage.Execute(
            ledger,
            WitnessStage.Signed(Sample.Row(0, 1, 0, seed: 0)),
            WitnessStage.Signed(Sample.Row(0, 1, 0, seed: 1)),
            Sample.Retry(0, 1, 0, 2),
            Sample.Retry(0, 1, 0, 3)));
    }

    /// <summary>A replica that lost its disk comes back two windows later, and may come into the same view.</summary>
    [Theory]
    [InlineData(Limits.SiteWindow, true)]
    [InlineData(Limits.SiteWindow + 1, false)]
    public void View_changes_of_two_lives_are_no_evidence(ulong apart, bool isEvidence)
    {
        ViewChange At(ulong place) => new(new(3), new(new(place), Digest.Of([1]), []), []);
        Said Change(ulong place) => WitnessStage.Say(2, At(place));
        Said View(ulong place) => WitnessStage.Say(2, new NewView(new(2), [new(0, At(place), Change(place).Signature)]));

        Assert.Equal(isEvidence, TwoWords.Of(Change(100), Change(100 + apart)) is not null);
        Assert.Equal(isEvidence, TwoWords.Of(Change(100 + apart), Change(100)) is not null);
        Assert.Equal(isEvidence, TwoWords.Of(View(100), View(100 + apart)) is not null);
    }

    [Fact]
    public void Nobody_accuses_himself() =>
        Assert.Empty(_stage.Hear(
            WitnessStage.Self, new Prepare(default, new(1), Apple), new Prepare(default, new(1), Pear)));

    [Fact]
    public void The_certificates_in_a_view_change_are_words_of_those_who_signed_them()
    {
        _stage.Hear(0, PrePrepareOf(0, 1, Apple));
        _stage.Hear(2, new Prepare(default, new(1), Apple));

        var told = _stage.Hear(3, new ViewChange(Later, StableCheckpoint.Genesis, [Certificate(0, 1, Pear)]));

        Assert.Equal(
            [(0, EvidenceKind.TwoOffers), (2, EvidenceKind.TwoPrepares)],
            told.Select(file => (file.Accused.Index, file.Evidence.Kind)));
        Assert.All(told, file => Assert.Equal(Rejection.None, WitnessStage.Judge(file)));
    }

    [Fact]
    public void The_view_changes_in_a_new_view_and_the_signatures_under_a_checkpoint_are_heard_too()
    {
        _stage.Hear(2, new Checkpoint(new(128), Apple));
        _stage.Hear(3, new ViewChange(Later, StableCheckpoint.Genesis, []));
        var stable = new StableCheckpoint(
            new(128), Pear, ValueList.From(new[] { 0, 2, 3 }.Select(replica =>
                new SignedBy(replica, WitnessStage.Sign(replica, new Checkpoint(new(128), Pear))))));

        var told = _stage.Hear(0, new NewView(Later, [Change(3, new(Later, stable, []))]));

        Assert.Equal(
            [(3, EvidenceKind.TwoViewChanges), (2, EvidenceKind.TwoCheckpoints)],
            told.Select(file => (file.Accused.Index, file.Evidence.Kind)));
    }

    [Fact]
    public void What_the_own_disk_has_of_others_words_is_held_against_them_after_a_restart()
    {
        var offer = PrePrepareOf(0, 1, Apple);
        var view = new NewView(Later, [Change(2, new(Later, StableCheckpoint.Genesis, []))]);

        Assert.Empty(_stage.Restart(
            SiteRecords.Accepted(offer, WitnessStage.Sign(0, offer), Bytes.Empty),
            SiteRecords.View(new(1), WitnessStage.Say(0, view))));

        Assert.Equal(EvidenceKind.TwoOffers, Assert.Single(_stage.Hear(0, PrePrepareOf(0, 1, Pear))).Evidence.Kind);
        Assert.Equal(
            EvidenceKind.TwoNewViews,
            Assert.Single(_stage.Hear(0, view with { Changes = [] })).Evidence.Kind);
    }

    [Fact]
    public void The_body_of_an_offer_is_left_out_for_nobody_signed_it()
    {
        var batch = new Batch(WitnessStage.Now, []);
        _stage.Hear(0, PrePrepareOf(0, 1, Apple));

        var file = Assert.Single(_stage.Hear(0, PrePrepare.Of(default, new(1), batch)));

        Assert.Null(((PrePrepare)((TwoWords)file.Evidence).Second.Word).Batch);
        Assert.Equal(Rejection.None, WitnessStage.Judge(file));
    }

    [Fact]
    public void What_is_too_long_to_be_kept_is_not_told()
    {
        var certificate = Certificate(0, 1, Apple);
        var many = (Limits.WitnessedWordBytes / 200) + 1;
        var certificates = Enumerable.Range(1, many).Select(place => certificate with { Sequence = new((ulong)place) });
        var words = new ViewChange(Later, StableCheckpoint.Genesis, ValueList.From(certificates));
        Assert.True(SiteWords.Encode(words).Length > Limits.WitnessedWordBytes);

        Assert.Empty(_stage.Hear(0, new ViewChange(Later, StableCheckpoint.Genesis, []), words));
    }

    [Fact]
    public void Of_one_kind_against_one_replica_so_much_is_told_and_others_still_are()
    {
        var places = Enumerable.Range(1, 3 * Limits.EvidenceOfOneKind).Select(place => (ulong)place).ToArray();
        var told = places.SelectMany(place => _stage.Hear(
            0, new Prepare(default, new(place), Apple), new Prepare(default, new(place), Pear)));

        Assert.Equal(Limits.EvidenceOfOneKind, told.Count());
        Assert.Single(_stage.Hear(2, new Prepare(default, new(1), Apple), new Prepare(default, new(1), Pear)));
        Assert.Single(_stage.Hear(0, new Checkpoint(new(1), Apple), new Checkpoint(new(1), Pear)));
    }

    [Fact]
    public void Of_one_replicas_words_the_newest_are_remembered_and_those_of_others_do_not_push_them_out()
    {
        _stage.Hear(0, new Prepare(default, new(1), Apple));
        for (var place = 2UL; place <= Limits.WitnessedWords; place++)
        {
            _stage.Hear(0, new Prepare(default, new(place), Apple));
            _stage.Hear(2, new Prepare(default, new(place), Apple));
            _stage.Hear(2, new Prepare(Later, new(place), Apple));
        }

        Assert.Single(_stage.Hear(0, new Prepare(default, new(1), Pear)));
        _stage.Hear(0, new Prepare(default, new(Limits.WitnessedWords + 1), Apple));
        _stage.Hear(0, new Prepare(default, new(Limits.WitnessedWords + 2), Apple));
        Assert.Empty(_stage.Hear(0, new Prepare(default, new(2), Pear)));
        Assert.Single(_stage.Hear(0, new Prepare(default, new(4), Pear)));
    }

    private static (SiteWord First, SiteWord Second) Pair(EvidenceKind kind) => kind switch
    {
        EvidenceKind.TwoOffers => (PrePrepareOf(0, 1, Apple), PrePrepareOf(0, 1, Pear)),
        EvidenceKind.TwoPrepares => (new Prepare(new(3), new(1), Apple), new Prepare(new(3), new(1), Pear)),
        EvidenceKind.TwoCheckpoints => (new Checkpoint(new(128), Apple), new Checkpoint(new(128), Pear)),
        EvidenceKind.TwoViewChanges => (
            new ViewChange(Later, StableCheckpoint.Genesis, []),
            new ViewChange(Later, StableCheckpoint.Genesis, [Certificate(0, 1, Apple)])),
        EvidenceKind.TwoNewViews => (
            new NewView(Later, [Change(2, new(Later, StableCheckpoint.Genesis, []))]),
            new NewView(Later, [Change(3, new(Later, StableCheckpoint.Genesis, []))])),
        EvidenceKind.OfferAgainstNewView => (
            new NewView(Later, [Change(2, new(Later, StableCheckpoint.Genesis, [Certificate(0, 2, Apple)]))]),
            PrePrepareOf(4, 1, Pear)),
        EvidenceKind.TwoShares => (Share(Apple), Share(Pear)),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static ThresholdShare Share(Digest response) => new(new(1, new(5), 0, 0, 0), response, default, default);

    private static PrePrepare PrePrepareOf(ulong view, ulong place, Digest digest) =>
        new(new(view), new(place), digest, null);

    private static SignedViewChange Change(int replica, ViewChange word) =>
        new(replica, word, WitnessStage.Sign(replica, word));

    private static PreparedCertificate Certificate(ulong view, ulong place, Digest digest) => new(
        new(view),
        new(place),
        digest,
        WitnessStage.Sign(0, PrePrepareOf(view, place, digest)),
        ValueList.From(new[] { 2, 3 }.Select(replica => new SignedBy(
            replica, WitnessStage.Sign(replica, new Prepare(new(view), new(place), digest))))));
}
