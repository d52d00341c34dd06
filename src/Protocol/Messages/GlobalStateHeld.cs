namespace Holdfast.Protocol.Messages;

/// <summary>The speaker has the Global part at this place on its disk, checked under the digest that another site's
/// register told.</summary>
public sealed record GlobalStateHeld(ToldState State) : SiteWord
{
    public override SiteWordKind Kind => SiteWordKind.GlobalStateHeld;

    public override string SignedAs => "holdfast global state held 1";

    public override void Write(WireWriter writer) => State.Write(writer);

    public static GlobalStateHeld? Read(ref WireReader reader)
    {
        var word = new GlobalStateHeld(ToldState.Read(ref reader));
        return reader.Finished ? word : null;
    }
}
