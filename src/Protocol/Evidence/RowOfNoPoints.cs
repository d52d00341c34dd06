using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>A row of commitments under its replica's signature in which one pair is no pair of points: a correct
/// replica publishes only what it can sign with.</summary>
/// <param name="Index">Which of the row's pairs.</param>
public sealed record RowOfNoPoints(NonceCommitments Row, int Index) : Evidence
{
    public override EvidenceKind Kind => EvidenceKind.NoPoints;

    public override int Accused => Row.Replica;

    public override EvidencePlace Place => new(Row.Incarnation, Row.Row);

    public override IReadOnlyList<string> Statements =>
    [
        $"NonceCommitments key epoch {Row.KeyEpoch}, incarnation {Row.Incarnation}, row {Row.Row}, pair {Index}: "
        + $"{Row.Points[Index].Hiding.ToHex()} {Row.Points[Index].Binding.ToHex()}, signature {Row.Signature.ToHex()}",
    ];

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.UInt16((ushort)Index);
        writer.Bytes(Row.Encoded);
    }

    public static RowOfNoPoints? Read(int accused, ref WireReader reader)
    {
        var (index, row) = (reader.UInt16(), SiteInput.Decode(reader.Bytes(Limits.WitnessedWordBytes).Span));
        return reader.Finished && row is NonceCommitments commitments
            && commitments.Replica == accused && index < commitments.Points.Count
            ? new(commitments, index)
            : null;
    }

    public override Rejection Refusal(
        Genesis genesis, SiteId site, IVerifier verifier, IShareVerifier shareVerifier)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        ArgumentNullException.ThrowIfNull(verifier);
        ArgumentNullException.ThrowIfNull(shareVerifier);
        if (Accused >= genesis[site].ReplicaKeys.Count)
        {
            return Rejection.UnknownSender;
        }

        var signed = Speaker.Of(genesis, new(site, Accused)).Begin(NonceCommitments.SignedAs);
        Row.WriteSigned(signed);
        var key = genesis[site].ReplicaKeys[Accused];
        return !verifier.Verify(key.Span, signed.WrittenSpan, Row.Signature.Span) ? Rejection.BadSignature
            : shareVerifier.ArePoints(Row.Points[Index]) ? Rejection.NotBad
            : Rejection.None;
    }
}
