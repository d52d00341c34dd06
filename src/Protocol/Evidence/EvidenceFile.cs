namespace Holdfast.Protocol;

/// <summary>A piece of evidence as it is stored and handed on: all that is needed, beside the topology, to check it
/// years later without any replica.</summary>
/// <param name="Witness">The replica of the same site that noticed it.</param>
/// <param name="NoticedAt">By the witness's clock. This and the witness are its word; nothing proves them.</param>
public sealed record EvidenceFile(Digest Cluster, SiteId Site, int Witness, Timestamp NoticedAt, Evidence Evidence)
{
    public const ushort Format = 1;

    private const string Title = "holdfast evidence";

    public ReplicaId Accused => new(Site, Evidence.Accused);

    /// <summary>The digest at the end tells a whole file from one whose writing was cut short.</summary>
    public Bytes Encode()
    {
        var writer = new WireWriter();
        writer.Text(Title);
        writer.UInt16(Format);
        writer.Digest(Cluster);
        writer.Site(Site);
        writer.Byte((byte)Witness);
        writer.Time(NoticedAt);
        writer.Byte((byte)Evidence.Kind);
        writer.Byte((byte)Evidence.Accused);
        Evidence.Write(writer);
        writer.Digest(Digest.Of(writer.WrittenSpan));
        return writer.ToBytes();
    }

    /// <summary>Null if the bytes are not evidence of a format that this version knows.</summary>
    public static EvidenceFile? Decode(ReadOnlySpan<byte> bytes)
    {
        if (!IsWhole(bytes))
        {
            return null;
        }

        var reader = new WireReader(bytes[..^Digest.Size]);
        if (reader.Text(Title.Length) != Title || reader.UInt16() != Format)
        {
            return null;
        }

        var (cluster, site, witness, time) = (reader.Digest(), reader.Site(), reader.Byte(), reader.Time());
        var (kind, accused) = ((EvidenceKind)reader.Byte(), reader.Byte());
        return Evidence.ReadAs(kind, accused, ref reader) is { } evidence
            ? new(cluster, site, witness, time, evidence)
            : null;
    }

    /// <summary>Whether all bytes of a file are there, whatever its format.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> bytes) =>
        bytes.Length is > Digest.Size and <= Limits.EvidenceBytes
        && new Digest(bytes[^Digest.Size..]) == Digest.Of(bytes[..^Digest.Size]);

    /// <summary>Why it proves nothing in this system; None if it proves that the accused is not correct.</summary>
    public Rejection Refusal(Genesis genesis, IVerifier verifier, IShareVerifier shareVerifier)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        return Cluster != genesis.Cluster ? Rejection.WrongCluster
            : Site.Index >= genesis.Sites.Count ? Rejection.WrongSite
            : Evidence.Accused >= genesis[Site].Size.Replicas ? Rejection.UnknownSender
            : Evidence.Refusal(genesis, Site, verifier, shareVerifier);
    }
}
