namespace Holdfast.Protocol.Messages;

/// <summary>What a client and a replica say to one another on their connection. A retired number is never given out
/// again.</summary>
public enum ClientFrameKind : byte
{
    ClientHello = 1,
    Request = 2,
    LocalQuery = 3,
    ResendReply = 4,
    StatusQuery = 5,

    HelloAnswer = 21,
    Reply = 22,
    ReceiptAnswer = 23,
    LocalAnswer = 24,
    StatusAnswer = 25,
    Refused = 26,
}

/// <summary>One frame between a client and a replica. Below 20 the client speaks, from 20 on the replica.</summary>
public abstract record ClientFrame
{
    public abstract ClientFrameKind Kind { get; }

    public abstract void Write(WireWriter writer);

    public Bytes Encode()
    {
        var writer = new WireWriter();
        writer.Byte((byte)Kind);
        Write(writer);
        return writer.ToBytes();
    }
}

/// <summary>Reads the frames of the client port.</summary>
public static class ClientFrames
{
    /// <summary>Null if the bytes are not one whole frame of a known kind.</summary>
    public static ClientFrame? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > Limits.ReplyFrameBytes)
        {
            return null;
        }

        var reader = new WireReader(bytes);
        var kind = (ClientFrameKind)reader.Byte();

        // What a client may send is small; only answers may be long.
        var isTooLong = kind < ClientFrameKind.HelloAnswer && bytes.Length > Limits.ClientFrameBytes;
        return isTooLong ? null : Read(kind, ref reader);
    }

    private static ClientFrame? Read(ClientFrameKind kind, ref WireReader reader) => kind switch
    {
        ClientFrameKind.ClientHello => ClientHello.Read(ref reader),
        ClientFrameKind.Request => Request.Read(ref reader),
        ClientFrameKind.LocalQuery => LocalQuery.Read(ref reader),
        ClientFrameKind.ResendReply => ResendReply.Read(ref reader),
        ClientFrameKind.StatusQuery => StatusQuery.Read(ref reader),
        ClientFrameKind.HelloAnswer => HelloAnswer.Read(ref reader),
        ClientFrameKind.Reply => Reply.Read(ref reader),
        ClientFrameKind.ReceiptAnswer => ReceiptAnswer.Read(ref reader),
        ClientFrameKind.LocalAnswer => LocalAnswer.Read(ref reader),
        ClientFrameKind.StatusAnswer => StatusAnswer.Read(ref reader),
        ClientFrameKind.Refused => Refused.Read(ref reader),
        _ => null,
    };
}
