namespace Holdfast.Protocol.Messages;

/// <summary>Reads what comes on a link's stream.</summary>
public static class StreamBodies
{
    /// <summary>Null if the bytes are not one whole body of a known kind.</summary>
    public static StreamBody? Decode(Bytes bytes)
    {
        if (bytes.Length > Limits.StreamBodyBytes)
        {
            return null;
        }

        var reader = new WireReader(bytes.Span);
        return (StreamBodyKind)reader.Byte() switch
        {
            StreamBodyKind.Forward => Forward.Read(ref reader),
            StreamBodyKind.Proposal => Proposal.Read(ref reader),
            StreamBodyKind.GlobalViewChange => GlobalViewChange.Read(ref reader),
            StreamBodyKind.GlobalNewView => GlobalNewView.Read(ref reader),
            StreamBodyKind.GlobalFetch => GlobalFetch.Read(ref reader),
            StreamBodyKind.GlobalFetched => GlobalFetched.Read(ref reader),
            _ => null,
        };
    }
}
