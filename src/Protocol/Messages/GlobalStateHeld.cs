namespace Holdfast.Protocol.Messages;

/// <summary>The speaker has the Global part at this place on its disk, checked under the digest that another site's
/// register told; and it keeps it there for as long as its site has this wish.</summary>
public sealed record GlobalStateHeld(WishedState Wish) : SiteWord
{
    public override SiteWordKind Kind => SiteWordKind.GlobalStateHeld;

    public override string SignedAs => "holdfast global state held 2";

    public override void Write(WireWriter writer) => Wish.Write(writer);

    public static GlobalStateHeld? Read(ref WireReader reader)
    {
        var word = new GlobalStateHeld(WishedState.Read(ref reader));
        return reader.Finished ? word : null;
    }
}
