namespace Holdfast.Protocol.Messages;

/// <summary>The kinds of leaf in the tree of a batch's outputs.</summary>
public enum LeafKind : byte
{
    Stream = 1,
    Register = 2,
    Reply = 3,
}

/// <summary>What a site signs, and all that its key ever signs: the root over the outputs of one site batch.</summary>
public sealed record SiteStatement(
    SiteId Site, uint SiteLife, uint KeyEpoch, SiteSequence Sequence, uint Leaves, Digest Root)
{
    public const uint FirstKeyEpoch = 1;

    /// <summary>The message under the site's signature.</summary>
    public Bytes SigningBytes(Digest cluster)
    {
        var writer = new WireWriter();
        writer.Text("holdfast site 1");
        writer.Digest(cluster);
        Write(writer);
        return writer.ToBytes();
    }

    public void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Site(Site);
        writer.UInt32(SiteLife);
        writer.UInt32(KeyEpoch);
        writer.Sequence(Sequence);
        writer.UInt32(Leaves);
        writer.Digest(Root);
    }

    public static SiteStatement Read(ref WireReader reader) =>
        new(reader.Site(), reader.UInt32(), reader.UInt32(), reader.SiteSequence(), reader.UInt32(), reader.Digest());
}

/// <summary>One output with its path to the statement's root. The leaf names a body by digest; the body rides
/// along.</summary>
/// <param name="Index">The leaf's place in the tree.</param>
/// <param name="Leaf">The leaf's canonical bytes; the first byte is its <see cref="LeafKind"/>.</param>
public sealed record AttestedOutput(uint Index, Bytes Leaf, ValueList<Digest> Path, Bytes Body)
{
    public void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.UInt32(Index);
        writer.Bytes(Leaf);
        writer.Count(Path.Count);
        foreach (var digest in Path)
        {
            writer.Digest(digest);
        }

        writer.Bytes(Body);
    }

    public static AttestedOutput Read(ref WireReader reader)
    {
        var index = reader.UInt32();
        var leaf = reader.Bytes(Limits.ResultBytes);
        var path = new Digest[reader.Count(Limits.MerklePathLength)];
        for (var step = 0; step < path.Length; step++)
        {
            path[step] = reader.Digest();
        }

        return new(index, leaf, new(path), reader.Bytes(Limits.StreamBodyBytes));
    }
}

/// <summary>What one site says to another out of one batch: the statement, the site's one signature, and the outputs
/// for that site.</summary>
public sealed record SiteMessage(SiteId To, SiteStatement Statement, Bytes Signature, ValueList<AttestedOutput> Outputs)
    : SiteInput
{
    public override SiteInputKind Kind => SiteInputKind.SiteMessage;

    public SiteId From => Statement.Site;

    /// <summary>Whether it brings a register at most, and after that places of one link life, one behind the other. A
    /// site says nothing else; but who holds what it has signed could make countless other messages of it.</summary>
    public bool IsOneStretch
    {
        get
        {
            StreamLeaf? last = null;
            for (var place = 0; place < Outputs.Count; place++)
            {
                var next = StreamLeaf.FromLeaf(Outputs[place].Leaf);
                var isBehind = last is null
                    || (next?.LinkLife == last.LinkLife && next.Sequence == last.Sequence + 1);
                if ((next is null && place > 0) || !isBehind)
                {
                    return false;
                }

                last = next;
            }

            return Outputs.Count > 0;
        }
    }

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Site(To);
        Statement.Write(writer);
        writer.Fixed(Signature.Span);
        writer.Count(Outputs.Count);
        foreach (var output in Outputs)
        {
            output.Write(writer);
        }
    }

    public static SiteMessage? Read(ref WireReader reader)
    {
        var to = reader.Site();
        var statement = SiteStatement.Read(ref reader);
        var signature = reader.Fixed(Limits.SignatureBytes);
        var outputs = new AttestedOutput[reader.Count(Limits.OutputsPerSiteMessage)];
        for (var index = 0; index < outputs.Length; index++)
        {
            outputs[index] = AttestedOutput.Read(ref reader);
        }

        return reader.Finished ? new(to, statement, signature, new(outputs)) : null;
    }

    public bool Equals(SiteMessage? other) => other is not null && Encoded == other.Encoded;

    public override int GetHashCode() => Signature.GetHashCode();
}
