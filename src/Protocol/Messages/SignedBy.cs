namespace Holdfast.Protocol.Messages;

/// <summary>One replica's signature under a word that stands beside it.</summary>
public readonly record struct SignedBy(int Replica, Bytes Signature)
{
    public void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Byte((byte)Replica);
        writer.Fixed(Signature.Span);
    }

    public static SignedBy Read(ref WireReader reader) => new(reader.Byte(), reader.Fixed(Limits.SignatureBytes));

    public static void WriteList(WireWriter writer, ValueList<SignedBy> list)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(list);
        writer.Count(list.Count);
        foreach (var one in list)
        {
            one.Write(writer);
        }
    }

    /// <summary>Replicas must ascend strictly: one set of signatures has one encoding.</summary>
    public static ValueList<SignedBy> ReadList(ref WireReader reader)
    {
        var list = new SignedBy[reader.Count(Limits.ReplicasPerSite)];
        for (var index = 0; index < list.Length; index++)
        {
            list[index] = Read(ref reader);
            if (index > 0 && list[index].Replica <= list[index - 1].Replica)
            {
                reader.Fail();
            }
        }

        return new(list);
    }

    /// <summary>Whether this replica of the site signed this word.</summary>
    public bool IsSignatureOf(SiteWord word, Genesis genesis, SiteId site, IVerifier verifier)
    {
        ArgumentNullException.ThrowIfNull(word);
        ArgumentNullException.ThrowIfNull(genesis);
        ArgumentNullException.ThrowIfNull(verifier);
        var keys = genesis[site].ReplicaKeys;
        return Replica < keys.Count
            && verifier.Verify(
                keys[Replica].Span,
                word.SigningBytes(Speaker.Of(genesis, new(site, Replica))).Span,
                Signature.Span);
    }
}
