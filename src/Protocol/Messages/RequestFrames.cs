namespace Holdfast.Protocol.Messages;

/// <summary>Hands a signed request to a replica, for the order of its site.</summary>
public sealed record Request(ClientRequest Body) : ClientFrame
{
    public override ClientFrameKind Kind => ClientFrameKind.Request;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Fixed(Body.Encoded.Span);
    }

    /// <summary>Any input but a client's request fails: on this port nobody else speaks.</summary>
    public static Request? Read(ref WireReader reader)
    {
        if (reader.Remaining > Limits.RequestBytes)
        {
            return null;
        }

        return SiteInput.Decode(reader.Rest()) is ClientRequest body ? new(body) : null;
    }
}

/// <summary>Asks a replica that does not answer at once for its reply to a request.</summary>
/// <param name="RequestDigest">As <see cref="ClientRequest.RequestDigest"/> names it.</param>
public sealed record ResendReply(Digest RequestDigest) : ClientFrame
{
    public override ClientFrameKind Kind => ClientFrameKind.ResendReply;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Digest(RequestDigest);
    }

    public static ResendReply? Read(ref WireReader reader)
    {
        var resend = new ResendReply(reader.Digest());
        return reader.Finished ? resend : null;
    }
}

/// <summary>One replica's reply to a request. It proves nothing alone: f + 1 alike do.</summary>
/// <param name="View">The replica's view of its site, so that clients find the primary.</param>
/// <param name="AgeMicroseconds">As in <see cref="LocalAnswer"/>, for the state that the body speaks of; 0 or more. It
/// stands beside the body, because f + 1 bodies must be equal and each replica has a clock of its own.</param>
public sealed record Reply(SiteView View, long AgeMicroseconds, ClientReply Body) : ClientFrame
{
    public override ClientFrameKind Kind => ClientFrameKind.Reply;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.View(View);
        writer.Int64(AgeMicroseconds);
        writer.Fixed(Body.Encode().Span);
    }

    public static Reply? Read(ref WireReader reader)
    {
        var (view, age) = (reader.SiteView(), reader.Int64());
        return age >= 0 && ClientReply.Decode(reader.Rest()) is { } body ? new(view, age, body) : null;
    }
}

/// <summary>One replica's reply with the site's signature: it proves itself.</summary>
public sealed record ReceiptAnswer(Receipt Receipt) : ClientFrame
{
    public override ClientFrameKind Kind => ClientFrameKind.ReceiptAnswer;

    public override void Write(WireWriter writer) => ReceiptCodec.Write(writer, Receipt);

    public static ReceiptAnswer? Read(ref WireReader reader)
    {
        var receipt = ReceiptCodec.Read(ref reader);
        return receipt is not null && reader.Finished ? new(receipt) : null;
    }
}

/// <summary>The replica does not take what the client sent, or not from this client.</summary>
public sealed record Refused(Rejection Reason) : ClientFrame
{
    public override ClientFrameKind Kind => ClientFrameKind.Refused;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Byte((byte)Reason);
    }

    public static Refused? Read(ref WireReader reader)
    {
        var reason = (Rejection)reader.Byte();
        return reader.Finished && reason != Rejection.None && Enum.IsDefined(reason) ? new(reason) : null;
    }
}
