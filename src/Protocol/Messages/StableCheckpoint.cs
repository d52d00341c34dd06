namespace Holdfast.Protocol.Messages;

/// <summary>A checkpoint with the signatures of a quorum: proof that so far everything is decided and executed by f + 1
/// correct replicas at least. The genesis' state, place 0, needs no proof.</summary>
public sealed record StableCheckpoint(SiteSequence Sequence, Digest State, ValueList<SignedBy> Signatures)
{
    public static readonly StableCheckpoint Genesis = new(default, default, ValueList<SignedBy>.Empty);

    public Checkpoint Word => new(Sequence, State);

    public void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Word.Write(writer);
        SignedBy.WriteList(writer, Signatures);
    }

    public static StableCheckpoint Read(ref WireReader reader) =>
        new(reader.SiteSequence(), reader.Digest(), SignedBy.ReadList(ref reader));

    public Bytes Encode()
    {
        var writer = new WireWriter();
        Write(writer);
        return writer.ToBytes();
    }

    /// <summary>Null if the bytes are not one whole certificate.</summary>
    public static StableCheckpoint? Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        var checkpoint = Read(ref reader);
        return reader.Finished ? checkpoint : null;
    }

    public bool IsProven(Genesis genesis, SiteId site, IVerifier verifier)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        return Sequence == default
            ? this == Genesis
            : Signatures.Count == genesis[site].Size.Quorum
                && Signatures.All(one => one.IsSignatureOf(Word, genesis, site, verifier));
    }
}
