namespace Holdfast.Protocol.Messages;

/// <summary>The state at this place was asked for, and the speaker does not hold it (any more).</summary>
public sealed record StateGone(StatePlace Place) : SiteWord
{
    public override SiteWordKind Kind => SiteWordKind.StateGone;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Place.Write(writer);
    }

    public static StateGone? Read(ref WireReader reader)
    {
        var word = new StateGone(StatePlace.Read(ref reader));
        return reader.Finished ? word : null;
    }
}
