using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>An accepted or offered batch as the journal keeps it; no body if an earlier record of its place holds
/// it.</summary>
public sealed record AcceptedRecord(SiteView View, Digest Digest, Bytes PrimarySignature, Bytes Body);

/// <summary>The bodies of the site log's journal records.</summary>
public static class SiteRecords
{
    public static JournalRecord Accepted(PrePrepare offer, Bytes primarySignature, Bytes body)
    {
        ArgumentNullException.ThrowIfNull(offer);
        var writer = new WireWriter();
        writer.View(offer.View);
        writer.Digest(offer.Digest);
        writer.Bytes(primarySignature);
        writer.Bytes(body);
        return new(JournalRecordKind.Accepted, offer.Sequence, writer.ToBytes());
    }

    public static AcceptedRecord? ReadAccepted(Bytes bytes)
    {
        var reader = new WireReader(bytes.Span);
        var record = new AcceptedRecord(
            reader.SiteView(), reader.Digest(), reader.Bytes(Limits.SignatureBytes), reader.Bytes(Limits.BatchBytes));
        return reader.Finished ? record : null;
    }

    public static JournalRecord Prepared(PreparedCertificate certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        var writer = new WireWriter();
        certificate.Write(writer);
        return new(JournalRecordKind.Prepared, certificate.Sequence, writer.ToBytes());
    }

    public static PreparedCertificate? ReadPrepared(Bytes bytes)
    {
        var reader = new WireReader(bytes.Span);
        var certificate = PreparedCertificate.Read(ref reader);
        return reader.Finished ? certificate : null;
    }

    public static JournalRecord Committed(SiteSequence sequence, Digest digest, Bytes body)
    {
        var writer = new WireWriter();
        writer.Digest(digest);
        writer.Bytes(body);
        return new(JournalRecordKind.Committed, sequence, writer.ToBytes());
    }

    /// <summary>The digest, and the body or nothing if an earlier record of the place holds it.</summary>
    public static (Digest Digest, Bytes Body)? ReadCommitted(Bytes bytes)
    {
        var reader = new WireReader(bytes.Span);
        var record = (reader.Digest(), reader.Bytes(Limits.BatchBytes));
        return reader.Finished ? record : null;
    }

    /// <summary>A view entered or left: the own ViewChange, or the NewView that is followed.</summary>
    /// <param name="place">One above what may be cut: the record is written again whenever a state is stored.</param>
    public static JournalRecord View(SiteSequence place, Said said)
    {
        ArgumentNullException.ThrowIfNull(said);
        var writer = new WireWriter();
        writer.Byte((byte)said.Word.Kind);
        writer.Byte((byte)said.Replica);
        writer.Bytes(said.Signature);
        said.Word.Write(writer);
        return new(JournalRecordKind.View, place, writer.ToBytes());
    }

    public static Said? ReadView(Bytes bytes)
    {
        var reader = new WireReader(bytes.Span);
        var (kind, replica) = ((SiteWordKind)reader.Byte(), reader.Byte());
        var signature = reader.Bytes(Limits.SignatureBytes);
        var word = SiteWords.Decode(kind, reader.Rest());
        return word is ViewChange or NewView ? new(replica, word, signature) : null;
    }

    public static JournalRecord Checkpoint(StableCheckpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        return new(JournalRecordKind.Checkpoint, checkpoint.Sequence.Next, checkpoint.Encode());
    }
}
