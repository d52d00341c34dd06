namespace Holdfast.Protocol.Messages;

/// <summary>An input handed to the primary, or, when it waits, to all. Not signed: the input carries its own
/// proof.</summary>
public sealed record HandOn(SiteInput Input) : SiteWord
{
    public override SiteWordKind Kind => SiteWordKind.HandOn;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Bytes(Input.Encoded);
    }

    public static HandOn? Read(ref WireReader reader)
    {
        var body = reader.Bytes(Limits.SiteMessageBytes);
        return reader.Finished && SiteInput.Decode(body.Span) is { } input ? new(input) : null;
    }
}
