namespace Holdfast.Protocol.Messages;

/// <summary>Proof that a batch was prepared: the primary's pre-prepare and 2f prepares of others, for one view, place
/// and digest. No other digest can be prepared in that view and place.</summary>
public sealed record PreparedCertificate(
    SiteView View, SiteSequence Sequence, Digest Digest, Bytes PrimarySignature, ValueList<SignedBy> Prepares)
{
    public void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.View(View);
        writer.Sequence(Sequence);
        writer.Digest(Digest);
        writer.Fixed(PrimarySignature.Span);
        SignedBy.WriteList(writer, Prepares);
    }

    public static PreparedCertificate Read(ref WireReader reader) => new(
        reader.SiteView(),
        reader.SiteSequence(),
        reader.Digest(),
        reader.Fixed(Limits.SignatureBytes),
        SignedBy.ReadList(ref reader));

    public bool IsProven(Genesis genesis, SiteId site, IVerifier verifier)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        var size = genesis[site].Size;
        var primary = new SignedBy(View.Primary(size), PrimarySignature);
        var prepare = new Prepare(View, Sequence, Digest);
        return Prepares.Count == size.PreparesOfOthers
            && Prepares.All(one => one.Replica != primary.Replica)
            && primary.IsSignatureOf(new PrePrepare(View, Sequence, Digest, null), genesis, site, verifier)
            && Prepares.All(one => one.IsSignatureOf(prepare, genesis, site, verifier));
    }
}
