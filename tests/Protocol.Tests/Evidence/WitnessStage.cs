using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>One witness in a site of four, and keys with which anybody's words can be signed.</summary>
internal sealed class WitnessStage
{
    public const int Self = 1;
    public static readonly Timestamp Now = new(1_700_000_000_000_000);
    private readonly Effects _effects = new();

    public WitnessStage() => Witness = new(Settings);

    public static Genesis Genesis { get; } = Sample.Genesis(1);

    public static IdealSigning Signing { get; } = new();

    public Witness Witness { get; private set; }

    private static ReplicaSettings Settings =>
        new(Genesis, new(Sample.Home, Self), Signing, Signing, new TestMachine());

    public static Said Say(int replica, SiteWord word) => new(replica, word, Sign(replica, word));

    public static Bytes Sign(int replica, SiteWord word) => IdealSigning.Sign(
        Genesis[Sample.Home].ReplicaKeys[replica].Span,
        word.SigningBytes(Speaker.Of(Genesis, new(Sample.Home, replica))).Span);

    public static NonceCommitments Signed(NonceCommitments row)
    {
        var writer = Speaker.Of(Genesis, new(Sample.Home, row.Replica)).Begin(NonceCommitments.SignedAs);
        row.WriteSigned(writer);
        var key = Genesis[Sample.Home].ReplicaKeys[row.Replica];
        return row with { Signature = IdealSigning.Sign(key.Span, writer.WrittenSpan) };
    }

    /// <summary>What a stranger makes of it: from its bytes and the genesis.</summary>
    public static Rejection Judge(EvidenceFile file) =>
        EvidenceFile.Decode(file.Encode().Span)?.Refusal(Genesis, Signing, Signing) ?? Rejection.Malformed;

    /// <summary>A witness that begins anew, with what its disk has.</summary>
    public IReadOnlyList<EvidenceFile> Restart(params JournalRecord[] records)
    {
        Witness = new(Settings);
        Witness.Recall(Now, records, _effects);
        return Told();
    }

    public IReadOnlyList<EvidenceFile> Hear(int replica, params SiteWord[] words)
    {
        foreach (var word in words)
        {
            Witness.OnHeard(Now, Say(replica, word), _effects);
        }

        return Told();
    }

    public IReadOnlyList<EvidenceFile> Hear(Said said)
    {
        Witness.OnHeard(Now, said, _effects);
        return Told();
    }

    public IReadOnlyList<EvidenceFile> Offer(SiteInput input)
    {
        Witness.OnOffered(Now, input, _effects);
        return Told();
    }

    public IReadOnlyList<EvidenceFile> Execute(AttestationLedger ledger, params SiteInput[] inputs)
    {
        Witness.OnExecuted(Now, new Batch(Now, new(inputs)), ledger, _effects);
        return Told();
    }

    private EvidenceFile[] Told()
    {
        var told = _effects.OfType<Effect.KeepEvidence>().Select(effect => effect.File).ToArray();
        _effects.Clear();
        return told;
    }
}
