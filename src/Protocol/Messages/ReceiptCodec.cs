namespace Holdfast.Protocol.Messages;

/// <summary>The bytes of a receipt, on the wire and in a file alike.</summary>
public static class ReceiptCodec
{
    public static void Write(WireWriter writer, Receipt receipt)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(receipt);
        receipt.Statement.Write(writer);
        writer.Fixed(receipt.Signature.Span);
        writer.UInt32(receipt.Index);
        writer.Count(receipt.Path.Count);
        foreach (var digest in receipt.Path)
        {
            writer.Digest(digest);
        }

        writer.Bytes(receipt.Reply.Encode());
    }

    /// <summary>Null if what is read is not a receipt; what follows it is left to the caller.</summary>
    public static Receipt? Read(ref WireReader reader)
    {
        var statement = SiteStatement.Read(ref reader);
        var (signature, index) = (reader.Fixed(Limits.SignatureBytes), reader.UInt32());
        var path = new Digest[reader.Count(Limits.MerklePathLength)];
        for (var step = 0; step < path.Length; step++)
        {
            path[step] = reader.Digest();
        }

        var reply = ClientReply.Decode(reader.Bytes(Limits.ReplyFrameBytes).Span);
        return reply is null || reader.Failed ? null : new(reply, statement, signature, index, new(path));
    }
}
