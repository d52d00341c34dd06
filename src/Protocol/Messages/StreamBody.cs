namespace Holdfast.Protocol.Messages;

/// <summary>What sites say to one another on a link's stream. A retired number is never given out again.</summary>
public enum StreamBodyKind : byte
{
    Forward = 1,
    Proposal = 2,
    GlobalViewChange = 3,
    GlobalNewView = 4,
    GlobalFetch = 5,
    GlobalFetched = 6,
}

/// <summary>A word that one site says to another on the stream of their link.</summary>
public abstract record StreamBody
{
    public abstract StreamBodyKind Kind { get; }

    public abstract void Write(WireWriter writer);

    public Bytes Encode()
    {
        var writer = new WireWriter();
        writer.Byte((byte)Kind);
        Write(writer);
        return writer.ToBytes();
    }
}
